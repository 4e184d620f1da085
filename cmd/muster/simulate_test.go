package main

import (
	"bytes"
	"database/sql"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// meddler does something when the first bar of progress is drawn, which is
// when the simulation is under way, and holds it up meanwhile.
type meddler struct {
	do   func()
	once sync.Once
	said bytes.Buffer
}

func (m *meddler) Write(b []byte) (int, error) {
	m.once.Do(m.do)
	return m.said.Write(b)
}

// TestASimulationThatTellsTwiceFails: it counts what leaves, whatever the
// reason. Here somebody else writes into the database, in the middle of the
// period, that one person was told of nothing.
func TestASimulationThatTellsTwiceFails(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "kept")
	screen := &meddler{do: func() { forgetOneWasTold(t, filepath.Join(folder, databaseName)) }}
	code := run(t.Context(), []string{"simulate", "period", "--users", "60", "--days", "7", "--seed", "5", "--keep", folder},
		&terminal{out: io.Discard, err: screen, errIsPerson: true})
	if want := "error: told or reminded twice: 1 of 60 people"; code != exitRefused || !strings.Contains(screen.said.String(), want) {
		t.Errorf("exit code %d and %q; want %d and %q", code, screen.said.String(), exitRefused, want)
	}
}

// forgetOneWasTold takes from a database that the last person in it who has
// still to set up something was told that the period has begun.
func forgetOneWasTold(t *testing.T, file string) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	changed, err := db.ExecContext(t.Context(), `UPDATE duty SET told = 0, next_at = since
		WHERE person_id = (SELECT max(person_id) FROM duty WHERE told = 1 AND met_at = 0)`)
	if err != nil {
		t.Error(err)
		return
	}
	if n, err := changed.RowsAffected(); n != 1 || err != nil {
		t.Errorf("%d were changed: %v", n, err)
	}
}
