package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"strings"
)

// CSV writes rows for spreadsheets. A cell that a spreadsheet would take for a
// formula gets an apostrophe in front (OWASP, "CSV injection"), so that a user
// name cannot run commands on an administrator's desk.
type CSV struct{ w *csv.Writer }

// NewCSV writes to any writer.
func NewCSV(w io.Writer) *CSV { return &CSV{w: csv.NewWriter(w)} }

// DownloadCSV answers with a file of that name.
func DownloadCSV(w http.ResponseWriter, name string) *CSV {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return NewCSV(w)
}

// Row writes one row.
func (c *CSV) Row(cells ...string) error {
	guarded := make([]string, len(cells))
	for i, cell := range cells {
		guarded[i] = guardCell(cell)
	}
	return c.w.Write(guarded)
}

// CSVList is a cell of several names, separated by semicolons. Each is guarded
// by itself: some spreadsheets take a semicolon for the end of a cell.
func CSVList(names []string) string {
	guarded := make([]string, len(names))
	for i, name := range names {
		guarded[i] = guardCell(name)
	}
	return strings.Join(guarded, ";")
}

// Close writes what is buffered.
func (c *CSV) Close() error {
	c.w.Flush()
	return c.w.Error()
}

func guardCell(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
