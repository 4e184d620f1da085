package store

// dialect is where the SQL of the two databases differs.
type dialect interface {
	// contains is an expression: whether column has the text of placeholder in it.
	contains(column, placeholder string) string
	// skipLocked ends a SELECT for rows that this transaction is about to
	// change and that nobody else is changing.
	skipLocked() string
}

// contains for SQLite.
func (*sqliteDB) contains(column, placeholder string) string {
	return "instr(" + column + ", " + placeholder + ") > 0"
}

// skipLocked for SQLite: there is one writer.
func (*sqliteDB) skipLocked() string { return "" }

// contains for PostgreSQL.
func (*postgresDB) contains(column, placeholder string) string {
	return "strpos(" + column + ", " + placeholder + ") > 0"
}

// skipLocked for PostgreSQL.
func (*postgresDB) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }
