//go:build system

package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/store"
	"example.com/muster/test/testkit"
)

// TestPostgresIsTidied: a table of which much has changed is looked through when
// that is over, once, also where autovacuum is off.
func TestPostgresIsTidied(t *testing.T) {
	server, fresh := databases(t, "autovacuum=off")
	d := fresh(t)
	d.Open(t)
	name := d.Options.Postgres[len("postgres://muster@/"):]
	name = name[:slices.Index([]byte(name), '?')]
	server.Query(name, `CREATE TABLE crowd AS SELECT n FROM generate_series(1, 20000) AS n`)
	testkit.Eventually(t, 30*time.Second, "the table is known", func() error {
		if server.Query(name, `SELECT reltuples FROM pg_class WHERE relname = 'crowd'`) != "20000\n" {
			return errors.New("it is not")
		}
		return nil
	})
	if tables := store.Tidy(t, d.Options); len(tables) != 0 {
		t.Errorf("tidied again: %v", tables)
	}
	server.Query(name, `DELETE FROM crowd WHERE n > 100`)
	testkit.Eventually(t, 30*time.Second, "what is gone is cleared away", func() error {
		if server.Query(name, `SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'crowd'`) != "0\n" {
			return errors.New("it is not")
		}
		return nil
	})
}
