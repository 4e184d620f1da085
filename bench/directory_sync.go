package bench

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
	"example.com/muster/test/testkit"
)

// directorySyncs measures keeping all people of a directory in step: the first
// time, once more with nothing changed, and the changes alone, of which there
// are none; each against ldapsearch in pages in the same round.
func directorySyncs(t testing.TB, report *table, rounds, people int) {
	slapd := testkit.StartSlapd(t, testkit.SlapdOptions{People: people})
	s := sourceOfSlapd(t, slapd)
	s.Attributes.DisplayName, s.Attributes.Manager = "displayName", "title"
	var theirs, first, again, changes []float64
	for range rounds {
		theirs = append(theirs, timed(func() { slapd.Ldapsearch(twelve...) }).Seconds())
		r, item := s.roster(t)
		for _, run := range []struct {
			into  *[]float64
			whole bool
		}{{&first, true}, {&again, true}, {&changes, false}} {
			done, err := r.Run(t.Context(), item, roster.RunOptions{Whole: run.whole})
			if err != nil || done.State != roster.Done {
				t.Fatalf("%+v, %v", done, err)
			}
			*run.into = append(*run.into, done.Ended.Sub(done.Began()).Seconds())
		}
	}
	search := median(theirs, itself)
	report.line("| first synchronisation into SQLite | %.0f | | | | |", float64(people)/median(first, itself))
	report.line("| full synchronisation, nothing changed | %.0f | | | | |", float64(people)/median(again, itself))
	report.atMost("first full synchronisation into SQLite against ldapsearch in pages", "×", 8, 3, median(first, itself)/search)
	report.atMost("full synchronisation with nothing changed against ldapsearch in pages", "×", 6, 3, median(again, itself)/search)
	report.atMost("synchronisation of changes, of which there are none", " s", 1, 0.3, median(changes, itself))
}

// roster returns one over an empty database.
func (s source) roster(t testing.TB) (*roster.Roster, directory.Item) {
	t.Helper()
	keys, log := keyring.Ephemeral(time.Now()), slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), store.Options{
		File: filepath.Join(t.TempDir(), "muster.db"), Keys: keys, Now: time.Now, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // what it holds is of no more interest
	ids := id.NewSource(0)
	entry := func(action string) audit.Change { return audit.Change{ID: ids.Next(time.Now()), Action: action} }
	item := directory.Item{
		ID: ids.Next(time.Now()), Name: "everybody", Source: s.ID, Interval: time.Hour, Guard: directory.DefaultGuard,
		Grace: directory.DefaultGrace,
	}
	s.Password = []byte("not sealed") // which nobody opens here
	if err := db.AddDirectory(t.Context(), s.Source, entry("directory.add")); err != nil {
		t.Fatal(err)
	}
	if err := db.AddSyncItem(t.Context(), item, entry("sync.add")); err != nil {
		t.Fatal(err)
	}
	return roster.New(roster.Config{Store: db, Reader: s.open(t), IDs: ids, Now: time.Now, Log: log}), item
}
