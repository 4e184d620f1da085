package operator_test

import (
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
)

// TestAPeriodThatBeginsAnewIsPutOffAsOftenAsBefore: as often as it was ordered,
// whatever was used of that.
func TestAPeriodThatBeginsAnewIsPutOffAsOftenAsBefore(t *testing.T) {
	for _, tc := range []struct {
		name         string
		order        operator.Order
		before, want int
	}{
		{"used up", operator.Order{Factor: policy.WantTOTP, Length: 3 * day, Postpone: 1}, 0, 1},
		{"one of two used", operator.Order{Factor: policy.WantTOTP, Length: 3 * day, Postpone: 2}, 1, 2},
		{"never", operator.Order{Factor: policy.WantTOTP, Length: 3 * day}, 0, 0},
		{"without limit", operator.Order{Factor: policy.WantTOTP, Length: 3 * day, Postpone: -1}, -1, -1},
		{"at once", operator.Order{Factor: policy.WantTOTP, Forced: true}, 0, -1},
	} {
		o := newOffice(t)
		o.bare("bob")
		o.require(named("bob"), tc.order)
		for range tc.order.Postpone - tc.before {
			r := o.record("bob")
			in := session.Session{ID: o.IDs.Next(o.now), Hash: session.Hash{1}, Person: r.Person.ID, SeenAt: o.now, EndsAt: o.now.Add(session.Whole)}
			if err := o.store.PutSession(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			if err := o.store.PutOff(t.Context(), enrollment.PutOff{
				Person: r.Person.ID, Version: r.Standing.Version, Session: in.ID, At: o.now,
				Periods: policy.Postponed(policy.PortalClient("portal"), r.Requirements, r.Factors, o.now), Change: o.entry(),
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got := o.record("bob").Requirements[0].PostponeLeft; got != tc.before {
			t.Fatalf("%s: %d left before", tc.name, got)
		}
		if r, err := o.Reset(t.Context(), local, named("bob"), operator.Change{Length: 5 * day}); err != nil || r.Done != 1 {
			t.Fatal(r, err)
		}
		if got := o.record("bob").Requirements[0].PostponeLeft; got != tc.want {
			t.Errorf("%s: %d left, want %d", tc.name, got, tc.want)
		}
	}
}
