package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// TestSignInsHaveTheNextTurn: whoever writes sign-ins is before all others that
// wait, who come one after the other, and not at all who has given up.
func TestSignInsHaveTheNextTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turn store.Turn
		turn.Take()
		var order []string
		wait := func(name string, take func() error) {
			go func() {
				if take() == nil {
					order = append(order, name)
					turn.Pass()
				}
			}()
			synctest.Wait()
		}
		giveUp, cancel := context.WithCancel(t.Context())
		wait("first", func() error { return turn.TakeLater(t.Context()) })
		wait("who gives up", func() error { return turn.TakeLater(giveUp) })
		wait("last", func() error { return turn.TakeLater(t.Context()) })
		wait("sign-ins", func() error { turn.Take(); return nil })
		cancel()
		synctest.Wait()
		turn.Pass()
		synctest.Wait()
		if want := []string{"sign-ins", "first", "last"}; !slices.Equal(order, want) {
			t.Errorf("the turns were %v, want %v", order, want)
		}
		if err := turn.TakeLater(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestATurnThatComesWithTheEnd: whoever gives up just when the turn is theirs
// passes it on.
func TestATurnThatComesWithTheEnd(t *testing.T) {
	for range 1000 {
		var turn store.Turn
		turn.Take()
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- turn.TakeLater(ctx) }()
		go cancel()
		turn.Pass()
		if err := <-over; err == nil {
			turn.Pass()
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		turn.Take()
		turn.Pass()
	}
}

// TestActsRestWhileSomebodySignsIn: and only then.
func TestActsRestWhileSomebodySignsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pace store.Pace
		rested := func(wrote time.Duration) time.Duration {
			begun := time.Now()
			for range 10 {
				now := time.Now()
				pace.Rest(t.Context(), now.Add(-wrote/10), now)
			}
			return time.Since(begun)
		}
		if got := rested(time.Second); got != 0 {
			t.Errorf("a rest of %v where nobody signs in", got)
		}
		pace.SignedIn(time.Now())
		if got := rested(200 * time.Millisecond); got < 50*time.Millisecond || got > 400*time.Millisecond {
			t.Errorf("a rest of %v after writing 200ms", got)
		}
		time.Sleep(time.Second)
		if got := rested(time.Second); got != 0 {
			t.Errorf("a rest of %v a second after somebody signed in", got)
		}
		pace.SignedIn(time.Now())
		over, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		if pace.Rest(over, begun.Add(-time.Hour), begun); time.Since(begun) != 0 {
			t.Errorf("a rest of %v after the end", time.Since(begun))
		}
	})
}

// TestAnActGivesWayToSignIns: of a hundred people who are brought under a period
// not all are written before somebody has the turn who signs in.
func TestAnActGivesWayToSignIns(t *testing.T) {
	s := storetest.New(t)
	list := make([]operator.NewDuty, 100)
	for i := range list {
		list[i].Person = storetest.Add(t, s, storetest.Somebody(fmt.Sprintf("user%02d", i))).Person.ID
		list[i].Requirement.Period = 1
	}
	written := func() int {
		count := 0
		for _, d := range list {
			r, err := s.PersonByID(t.Context(), d.Person)
			if err != nil {
				t.Fatal(err)
			}
			count += len(r.Requirements)
		}
		return count
	}
	pass := store.TakeTurn(s)
	done := make(chan error, 1)
	go func() {
		_, err := s.AddToPeriod(t.Context(), list)
		done <- err
	}()
	for gaveWay := false; !gaveWay; {
		pass()
		pass = store.TakeTurn(s)
		count := written()
		if gaveWay = 0 < count && count < len(list); count == len(list) {
			t.Fatal("all were written at once")
		}
	}
	pass()
	if err := <-done; err != nil || written() != len(list) {
		t.Errorf("%d were written: %v", written(), err)
	}
}

// TestOnlyPartsOfAnActNeedNotBeOnTheDisk: what comes after one is durable when
// it is committed, and so are sign-ins meanwhile.
func TestOnlyPartsOfAnActNeedNotBeOnTheDisk(t *testing.T) {
	s := storetest.New(t)
	alice := storetest.Add(t, s, storetest.Somebody("alice"))
	synchronous := func(when, groups, rest string) {
		t.Helper()
		if g, r := store.Pragma(t, s, "synchronous"); g != groups || r != rest {
			t.Errorf("%s: synchronous is %s for sign-ins and %s for the rest, want %s and %s", when, g, r, groups, rest)
		}
	}
	if _, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: alice.Person.ID}}); err != nil {
		t.Fatal(err)
	}
	synchronous("after a part", "2", "1")
	storetest.Add(t, s, storetest.Somebody("bob"))
	synchronous("after the next change", "2", "2")
}
