package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
)

// testScreens: a screen takes the place of what its browser held, is listed,
// outlasts the idle limit, and ends by itself, by hand, and with its opener's
// other sessions.
func testScreens(t *testing.T, d Database) {
	s := d.Open(t)
	record := Add(t, s, Somebody("alice"))
	alice := record.Person.ID
	browser := someSession(t, record, 1)
	must(t, s.PutSession(t.Context(), browser))
	open := func(n byte, place ...session.Hash) operator.Screen {
		v := someSession(t, record, n)
		v.Scope, v.EndsAt = "a page", Start.Add(session.Wall)
		must(t, s.PutScreen(t.Context(), v, place, Entry("screen.open", "")))
		return operator.Screen{Session: v, By: "alice"}
	}
	list := func(at time.Time) []operator.Screen {
		all, err := s.Screens(t.Context(), at)
		must(t, err)
		return all
	}
	one := open(2, browser.Hash)
	if got, err := s.Session(t.Context(), browser.Hash); got != nil || err != nil {
		t.Errorf("what the browser held goes on: %v, %v", got, err)
	}
	same(t, "the screen", []operator.Screen{one}, list(Start.Add(session.Wall-time.Second)))
	if len(list(Start.Add(session.Wall))) > 0 {
		t.Error("it lasts for ever")
	}
	if n, err := s.RemoveSessions(t.Context(), Start, Start.Add(session.Idle), 10); n != 0 || err != nil {
		t.Errorf("it was cleared away as idle: %d, %v", n, err)
	}
	two := open(3)
	same(t, "both", []operator.Screen{two, one}, list(Start))
	must(t, s.EndScreen(t.Context(), one.ID, Entry("screen.end", "")))
	if err := s.EndScreen(t.Context(), one.ID, Entry("screen.end", "")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("ended twice: %v", err)
	}
	other := someSession(t, record, 4)
	must(t, s.PutSession(t.Context(), other))
	if err := s.EndScreen(t.Context(), other.ID, Entry("screen.end", "")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("a session that is no screen was ended: %v", err)
	}
	must(t, s.EndSessions(t.Context(), alice, other.Hash))
	if left := list(Start); len(left) > 0 {
		t.Errorf("it outlives the sessions of who opened it: %+v", left)
	}
	last := open(5)
	must(t, s.EndSessionAs(t.Context(), last.Hash, session.EndedShutOut))
	if left := list(Start); len(left) > 0 {
		t.Errorf("it is listed though it has ended: %+v", left)
	}
	if n, err := s.RemoveSessions(t.Context(), Start, Start.Add(session.Idle), 10); n != 2 || err != nil {
		t.Errorf("cleared away: %d, %v", n, err)
	}
	removed := Add(t, s, Somebody("bob"))
	gone := someSession(t, removed, 6)
	gone.Scope = "a page"
	must(t, s.Amend(t.Context(), operator.Amendment{Person: removed.Person.ID, Version: removed.Standing.Version, RemovePerson: true}))
	if err := s.PutScreen(t.Context(), gone, nil, Entry("screen.open", "")); !errors.Is(err, session.ErrOver) {
		t.Errorf("a screen of nobody: %v", err)
	}
}
