package operator_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// slow is a store in which writing people under a period takes a second each
// time, until it breaks.
type slow struct {
	breaking
	office *office
}

func (s *slow) AddToPeriod(ctx context.Context, list []operator.NewDuty) (int, error) {
	s.office.now = s.office.now.Add(time.Second)
	return s.breaking.AddToPeriod(ctx, list)
}

// slowed is the operator with a store that breaks after so many writes.
func (o *office) slowed(writes int64) *operator.Operator {
	c := o.Operator.Config
	s := &slow{breaking: breaking{Store: o.store}, office: o}
	s.most.Store(writes)
	c.Store = s
	return operator.New(c)
}

// TestAllHaveTheirDaysFromOneInstant: however long writing them takes, and when
// the start was broken off and is brought into force days later.
func TestAllHaveTheirDaysFromOneInstant(t *testing.T) {
	o := newOffice(t)
	staff := operator.Selection{Group: "staff"}
	for i := range 600 {
		o.bare(fmt.Sprintf("user%03d", i), "staff")
	}
	ends := func(what string, want time.Time, names ...string) {
		t.Helper()
		for _, name := range append(names, "user001", "user240", "user260", "user510", "user599") {
			for _, r := range o.record(name).Requirements {
				if !r.Due.Equal(want) || !r.Since.Equal(want.Add(-5*day)) {
					t.Errorf("%s: %s has %v to %v, want until %v", what, name, r.Since, r.Due, want)
				}
			}
		}
	}
	five := week
	five.Length = 5 * day
	began := o.now
	if result, err := o.slowed(100).Require(t.Context(), local, staff, five, false); err != nil || result.Done != 600 || !o.now.After(began) {
		t.Fatalf("%+v %v", result, err)
	}
	ends("a whole start", began.Add(5*day))
	o.act(o.UndoLast(t.Context(), local, nil))

	if err := o.Exempt(t.Context(), local, "user000", o.now.Add(14*day), operator.Why{Reason: "away"}); err != nil {
		t.Fatal(err)
	}
	away := o.now.Add(14 * day)
	if _, err := o.slowed(2).Require(t.Context(), local, staff, five, false); !errors.Is(err, errBroken) {
		t.Fatalf("the start was not broken off: %v", err)
	}
	list, err := o.Periods(t.Context(), local)
	if err != nil || list[0].State != enrollment.Starting {
		t.Fatalf("%+v %v", list, err)
	}
	o.now = o.now.Add(4*day + 22*time.Hour)
	o.bare("later", "staff") // who joins the group meanwhile is in it from the beginning
	o.now = o.now.Add(3 * day)
	began = o.now
	result, err := o.slowed(100).ResumeStart(t.Context(), local, list[0].ID)
	if err != nil || result.People != 601 || result.Done == 0 || result.Done > 500 {
		t.Fatalf("%+v %v", result, err)
	}
	ends("a start that was broken off", began.Add(5*day), "later")
	if got := enrollment.StateOf("", nil, o.record("user001").Requirements, began); !got.Until.Equal(began.Add(5 * day)) {
		t.Errorf("%+v", got)
	}
	for _, r := range o.record("user000").Requirements {
		if r.Period == list[0].ID && !r.Due.Equal(away.Add(5*day)) {
			t.Errorf("who is exempt until %v has until %v", away, r.Due)
		}
	}
	o.now = began.Add(4 * day)
	if n, err := o.store.CountFound(t.Context(), operator.PeopleQuery{Status: enrollment.InPeriod, Now: o.now}, 1000); err != nil || n != 600 {
		t.Errorf("%d are in their period (%v)", n, err)
	}
	o.now = began.Add(5 * day)
	o.stands(map[string]enrollment.Status{"user001": enrollment.ExpiredDuty, "user599": enrollment.ExpiredDuty, "later": enrollment.ExpiredDuty})
}
