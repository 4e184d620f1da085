package operator_test

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestNoPeriodBeginsForNobody: where all who are chosen fail, are not there or
// owe the same already, nothing is left behind.
func TestNoPeriodBeginsForNobody(t *testing.T) {
	o := newOffice(t)
	o.add("root", directory.Administrator)
	order := operator.Order{Factor: policy.WantPasskey, Length: 7 * day, Postpone: -1, Reason: "audit"}
	for name, s := range map[string]operator.Selection{
		"not there":                     {Names: []string{"nobody", "neither"}},
		"the last who administers":      {Names: []string{"root"}},
		"nobody matches":                {Query: &operator.PeopleQuery{Group: "staff"}},
		"everybody, which is only root": {All: true},
	} {
		r, err := o.Require(t.Context(), local, s, order, false)
		if err != nil || r.Done != 0 || r.Period != 0 || r.Chosen != len(r.Failures) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if list, err := o.Periods(t.Context(), local); err != nil || len(list) != 0 {
		t.Errorf("periods are left: %+v, %v", list, err)
	}
	if last, err := o.LastAct(t.Context(), local); last != nil {
		t.Errorf("an act is left: %+v, %v", last, err)
	}
}
