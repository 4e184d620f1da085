package store

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// dialect is where the SQL of the two databases differs.
type dialect interface { //nolint:interfacebloat // one for each way in which they differ
	// placeholder stands for the nth argument, from 1, where there are many:
	// they come in order, after any that are named like $1.
	placeholder(n int) string
	// contains is an expression: whether column has the text of placeholder in it.
	contains(column, placeholder string) string
	// field is an expression: the text in a JSON object by a name, null if
	// there is none.
	field(column, name string) string
	// unordered is an expression with the value of a text column, by which
	// rows are put in order only after they are found.
	unordered(column string) string
	// unguessed is a condition of which the planner does not believe to know
	// whom it selects: it would rather sort everybody it may select than go
	// through people in order until there are enough.
	unguessed(condition string) string
	// among is a condition with one question mark, and what goes there: column
	// is one of the numbers.
	among(column string, numbers []int64) (condition string, arg any)
	// tally is a query: numbers below classes, and how many rows of a relation
	// have each as the value of an expression. Rows are not put in order for it.
	tally(classes int, expression, from string) string
	// skipLocked ends a SELECT for rows that this transaction is about to
	// change and that nobody else is changing.
	skipLocked() string
	// keepKey ends a SELECT for a row whose unique columns must not change
	// before the transaction ends; others may.
	keepKey() string
	// joinAtOnce is how many people one statement brings under a requirement
	// while others want to write.
	joinAtOnce() int
}

// placeholder for SQLite: the next argument. $1 would be a name there, and
// names are looked up one by one.
func (*sqliteDB) placeholder(int) string { return "?" }

// contains for SQLite.
func (*sqliteDB) contains(column, placeholder string) string {
	return "instr(" + column + ", " + placeholder + ") > 0"
}

// field for SQLite.
func (*sqliteDB) field(column, name string) string {
	return "json_extract(" + column + ", '$." + name + "')"
}

// unordered for SQLite.
func (*sqliteDB) unordered(column string) string { return "+" + column }

// unguessed for SQLite, which goes by the indexes alone.
func (*sqliteDB) unguessed(condition string) string { return condition }

// unguessed for PostgreSQL: of what is neither true nor false to it before it is
// worked out, it takes half.
func (*postgresDB) unguessed(condition string) string {
	return "CASE WHEN " + condition + " THEN TRUE ELSE FALSE END"
}

// among for SQLite.
func (*sqliteDB) among(column string, numbers []int64) (condition string, arg any) {
	list, err := json.Marshal(numbers)
	if err != nil { // numbers always have a form
		panic("store: " + err.Error())
	}
	return column + " IN (SELECT value FROM json_each(?))", string(list)
}

// among for PostgreSQL.
func (*postgresDB) among(column string, numbers []int64) (condition string, arg any) {
	return column + " = ANY(?)", numbers
}

// tally for SQLite, which would sort the rows to group them. The limit has it
// work the expression out once a row.
func (*sqliteDB) tally(classes int, expression, from string) string {
	counts, list := make([]string, classes), make([]string, classes)
	for i := range classes {
		n := strconv.Itoa(i)
		counts[i] = "count(*) FILTER (WHERE class = " + n + ") AS n" + n
		list[i] = "SELECT " + n + ", n" + n + " FROM counted"
	}
	return "WITH counted AS MATERIALIZED (SELECT " + strings.Join(counts, ", ") + " FROM (SELECT " + expression + " AS class FROM " + from +
		" LIMIT " + strconv.Itoa(math.MaxInt64) + ") AS each_one) " + strings.Join(list, " UNION ALL ")
}

// tally for PostgreSQL.
func (*postgresDB) tally(_ int, expression, from string) string {
	return "SELECT class, count(*) FROM (SELECT " + expression + " AS class FROM " + from + ") AS each_one GROUP BY class"
}

// skipLocked for SQLite: there is one writer.
func (*sqliteDB) skipLocked() string { return "" }

// placeholder for PostgreSQL.
func (*postgresDB) placeholder(n int) string { return "$" + strconv.Itoa(n) }

// contains for PostgreSQL.
func (*postgresDB) contains(column, placeholder string) string {
	return "strpos(" + column + ", " + placeholder + ") > 0"
}

// field for PostgreSQL.
func (*postgresDB) field(column, name string) string {
	return "(" + column + "::json ->> '" + name + "')"
}

// unordered for PostgreSQL, whose planner finds out by itself.
func (*postgresDB) unordered(column string) string { return column }

// skipLocked for PostgreSQL.
func (*postgresDB) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }

// keepKey for SQLite: there is one writer.
func (*sqliteDB) keepKey() string { return "" }

// keepKey for PostgreSQL.
func (*postgresDB) keepKey() string { return " FOR KEY SHARE" }

// joinAtOnce for SQLite: everybody else waits.
func (*sqliteDB) joinAtOnce() int { return 20 }

// joinAtOnce for PostgreSQL: nobody waits but those people.
func (*postgresDB) joinAtOnce() int { return 100 }
