package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testRequiredTwice: of two starts at once of which each has written the same
// people, the second comes into force only for those of whom the first does not
// require it.
func testRequiredTwice(t *testing.T, d Database) {
	s := d.Open(t)
	alice, bob := Add(t, s, Somebody("alice")).Person.ID, Add(t, s, Somebody("bob")).Person.ID
	begin := func(group string, wanted policy.Wanted, people ...id.ID) enrollment.Period {
		t.Helper()
		p := starting(group)
		p.Factor = wanted
		must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
		for _, person := range people {
			_, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: person, Requirement: p.For(Start)}})
			must(t, err)
		}
		return p
	}
	first, second := begin("", policy.WantTOTP, alice), begin("", policy.WantTOTP, alice, bob)
	other := begin("", policy.WantPasskey, alice)
	run := func(p enrollment.Period, want error) {
		t.Helper()
		// A moment later than it was begun, by the clock that names it.
		if err := s.RunPeriod(t.Context(), p.ID, first.ID.Time().Add(time.Hour), Entry("period.start", "")); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	leaves := func(p enrollment.Period, want ...string) {
		t.Helper()
		keys, err := s.LeaveTwice(t.Context(), p.ID, 10)
		must(t, err)
		same(t, "left", want, keys)
	}
	run(first, nil)
	run(second, operator.ErrRequiredTwice)
	leaves(second, "alice")
	leaves(second)
	run(second, nil)
	run(other, nil)
	if a, b := Find(t, s, "alice").Requirements, Find(t, s, "bob").Requirements; len(a) != 2 || len(b) != 1 || b[0].Period != second.ID {
		t.Errorf("alice %+v, bob %+v", a, b)
	}

	group, again, elsewhere := begin("staff", policy.WantTOTP), begin("staff", policy.WantTOTP), begin("guests", policy.WantTOTP)
	run(group, nil)
	run(again, operator.ErrRequiredTwice) // of a group without members, too
	leaves(again)
	run(elsewhere, nil)
}

// testRestart: those who are in a period that is starting get the clock of its
// new beginning, also where they are remembered or listed; of one that runs
// nobody does.
func testRestart(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	p := starting("")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	duties := make([]operator.NewDuty, 0, 5)
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin"} {
		duties = append(duties, operator.NewDuty{Person: Add(t, s, Somebody(name)).Person.ID, Requirement: p.For(Start)})
	}
	_, err := s.AddToPeriod(t.Context(), duties)
	must(t, err)
	before, _, err := s.Person(t.Context(), "alice", false)
	must(t, err)
	again := Start.Add(6 * enrollment.Day)
	clock.set(again)
	must(t, s.RestartPeriod(t.Context(), p.ID, again))
	for _, want := range []int{3, 2, 0} {
		if n, err := s.RestartClocks(t.Context(), p.ID, 3); err != nil || n != want {
			t.Errorf("%d clocks begin again, want %d (%v)", n, want, err)
		}
	}
	if err := s.Commit(t.Context(), Allowed(before, 1)); !errors.Is(err, authn.ErrConflict) {
		t.Errorf("a decision from before was written: %v", err)
	}
	p.StartsAt = again
	must(t, s.RunPeriod(t.Context(), p.ID, again, Entry("period.start", "")))
	clock.set(again.Add(2 * time.Second))
	for _, fresh := range []bool{true, false} {
		r, _, err := s.Person(t.Context(), "alice", fresh)
		must(t, err)
		same(t, "what is required", p.For(again), r.Requirements[0])
	}
	clock.set(again.Add(6 * enrollment.Day))
	n, err := s.CountFound(t.Context(), operator.PeopleQuery{Status: enrollment.InPeriod, Now: clock.now()}, 100)
	must(t, err)
	if n != 5 {
		t.Errorf("%d are listed as in their period", n)
	}
	if err := s.RestartPeriod(t.Context(), p.ID, clock.now()); !errors.Is(err, operator.ErrGone) {
		t.Errorf("a period that runs begins again: %v", err)
	}
	if n, err := s.RestartClocks(t.Context(), p.ID, 3); err != nil || n != 0 {
		t.Errorf("%d clocks of a period that runs begin again (%v)", n, err)
	}
}
