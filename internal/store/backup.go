package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/problem"
)

// backupHead is the first line of a backup.
type backupHead struct {
	Format    int    `json:"muster_backup"`
	CreatedAt int64  `json:"created_at"` // Unix microseconds
	Program   string `json:"program"`
	Keys      []byte `json:"keys,omitempty"`
}

// backupSection begins a table.
type backupSection struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// backupFoot is the last line of a backup.
type backupFoot struct {
	Rows   map[string]int64 `json:"rows"`
	SHA256 string           `json:"sha256"`
}

// Backup implements [operator.Keeping].
func (s *Store) Backup(ctx context.Context, w io.Writer, keys []byte, log audit.Change) error {
	if err := s.write(ctx, func(w *work) error { return w.log(ctx, log) }); err != nil {
		return err
	}
	zipped := gzip.NewWriter(w)
	b := &backupWriter{to: bufio.NewWriterSize(zipped, 1<<16), sum: sha256.New(), rows: map[string]int64{}}
	b.line(backupHead{Format: backupFormat, CreatedAt: micros(s.now()), Program: s.program, Keys: keys})
	err := s.db.snapshot(ctx, func(q querier) error {
		for _, t := range backupTables {
			if err := b.table(ctx, q, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.line(backupFoot{Rows: b.rows, SHA256: hex.EncodeToString(b.sum.Sum(nil))})
	if b.err == nil {
		b.err = b.to.Flush()
	}
	if b.err == nil {
		b.err = zipped.Close()
	}
	if b.err != nil {
		return problem.Wrap(problem.Unavailable, b.err, "the backup cannot be written")
	}
	return nil
}

// backupWriter writes lines and keeps the first error.
type backupWriter struct {
	to   *bufio.Writer
	sum  hash.Hash
	rows map[string]int64
	err  error
}

func (b *backupWriter) line(v any) {
	text, err := json.Marshal(v)
	if err == nil {
		text = append(text, '\n')
		b.sum.Write(text)
		_, err = b.to.Write(text)
	}
	if b.err == nil {
		b.err = err
	}
}

func (b *backupWriter) table(ctx context.Context, q querier, t backupTable) error {
	names := t.names()
	b.line(backupSection{Table: t.name, Columns: names})
	rows, err := q.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+t.name+` ORDER BY `+names[0])
	if err != nil {
		return trouble(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told all
	b.rows[t.name] = 0
	for rows.Next() && b.err == nil {
		values, err := t.scan(rows)
		if err != nil {
			return trouble(err)
		}
		b.line(values)
		b.rows[t.name]++
	}
	return trouble(rows.Err())
}
