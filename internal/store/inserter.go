package store

import "strings"

// inserter makes INSERT statements for many rows at once.
type inserter struct {
	head, tail string
	columns    int
}

func newInserter(table, columns, tail string) inserter {
	return inserter{
		head: "INSERT INTO " + table + " (" + columns + ") VALUES ", tail: " " + tail,
		columns: strings.Count(columns, ",") + 1,
	}
}

// statement returns the statement for rows, of which each has a value for
// every column.
func (i inserter) statement(d dialect, rows [][]any) (query string, args []any) {
	args = make([]any, 0, len(rows)*i.columns)
	for _, row := range rows {
		args = append(args, row...)
	}
	return i.query(d, len(rows)), args
}

// query is the statement for so many rows.
func (i inserter) query(d dialect, rows int) string {
	var b strings.Builder
	b.WriteString(i.head)
	for n := range rows {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(placeholders(d, n*i.columns+1, i.columns))
	}
	b.WriteString(i.tail)
	return b.String()
}

// placeholders returns ($first,…) of n placeholders.
func placeholders(d dialect, first, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("(,"[min(i, 1)])
		b.WriteString(d.placeholder(first + i))
	}
	b.WriteByte(')')
	return b.String()
}
