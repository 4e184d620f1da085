package operator_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// multitude is a store that counts how often it was asked, and takes a second.
type multitude struct {
	operator.Store

	mu            sync.Mutex
	people, asked int
	fails         bool
}

func (s *multitude) CountPeople(context.Context, policy.Wanted, time.Time) (operator.Census, error) {
	time.Sleep(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.fails {
		return operator.Census{}, errors.New("away")
	}
	return operator.Census{All: s.people, Locked: s.asked}, nil
}

func (*multitude) EndPeriod(context.Context, id.ID, time.Time, audit.Change) error { return nil }

// TestAGreatManyAreNotCountedForEverybodyWhoAsks: what is shown is never older
// than it may be, and never from before an act.
func TestAGreatManyAreNotCountedForEverybodyWhoAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &multitude{people: operator.GreatMany}
		c := operator.NewCounted(s, time.Now)
		defer c.Close()
		ask := func(ctx context.Context, why string, want int, within time.Duration) {
			t.Helper()
			begun := time.Now()
			census, err := c.CountPeople(ctx, "", begun)
			if took := time.Since(begun); err != nil || census.Locked != want || took > within {
				t.Errorf("%s: count %d after %v (%v), want %d within %v", why, census.Locked, took, err, want, within)
			}
			synctest.Wait()
		}
		ctx := t.Context()
		ask(ctx, "the first is waited for", 1, time.Second)
		time.Sleep(operator.CountFresh - 2*time.Second)
		ask(ctx, "it is fresh", 1, 0)
		time.Sleep(2 * time.Second)
		ask(ctx, "it is old, and shown while a new one is made", 1, 0)
		ask(ctx, "of which there is one at a time", 1, 0)
		time.Sleep(2 * time.Second)
		ask(ctx, "that is shown", 2, 0)
		time.Sleep(operator.CountStale)
		ask(ctx, "it is too old", 3, time.Second)
		ask(operator.Exactly(ctx), "who wants to know exactly waits", 4, time.Second)
		ask(ctx, "and others have it too", 4, 0)
		if err := c.EndPeriod(ctx, 1, time.Now(), audit.Change{}); err != nil {
			t.Fatal(err)
		}
		ask(ctx, "an act has ended", 5, time.Second)

		time.Sleep(operator.CountFresh)
		s.fails = true
		ask(ctx, "the database is away, and that is not shown yet", 5, 0)
		time.Sleep(2 * time.Second)
		s.fails = false
		ask(ctx, "the next who asks has it tried again", 5, 0)
		time.Sleep(2 * time.Second)
		ask(ctx, "which goes well", 7, 0)

		s.people--
		ask(operator.Exactly(ctx), "fewer", 8, time.Second)
		time.Sleep(operator.CountStale)
		ask(ctx, "are counted each time", 9, time.Second)
		ask(ctx, "and again", 10, time.Second)
	})
}

// TestOneCountIsForAllWhoWaitForIt: and if it comes to nothing, or the people
// are few, each counts.
func TestOneCountIsForAllWhoWaitForIt(t *testing.T) {
	for name, tt := range map[string]struct {
		people int
		fails  bool
		asked  int
	}{
		"many":       {operator.GreatMany, false, 1},
		"few":        {operator.GreatMany - 1, false, 5},
		"it is away": {operator.GreatMany, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &multitude{people: tt.people, fails: tt.fails}
				c := operator.NewCounted(s, time.Now)
				defer c.Close()
				begun := time.Now()
				for range 5 {
					go func() {
						if _, err := c.CountPeople(t.Context(), "", time.Now()); (err != nil) != tt.fails {
							t.Error(err)
						}
						if took := time.Since(begun); took > 2*time.Second {
							t.Errorf("it took %v", took)
						}
					}()
				}
				gone, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				go func() { _, _ = c.CountPeople(gone, "", time.Now()) }()
				time.Sleep(10 * time.Second)
				if s.asked != tt.asked && s.asked != tt.asked+1 { // whoever is gone is not waited for
					t.Errorf("%d were counted, want %d", s.asked, tt.asked)
				}
			})
		})
	}
}
