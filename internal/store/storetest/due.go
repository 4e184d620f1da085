package storetest

import (
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// testDutiesDue: whoever tells people what is required of them is called when
// there may be something to tell, and not while a period is being written.
func testDutiesDue(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	calls := make(chan time.Time, 100)
	s := d.Open(t, func(o *store.Options) {
		o.Now, o.DutiesDue = clock.now, func(then time.Time) { calls <- then }
	})
	called := func(after string) (then time.Time) {
		t.Helper()
		if len(calls) == 0 {
			t.Errorf("after %s nobody is called", after)
			return then
		}
		for len(calls) > 0 {
			then = <-calls
		}
		return then
	}
	silent := func(after string) {
		t.Helper()
		for len(calls) > 0 {
			t.Errorf("after %s: called for %v", after, <-calls)
		}
	}
	alice, bob := Add(t, s, Somebody("alice")), Add(t, s, Somebody("bob"))
	p := starting("staff")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	_, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: alice.Person.ID, Requirement: p.For(Start)}})
	must(t, err)
	silent("writing people under a period")
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	then := called("bringing it into force")
	known, err := s.Periods(t.Context())
	must(t, err)
	if !then.Equal(known[0].RunningAt) {
		t.Errorf("called for %v, it is in force from %v", then, known[0].RunningAt)
	}
	clock.set(then)

	alice = Find(t, s, "alice")
	longer := alice.Requirements[0]
	longer.Due = longer.Due.Add(time.Hour)
	_, err = s.AmendMany(t.Context(), []operator.Amendment{{
		Person: alice.Person.ID, Version: alice.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: longer, Told: true}},
	}}, []audit.Change{Entry("period.extend", "")})
	must(t, err)
	called("extending it")

	details := operator.Details{Groups: []string{"staff"}}
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: bob.Person.ID, Version: bob.Standing.Version, Details: &details, Log: Entry("user.edit", "bob"),
	}))
	called("somebody joined the group")
	if r := Find(t, s, "bob"); len(r.Requirements) != 1 {
		t.Errorf("bob: %+v", r.Requirements)
	}
	must(t, s.EndPeriod(t.Context(), p.ID, Start, Entry("period.end", "")))
	silent("its end")
}
