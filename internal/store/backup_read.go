package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"example.com/muster/internal/problem"
)

// backupReader reads a backup line by line and proves it on the way. Only
// after next has returned errWhole is it proven whole.
type backupReader struct {
	head backupHead

	lines  *bufio.Reader
	sum    hash.Hash
	rows   map[string]int64
	tables []backupTable // those that are still to come
	now    *backupTable  // the one whose rows come
	people map[int64]bool
}

// errWhole is the good end of a backup. It is not io.EOF, which a backup that
// was cut off has too.
var errWhole = errors.New("store: end of the backup")

// longestLine bounds the memory that a hostile file can take, in octets.
const longestLine = 16 << 20

func damaged(cause error) error {
	return problem.Wrap(problem.Invalid, cause, "the backup is damaged").WithHint("use another one: nothing was changed")
}

func readBackup(r io.Reader) (*backupReader, error) {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "this is not a backup of Muster")
	}
	b := &backupReader{
		lines: bufio.NewReaderSize(zipped, 1<<16), sum: sha256.New(),
		rows: map[string]int64{}, tables: backupTables, people: map[int64]bool{},
	}
	line, err := b.line()
	if err == nil {
		err = json.Unmarshal(line, &b.head)
	}
	if err != nil || b.head.Format == 0 {
		return nil, problem.Wrap(problem.Invalid, err, "this is not a backup of Muster")
	}
	if b.head.Format != backupFormat {
		return nil, problem.New(problem.Invalid, "the backup has format %d, and this version reads %d", b.head.Format, backupFormat).
			WithHint("use the version that wrote it")
	}
	b.sum.Write(line)
	return b, nil
}

// next returns the next row and its table, or errWhole after the last one. Other
// errors are problems.
func (b *backupReader) next() (*backupTable, []any, error) {
	for {
		line, err := b.line()
		if err != nil {
			return nil, nil, damaged(err)
		}
		switch {
		case bytes.HasPrefix(line, []byte("[")):
			b.sum.Write(line)
			values, err := b.row(line)
			if err != nil {
				return nil, nil, damaged(err)
			}
			return b.now, values, nil
		case bytes.HasPrefix(line, []byte(`{"table":`)):
			b.sum.Write(line)
			if err := b.section(line); err != nil {
				return nil, nil, err
			}
		default:
			return nil, nil, b.foot(line)
		}
	}
}

func (b *backupReader) row(line []byte) ([]any, error) {
	if b.now == nil {
		return nil, errors.New("a row before the first table")
	}
	values, err := b.now.parse(line)
	if err != nil {
		return nil, err
	}
	if b.now.name == "person" {
		b.people[values[0].(int64)] = true //nolint:forcetypeassert // parse made it
	}
	if b.now.person != "" {
		if person := values[b.now.index(b.now.person)].(int64); !b.people[person] { //nolint:forcetypeassert // likewise
			return nil, fmt.Errorf("a row of %s belongs to nobody", b.now.name)
		}
	}
	b.rows[b.now.name]++
	return values, nil
}

func (b *backupReader) section(line []byte) error {
	var s backupSection
	if err := json.Unmarshal(line, &s); err != nil {
		return damaged(err)
	}
	if len(b.tables) == 0 || s.Table != b.tables[0].name || !slices.Equal(s.Columns, b.tables[0].names()) {
		return problem.New(problem.Invalid, "the backup is of another version: its table %q is not known", s.Table).
			WithHint("restore it with the version that wrote it, then upgrade")
	}
	b.now, b.tables = &b.tables[0], b.tables[1:]
	b.rows[b.now.name] = 0
	return nil
}

// foot checks the last line, and that it is the last. It returns errWhole if
// all is well.
func (b *backupReader) foot(line []byte) error {
	var f backupFoot
	if err := json.Unmarshal(line, &f); err != nil {
		return damaged(err)
	}
	switch {
	case f.SHA256 != hex.EncodeToString(b.sum.Sum(nil)):
		return damaged(errors.New("the checksum is wrong"))
	case len(b.tables) > 0 || !maps.Equal(f.Rows, b.rows):
		return damaged(errors.New("rows are missing"))
	}
	if _, err := b.lines.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged(errors.New("something follows the end"))
	}
	return errWhole
}

// line reads a line with its end.
func (b *backupReader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := b.lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("it ends too early: %w", err)
		case len(line) > longestLine:
			return nil, errors.New("a line is too long")
		}
	}
}
