package store_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

func TestMovingFromSQLiteToSQLite(t *testing.T) {
	storetest.MoveHouse(t, storetest.SQLite(t), storetest.SQLite(t))
}

// TestSQLiteIsDurable reads from the writing connections what decides whether a
// COMMIT waits for the disk.
func TestSQLiteIsDurable(t *testing.T) {
	s := storetest.New(t)
	for name, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "wal_autocheckpoint": "0", "busy_timeout": "5000",
	} {
		if groups, rest := store.Pragma(t, s, name); groups != want || rest != want {
			t.Errorf("PRAGMA %s is %s and %s, want %s", name, groups, rest, want)
		}
	}
}

func TestSQLiteFilesAreTheirOwnersAlone(t *testing.T) {
	d := storetest.SQLite(t)
	d.Options.File = filepath.Join(filepath.Dir(d.Options.File), "data", "muster.db")
	s := d.Open(t)
	storetest.Add(t, s, storetest.Somebody("alice"))
	err := filepath.WalkDir(filepath.Dir(d.Options.File), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if open := info.Mode().Perm() & 0o077; open != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteSchemaIsKnown(t *testing.T) {
	have, known := store.Schema(t, storetest.New(t))
	if diff := cmp.Diff(have, known); diff != "" {
		t.Errorf("backups hold other columns than the tables have (-tables +backups):\n%s", diff)
	}
}

func TestADatabaseOfALaterVersionIsRefused(t *testing.T) {
	d := storetest.SQLite(t)
	s := d.Open(t)
	store.PretendLaterVersion(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), d.Options); problem.KindOf(err) != problem.Invalid {
		t.Errorf("opened: %v", err)
	}
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	d := storetest.SQLite(t)
	if err := os.WriteFile(d.Options.File, []byte("a photograph of a cat, quite a large one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), d.Options); err == nil {
		t.Error("opened")
		_ = s.Close()
	}
}

// TestTheLogOfSQLiteStartsOver: after a checkpoint everything is in the file,
// and the next commits write the log from its beginning.
func TestTheLogOfSQLiteStartsOver(t *testing.T) {
	d := storetest.SQLite(t)
	s := d.Open(t)
	storetest.Add(t, s, storetest.Somebody("alice"))
	var size [3]int64
	for i := range size {
		for range 50 {
			if err := s.Commit(t.Context(), storetest.Allowed(storetest.Find(t, s, "alice"), 1)); err != nil {
				t.Fatal(err)
			}
		}
		if left := store.MoveLog(t, s); left != 0 {
			t.Errorf("%d pages are left", left)
		}
		info, err := os.Stat(d.Options.File + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		size[i] = info.Size()
	}
	if size[2] > size[0]*3/2 {
		t.Errorf("the log grows: %v octets", size)
	}
}

// TestSQLiteAfterACrash copies the files while many sign in, as a power cut
// would leave them: whatever was answered by then is there, whole, and nothing
// else is.
func TestSQLiteAfterACrash(t *testing.T) {
	d := storetest.SQLite(t)
	s := d.Open(t)
	const people = 32
	var (
		answered [people]atomic.Int64 // the last step that was let in
		busy     sync.WaitGroup
		stop     atomic.Bool
		pause    sync.RWMutex // nobody signs in while an image is looked at: its database would grow ever faster than it is read
	)
	for i := range people {
		key := fmt.Sprintf("user%d", i)
		storetest.Add(t, s, storetest.Somebody(key))
		busy.Go(func() {
			for step := int64(1); !stop.Load(); step++ {
				pause.RLock()
				if err := s.Commit(t.Context(), storetest.Allowed(storetest.Find(t, s, key), step)); err != nil {
					t.Error(err)
				}
				answered[i].Store(step)
				pause.RUnlock()
			}
		})
	}
	for crash := range 10 {
		time.Sleep(10 * time.Millisecond)
		var before [people]int64
		for i := range before {
			before[i] = answered[i].Load()
		}
		after := crashImage(t, d)
		pause.Lock()
		image := after.Open(t)
		for i := range people {
			r := storetest.Find(t, image, fmt.Sprintf("user%d", i))
			log, err := image.SignIns(t.Context(), r.Standing.SignIn, time.Time{}, 1_000_000)
			if err != nil {
				t.Fatal(err)
			}
			var step int64
			if len(r.Standing.Spent) > 0 {
				step = r.Standing.Spent[0].Step
			}
			if step < before[i] || int64(len(log)) != step || r.Standing.Version != step+1 {
				t.Errorf("crash %d, user%d: step %d was answered; step %d, version %d and %d entries are there",
					crash, i, before[i], step, r.Standing.Version, len(log))
			}
		}
		if err := image.Close(); err != nil {
			t.Error(err)
		}
		pause.Unlock()
	}
	stop.Store(true)
	busy.Wait()
}

// crashImage copies a database that is in use, first the file and then the
// log, which only grows meanwhile.
func crashImage(t *testing.T, d storetest.Database) storetest.Database {
	t.Helper()
	image := storetest.SQLite(t)
	image.Options.Keys = d.Options.Keys
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(d.Options.File + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(image.Options.File+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

// TestSweepLooksAtNobodyElse: who is due is found by when, and written by who
// it is, however many are not due.
func TestSweepLooksAtNobodyElse(t *testing.T) {
	s := storetest.SQLite(t).Open(t)
	find, write := store.SweepPlans(t, s, 50)
	for _, step := range []struct {
		of, prefix string
		plan       []string
	}{
		{"finding", "SEARCH d USING INDEX duty_next (next_at<?)", find},
		{"writing", "SEARCH d USING PRIMARY KEY (person_id=? AND period_id=?)", write},
	} {
		if !slices.Contains(step.plan, step.prefix) {
			t.Errorf("%s does not %s:\n%s", step.of, step.prefix, strings.Join(step.plan, "\n"))
		}
	}
}
