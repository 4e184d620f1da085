package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// TestSQLiteGoesOnAfterTrouble: while nothing can be written nobody is let in
// and reading goes on; afterwards all is as before.
func TestSQLiteGoesOnAfterTrouble(t *testing.T) {
	for _, trouble := range []struct{ name, begin, end, hint string }{
		{"full", "max_page_count = 1", "max_page_count = 1000000", "the disk is full"},
		{"read-only", "query_only = 1", "query_only = 0", "the data folder cannot be written"},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			s := storetest.New(t)
			storetest.Add(t, s, storetest.Somebody("alice"))
			before := storetest.Find(t, s, "alice")
			store.SetPragma(t, s, trouble.begin)

			refused := 0
			for range 500 { // enough for the log to need another page
				if err := s.Commit(t.Context(), storetest.Allowed(storetest.Find(t, s, "alice"), 1)); err != nil {
					_, hint := problem.Public(err)
					if problem.KindOf(err) != problem.Unavailable || hint != trouble.hint {
						t.Fatalf("%v, hint %q", err, hint)
					}
					refused++
				}
			}
			if refused == 0 {
				t.Fatal("nothing was refused")
			}
			version := storetest.Find(t, s, "alice").Standing.Version
			if want := before.Standing.Version + int64(500-refused); version != want {
				t.Errorf("version %d, want %d", version, want)
			}
			if err := s.AddPerson(t.Context(), storetest.Somebody("bob"), storetest.Entry("user.add", "bob")); trouble.name == "read-only" &&
				problem.KindOf(err) != problem.Unavailable {
				t.Errorf("somebody was added: %v", err)
			}

			store.SetPragma(t, s, trouble.end)
			if err := s.Commit(t.Context(), storetest.Allowed(storetest.Find(t, s, "alice"), 2)); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// written whole or not at all.
func TestGivingUpWaiting(t *testing.T) {
	s := storetest.New(t)
	for i := range 50 {
		r := storetest.Add(t, s, storetest.Somebody(fmt.Sprintf("user%d", i)))
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		err := s.Commit(ctx, storetest.Allowed(r, 1))
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		// Another commit waits behind it.
		other := storetest.Add(t, s, storetest.Somebody(fmt.Sprintf("other%d", i)))
		if err := s.Commit(t.Context(), storetest.Allowed(other, 1)); err != nil {
			t.Fatal(err)
		}
		now := storetest.Find(t, s, r.Person.Key)
		written := now.Standing.Version == 2
		log, err := s.SignIns(t.Context(), now.Standing.SignIn, storetest.Start, 10)
		if err != nil || written != (len(log) == 1) || written != (len(now.Standing.Spent) == 1) {
			t.Errorf("half of it was written: %+v, %d entries, %v", now.Standing, len(log), err)
		}
	}
}

func TestNothingIsTakenOnceClosed(t *testing.T) {
	s := storetest.New(t)
	r := storetest.Add(t, s, storetest.Somebody("alice"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), storetest.Allowed(r, 1)); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("a commit after the end: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
