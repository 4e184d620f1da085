//go:build system

package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
	"example.com/muster/test/testkit"
)

// databases returns a function that makes empty databases on a new server.
func databases(t testing.TB, settings ...string) (*testkit.Postgres, func(testing.TB) storetest.Database) {
	server := testkit.StartPostgres(t, settings...)
	t.Cleanup(server.Stop) // nothing of it is needed: no checkpoint at the end
	var n atomic.Int32
	return server, func(t testing.TB) storetest.Database {
		return storetest.Postgres(t, server.Database(fmt.Sprintf("muster%d", n.Add(1))))
	}
}

func TestPostgres(t *testing.T) {
	_, fresh := databases(t)
	storetest.Run(t, fresh)
	t.Run("moving from SQLite", func(t *testing.T) { storetest.MoveHouse(t, storetest.SQLite(t), fresh(t)) })
	t.Run("moving to SQLite", func(t *testing.T) { storetest.MoveHouse(t, fresh(t), storetest.SQLite(t)) })
	t.Run("the schema is known", func(t *testing.T) {
		have, known := store.Schema(t, fresh(t).Open(t))
		if diff := cmp.Diff(have, known); diff != "" {
			t.Errorf("backups hold other columns than the tables have (-tables +backups):\n%s", diff)
		}
	})
}

// TestPostgresThatForgetsIsRefused: each of the settings that let it forget a
// commit is told by name.
func TestPostgresThatForgetsIsRefused(t *testing.T) {
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		_, fresh := databases(t, setting+"=off")
		s, err := store.Open(t.Context(), fresh(t).Options)
		if err == nil {
			_ = s.Close()
		}
		text, hint := problem.Public(err)
		if problem.KindOf(err) != problem.Invalid || hint != "turn "+setting+" on" {
			t.Errorf("%s: %q, %q (%v)", setting, text, hint, err)
		}
	}
}

func BenchmarkPostgresCommit(b *testing.B) {
	_, fresh := databases(b)
	benchmarkCommit(b, fresh(b))
}

// TestPostgresAway: while the server is away nobody is let in and nobody waits
// for long; when it is back, all goes on by itself.
func TestPostgresAway(t *testing.T) {
	server, fresh := databases(t)
	s := fresh(t).Open(t)
	r := storetest.Add(t, s, storetest.Somebody("alice"))
	if err := s.Commit(t.Context(), storetest.Allowed(r, 1)); err != nil {
		t.Fatal(err)
	}
	r = storetest.Find(t, s, "alice")
	server.Stop()
	for range 3 {
		if err := s.Commit(t.Context(), storetest.Allowed(r, 2)); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("a commit: %v", err)
		}
		if _, _, err := s.Person(t.Context(), "alice", true); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("a person: %v", err)
		}
		if err := s.Ping(t.Context()); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("a ping: %v", err)
		}
	}
	server.Start()
	t.Cleanup(server.Stop)
	testkit.Eventually(t, 10*time.Second, "the store is back", func() error {
		return s.Commit(t.Context(), storetest.Allowed(storetest.Find(t, s, "alice"), 3))
	})
	if version := storetest.Find(t, s, "alice").Standing.Version; version != 3 { // also what was written just before the end
		t.Errorf("version %d", version)
	}
}
