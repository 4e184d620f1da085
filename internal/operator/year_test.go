package operator_test

import (
	"testing"

	"example.com/muster/internal/operator"
)

// TestAPeriodIsNoLongerThanAYear, also not by one extension after the other.
func TestAPeriodIsNoLongerThanAYear(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	due := o.record("bob").Requirements[0].Due
	r, err := o.Extend(t.Context(), local, named("bob"), operator.Change{Length: 365 * day})
	if err != nil || len(r.Failures) != 1 || r.Failures[0].Refusal != operator.RefusedLength || !o.record("bob").Requirements[0].Due.Equal(due) {
		t.Errorf("%+v %v", r, err)
	}
	o.act(o.Extend(t.Context(), local, named("bob"), operator.Change{Length: 358 * day}))
	if left := o.record("bob").Requirements[0].Due.Sub(o.now); left != 365*day {
		t.Errorf("%v left", left)
	}
}
