package store

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/muster/internal/problem"
)

// trouble gives an error of a database its public face: Unavailable, unless it
// is a problem already. Nil stays nil.
func trouble(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	p := problem.Wrap(problem.Unavailable, err, "the database cannot be used at the moment")
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return p.WithHint("the disk is full")
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return p.WithHint("the data folder cannot be written")
		}
	}
	return p
}

// isTaken reports whether err says that a unique value exists already.
func isTaken(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "23505" // unique_violation
}

// isOfOne reports whether err may be about what a single change writes, or
// about two that got in each other's way, rather than about the database.
func isOfOne(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return true
		}
		return false
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(e.Code) < 2 {
		return false
	}
	switch e.Code[:2] {
	case "22", "23", "40", "54": // data exceptions, constraints, serialization, limits
		return true
	}
	return false
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
