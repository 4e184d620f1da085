package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// column is one column of a table about values of type T.
type column[T any] struct {
	head  string
	right bool // aligned to the right, for numbers
	typed bool // people choose it: a long one is cut, so that it widens nobody's table
	most  int  // of what is typed, in characters; 0: widest
	cell  func(T) string
}

// printJSON writes one JSON document and a line end.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// printList writes items as a JSON array, never null, or as a table; none is
// said when there are no items.
func printList[T any](w io.Writer, asJSON bool, items []T, none string, columns []column[T]) error {
	if asJSON {
		if items == nil {
			items = []T{}
		}
		return printJSON(w, items)
	}
	if len(items) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	rows := [][]string{nil}
	for _, c := range columns {
		rows[0] = append(rows[0], strings.ToUpper(c.head))
	}
	for _, item := range items {
		var row []string
		for _, c := range columns {
			cell := oneLine(c.cell(item))
			if c.typed {
				cell = cut(cell, cmp.Or(c.most, widest))
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	right := make([]bool, len(columns))
	for i, c := range columns {
		right[i] = c.right
	}
	return writeAligned(w, rows, right)
}

// field is one line of a description.
type field struct{ name, value string }

// printFields writes "name  value" lines, or value as a JSON document. Fields
// without a value are left out.
func printFields(w io.Writer, asJSON bool, value any, fields []field) error {
	if asJSON {
		return printJSON(w, value)
	}
	var rows [][]string
	for _, f := range fields {
		if f.value != "" {
			rows = append(rows, []string{f.name, oneLine(f.value)})
		}
	}
	return writeAligned(w, rows, []bool{false, false})
}

// writeAligned pads the cells of each column to one width. An empty cell is
// shown as a dash, so that columns stay readable.
func writeAligned(w io.Writer, rows [][]string, right []bool) error {
	widths := make([]int, len(right))
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if right[i] {
				line.WriteString(padding + cell)
			} else {
				line.WriteString(cell + padding)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine keeps what others typed from writing on somebody's terminal: no
// line ends, no escape sequences, nothing that turns the direction of a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, s)
}

// widest is how much of a cell that people choose is shown, in characters,
// unless the column says otherwise.
const widest = 40

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
