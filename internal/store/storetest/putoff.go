package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// testPuttingOff: it is noted in one session and uses up one postponing, both
// or neither.
func testPuttingOff(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	alice := Add(t, s, Somebody("alice"))
	here, there := someSession(t, alice, 1), someSession(t, alice, 2)
	must(t, s.PutSession(t.Context(), here))
	there.PutOffAt = Start
	must(t, s.PutSession(t.Context(), there))
	p := starting("")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	_, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: alice.Person.ID, Requirement: p.For(Start)}})
	must(t, err)
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	clock.set(Start.Add(time.Minute))
	left := func(want int) {
		t.Helper()
		if got := Find(t, s, "alice").Requirements[0].PostponeLeft; got != want {
			t.Errorf("%d postponings left, want %d", got, want)
		}
	}
	left(2)
	off := enrollment.PutOff{
		Person: alice.Person.ID, Version: Find(t, s, "alice").Standing.Version, Session: here.ID, Periods: []id.ID{p.ID},
		At: clock.now(), Change: Entry("enrollment.put-off", "alice"),
	}
	must(t, s.PutOff(t.Context(), off))
	left(1)
	here.PutOffAt = clock.now()
	for _, want := range []session.Session{here, there} {
		got, err := s.Session(t.Context(), want.Hash)
		must(t, err)
		same(t, "session", &want, got)
	}
	off.Change = Entry("enrollment.put-off", "alice")
	if err := s.PutOff(t.Context(), off); !errors.Is(err, enrollment.ErrConflict) {
		t.Errorf("on what was read before: %v", err)
	}
	off.Version = Find(t, s, "alice").Standing.Version
	must(t, s.EndSession(t.Context(), here.Hash))
	if err := s.PutOff(t.Context(), off); !errors.Is(err, session.ErrOver) {
		t.Errorf("in a session that has ended: %v", err)
	}
	left(1)
}
