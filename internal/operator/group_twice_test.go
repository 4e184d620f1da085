package operator_test

import (
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// TestAMemberIsInTheGroupsPeriodToo of whom the same is required already: they
// owe it still when that goes out of force, and hear of one end, the first.
func TestAMemberIsInTheGroupsPeriodToo(t *testing.T) {
	o := newOffice(t)
	o.bare("alice", "staff")
	o.bare("bob", "staff")
	five, twenty := week, week
	five.Length, twenty.Length = 5*day, 20*day
	first := o.require(named("alice"), five)
	o.sweep()
	if result := o.require(operator.Selection{Group: "staff"}, twenty); result.Done != 2 || len(result.Skipped) != 0 {
		t.Fatalf("%+v", result)
	}
	began := o.now
	until := func(want int) {
		t.Helper()
		r := o.record("alice")
		s := enrollment.StateOf("", r.Factors, r.Requirements, o.now)
		if s.Status != enrollment.InPeriod || !s.Until.Equal(began.AddDate(0, 0, want)) {
			t.Errorf("%+v, want an end after %d days", s, want)
		}
	}
	until(5)
	o.sweep()
	o.told(map[string]int{"period-started alice": 1, "period-started bob": 1})
	if again, err := o.Require(t.Context(), local, operator.Selection{Group: "staff"}, twenty, true); err != nil || again.Done != 0 || len(again.Skipped) != 2 {
		t.Errorf("the same of the group again: %+v, %v", again, err)
	}
	for range 2 {
		if again, err := o.Require(t.Context(), local, operator.Selection{Group: "staff"}, twenty, false); err != nil ||
			again.Period != 0 || again.Done != 0 || len(again.Skipped) != 2 {
			t.Errorf("the same of the group once more: %+v, %v", again, err)
		}
	}
	if list, err := o.store.Periods(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("a period is left that requires nothing of anybody: %+v, %v", list, err)
	}

	if err := o.DiscardPeriod(t.Context(), local, first.Period); err != nil {
		t.Fatal(err)
	}
	until(20)
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "bob": enrollment.InPeriod})
	o.now = began.Add(19*day + 1)
	o.sweep()
	o.told(map[string]int{"period-started alice": 1, "period-reminder alice": 1, "period-reminder bob": 1})
	o.now = began.Add(20 * day)
	o.sweep()
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExpiredDuty, "bob": enrollment.ExpiredDuty})
	o.told(map[string]int{"period-expired alice": 1})
}

// TestTheFirstEndIsToldOnce, and what comes after it is no news.
func TestTheFirstEndIsToldOnce(t *testing.T) {
	o := newOffice(t)
	o.bare("alice", "staff")
	five, three := week, week
	five.Length, three.Length = 5*day, 3*day
	o.require(named("alice"), five)
	o.sweep()
	began := o.now
	o.require(operator.Selection{Group: "staff"}, three)
	o.sweep()
	o.told(map[string]int{"period-started alice": 2}) // it ends sooner than they knew
	for n := range 7 {
		o.now = began.AddDate(0, 0, n)
		o.sweep()
	}
	o.told(map[string]int{"period-reminder alice": 1, "period-expired alice": 1})
}
