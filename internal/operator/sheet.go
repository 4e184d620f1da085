package operator

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/problem"
)

// The columns of an import.
const (
	colUsername    = "username"
	colDisplayName = "display_name"
	colEmail       = "email"
	colPhone       = "phone"
	colLanguage    = "language"
	colTimeZone    = "time_zone"
	colPassword    = "password"
	colTOTP        = "totp_secret"
	colGroups      = "groups"
)

var (
	importColumns = []string{colUsername, colDisplayName, colEmail, colPhone, colLanguage, colTimeZone, colPassword, colTOTP, colGroups}

	// passedOver are columns that an export has and an import cannot use.
	passedOver = []string{
		"role", "disabled", "status", "kind", "kind_status", "since", "until", "factors", "last_sign_in",
		"locked_until", "created_at",
	}
)

// The limits of a file, in octets.
const (
	maxSheet = 256 << 20
	maxCell  = 64 << 10
)

// sheet reads the rows of an import.
type sheet struct {
	csv     *csv.Reader
	columns map[string]int // where a column stands
	width   int
}

// sheetRow is one row.
type sheetRow struct {
	line    int
	cells   []string // valid until the next row is read
	columns map[string]int
	bad     *RowProblem // what is wrong with the row as a whole
}

// cell returns a cell, "" if the file has no such column.
func (r sheetRow) cell(column string) string {
	if i, ok := r.columns[column]; ok {
		return unguard(r.cells[i])
	}
	return ""
}

// unguard takes away the apostrophe that an export puts before a cell which a
// spreadsheet would take for a formula, so that what was exported can be
// imported.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@\t\r", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// openSheet reads the header.
func openSheet(r io.Reader) (*sheet, error) {
	buffered := bufio.NewReaderSize(&bounded{r: r, left: maxSheet}, 64<<10)
	if mark, err := buffered.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(len(mark)) // a byte order mark, as spreadsheets write it; it was peeked at
	}
	s := &sheet{csv: csv.NewReader(buffered), columns: map[string]int{}}
	s.csv.FieldsPerRecord = -1
	s.csv.ReuseRecord = true
	header, err := s.csv.Read()
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, problem.New(problem.Invalid, "the file is empty").WithHint("its first line names the columns: %s", strings.Join(importColumns, ","))
	case errors.As(err, &syntax):
		return nil, problem.New(problem.Invalid, "the header is not CSV").WithHint("UTF-8, columns separated by commas")
	case err != nil:
		return nil, unreadable(err)
	}
	s.width = len(header)
	for i, name := range header {
		if err := s.column(i, strings.ToLower(strings.TrimSpace(name))); err != nil {
			return nil, err
		}
	}
	if _, ok := s.columns[colUsername]; !ok {
		return nil, problem.New(problem.Invalid, "the header has no column username").
			WithHint("its first line names the columns: %s", strings.Join(importColumns, ","))
	}
	return s, nil
}

// column takes one name of the header. A misspelt one is refused: it would be
// lost without a word.
func (s *sheet) column(i int, name string) error {
	_, twice := s.columns[name]
	switch {
	case twice:
		return problem.New(problem.Invalid, "the header names column %s twice", shown(name))
	case slices.Contains(importColumns, name):
		s.columns[name] = i
		return nil
	case slices.Contains(passedOver, name):
		return nil
	case s.width == 1 && strings.ContainsAny(name, ";\t"):
		return problem.New(problem.Invalid, "the columns are not separated by commas").
			WithHint("save it as comma-separated CSV, UTF-8")
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return problem.New(problem.Invalid, "the file is not UTF-8").WithHint("save it as CSV, UTF-8")
	}
	return problem.New(problem.Invalid, "the header has a column that is not known, the %s", ordinal(i+1)).
		WithHint("known ones are %s", strings.Join(importColumns, ","))
}

// next returns the next row. Its error is io.EOF at the end, or means that no
// more can be read.
func (s *sheet) next() (sheetRow, error) {
	cells, err := s.csv.Read()
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		text := "a quotation mark stands where none may"
		if !errors.Is(err, csv.ErrBareQuote) {
			text = "a quoted cell does not end as it should"
		}
		return sheetRow{line: syntax.StartLine, bad: &RowProblem{
			Line: syntax.StartLine, Text: text + ", " + ordinal(syntax.Column) + " octet of line " + count(syntax.Line),
			Hint: `cells with quotation marks are quoted, and each mark is doubled: "say ""hello"""`,
		}}, nil
	case errors.Is(err, io.EOF):
		return sheetRow{}, io.EOF
	case err != nil:
		return sheetRow{}, unreadable(err)
	}
	line, _ := s.csv.FieldPos(0)
	row := sheetRow{line: line, cells: cells, columns: s.columns}
	if len(cells) != s.width {
		row.bad = &RowProblem{Line: line, Text: HowMany(len(cells), "cell", "cells") + ", but the header has " + count(s.width)}
		return row, nil
	}
	for name, i := range s.columns {
		if len(cells[i]) > maxCell {
			row.bad = &RowProblem{Line: line, Column: name, Text: "the cell is too long"}
		} else if !utf8.ValidString(cells[i]) {
			row.bad = &RowProblem{Line: line, Column: name, Text: "the cell is not UTF-8", Hint: "save the file as CSV, UTF-8"}
		}
	}
	return row, nil
}

// carries says which details the file has columns for.
func (s *sheet) carries() Columns {
	has := func(name string) bool { _, ok := s.columns[name]; return ok }
	return Columns{
		DisplayName: has(colDisplayName), Email: has(colEmail), Phone: has(colPhone), Language: has(colLanguage), TimeZone: has(colTimeZone), Groups: has(colGroups),
	}
}

// details checks what describes the person; column names the cell that the
// error is about.
func (r sheetRow) details() (d Details, column string, err error) {
	if d.DisplayName, err = checkDisplayName(r.cell(colDisplayName)); err != nil {
		return d, colDisplayName, err
	}
	if d.Email, err = checkEmail(r.cell(colEmail)); err != nil {
		return d, colEmail, err
	}
	if d.Phone, err = checkPhone(r.cell(colPhone)); err != nil {
		return d, colPhone, err
	}
	if d.Language, err = checkLanguage(r.cell(colLanguage)); err != nil {
		return d, colLanguage, err
	}
	if d.TimeZone, err = checkTimeZone(r.cell(colTimeZone)); err != nil {
		return d, colTimeZone, err
	}
	if groups := r.cell(colGroups); groups != "" {
		names := strings.Split(groups, ";")
		for i := range names {
			names[i] = unguard(names[i])
		}
		if d.Groups, err = checkGroups(names); err != nil {
			return d, colGroups, err
		}
	}
	return d, "", nil
}

// bounded refuses more than a file may hold, instead of ending early.
type bounded struct {
	r    io.Reader
	left int64
}

var errTooLong = problem.New(problem.Invalid, "the file is larger than %d MB", maxSheet>>20).WithHint("split it")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func unreadable(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	return problem.Wrap(problem.Invalid, err, "the file cannot be read to its end")
}
