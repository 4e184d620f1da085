package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
)

// Turn and Pace are as a store has them.
type (
	Turn struct{ turn }
	Pace struct{ pace }
)

func (t *Turn) Take()                               { t.take() }
func (t *Turn) TakeLater(ctx context.Context) error { return t.takeLater(ctx) }
func (t *Turn) Pass()                               { t.pass() }

// TakeTurn takes the turn of whoever writes sign-ins to SQLite, and returns what
// passes it on.
func TakeTurn(s *Store) (pass func()) {
	db := s.db.(*sqliteDB)
	db.turn.take()
	return db.turn.pass
}

func (p *Pace) SignedIn(now time.Time)                         { p.signedIn(now) }
func (p *Pace) Rest(ctx context.Context, begun, now time.Time) { p.rest(ctx, begun, now) }

// Schema returns the columns of every table in the database, in order, and
// those that the package knows of.
func Schema(t *testing.T, s *Store) (have, known map[string][]string) {
	t.Helper()
	query := `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid`
	if s.Shared() {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
			ORDER BY table_name, ordinal_position`
	}
	columns, err := all(t.Context(), s.db.reader(), func(row scanner) (c [2]string, err error) {
		err = row.Scan(&c[0], &c[1])
		return c, err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	have, known = map[string][]string{}, map[string][]string{}
	for _, c := range columns {
		if c[0] != "goose_db_version" && c[0] != "sqlite_sequence" {
			have[c[0]] = append(have[c[0]], c[1])
		}
	}
	for _, table := range backupTables {
		known[table.name] = table.names()
	}
	for _, table := range leftOut {
		known[table] = have[table]
	}
	return have, known
}

// Pragma returns the value of a pragma on the connection that writes groups,
// and on that which writes all else.
func Pragma(t *testing.T, s *Store, name string) (groups, rest string) {
	t.Helper()
	db := s.db.(*sqliteDB)
	if err := db.writer.QueryRowContext(context.Background(), "PRAGMA "+name).Scan(&rest); err != nil {
		t.Fatal(err)
	}
	stmt, err := db.group.conn.Prepare("PRAGMA " + name)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(value[0]), rest
}

// MoveLog makes a checkpoint, and returns how many pages were left to move.
func MoveLog(t *testing.T, s *Store) int {
	t.Helper()
	db := s.db.(*sqliteDB)
	if err := db.moveLog(db.writer.DB); err != nil {
		t.Fatal(err)
	}
	left, err := passive(db.writer.DB)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// PretendLaterVersion marks the database as made by a later version.
func PretendLaterVersion(t *testing.T, s *Store) {
	t.Helper()
	err := s.write(t.Context(), func(w *work) error {
		return run(t.Context(), w, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// SetPragma sets a pragma on the connections that write.
func SetPragma(t *testing.T, s *Store, setting string) {
	t.Helper()
	db := s.db.(*sqliteDB)
	db.turn.take()
	defer db.turn.pass()
	if _, err := db.writer.ExecContext(context.Background(), "PRAGMA "+setting); err != nil {
		t.Fatal(err)
	}
	if _, err := db.group.exec(context.Background(), "PRAGMA "+setting); err != nil {
		t.Fatal(err)
	}
}

// ThroughMemory packs and unpacks a record as the memory does.
func ThroughMemory(r *authn.Record) (*authn.Record, error) { return remember(nil, r).record() }

// UnpackAny unpacks octets that are anything but a record.
func UnpackAny(octets []byte) error {
	_, err := remembered(append(make([]byte, editionSize), octets...)).record()
	return err
}

// ReadBackup reads a backup to its end. It returns how many rows it has, if it
// is whole.
func ReadBackup(r io.Reader) (rows int, err error) {
	b, err := readBackup(r)
	if err != nil {
		return 0, err
	}
	for {
		switch _, _, err := b.next(); {
		case errors.Is(err, errWhole):
			return rows, nil
		case err != nil:
			return 0, err
		}
		rows++
	}
}

// Sealed returns the columns of sealed values, and all columns of octets that
// hold something else.
func Sealed() (sealed, other []string) {
	for _, c := range sealedColumns {
		sealed = append(sealed, c.table+"."+c.column)
	}
	return sealed, []string{
		"challenge.hash", "challenge.once", "invitation.code", "pending_enrollment.browser",
		"passkey.lookup", "session.hash", "signin.once", "standing.spent",
		"directory_poll.cursor", "directory_group.object", "admin_group_member.object", "origin.object", "sync_cursor.cursor", "sync_row.object",
	}
}

// ColumnsOfOctets returns every column that holds octets.
func ColumnsOfOctets(t *testing.T, s *Store) []string {
	t.Helper()
	columns, err := all(t.Context(), s.db.reader(), text, `SELECT m.name || '.' || c.name
		FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'BLOB'`)
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// SweepPlans are how SQLite looks for who is due, and writes what so many were
// told.
func SweepPlans(t *testing.T, s *Store, people int) (find, write []string) {
	t.Helper()
	plan := func(query string, args ...any) []string {
		steps, err := all(t.Context(), s.db.(*sqliteDB).writer, func(row scanner) (step string, err error) {
			var number, parent, unused int
			err = row.Scan(&number, &parent, &unused, &step)
			return step, err
		}, "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		return steps
	}
	query, args := tellDuties(make([]enrollment.ToldDuty, people), false)
	return plan(dueDuties(people), int64(1)), plan(query, args...)
}
