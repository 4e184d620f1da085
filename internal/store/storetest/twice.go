package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
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
