package store

import (
	"strconv"
	"strings"
)

// conditions make up a WHERE clause.
type conditions struct {
	list   []string
	args   []any
	nobody bool // nothing can meet them: there is no need to ask
}

// add adds a condition with a question mark for each argument.
func (c *conditions) add(condition string, args ...any) {
	for _, arg := range args {
		c.args = append(c.args, arg)
		condition = strings.Replace(condition, "?", "$"+ordinal(len(c.args)), 1)
	}
	c.list = append(c.list, condition)
}

// arg adds an argument and returns its placeholder, for conditions that name
// it themselves.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return "$" + ordinal(len(c.args))
}

func (c *conditions) sql() string {
	if len(c.list) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.list, " AND ")
}

// ordinal is a number of a placeholder.
func ordinal(n int) string { return strconv.Itoa(n) }

// limit is the clause for at most n rows; 0: all.
func limit(n int) string {
	if n <= 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(n)
}
