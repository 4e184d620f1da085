package operator

import (
	"context"
	"math"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// Resumed is what became of a start that was broken off.
type Resumed struct {
	BulkResult      // of those who were missing: Done were added
	People     int  // who are in the period
	Whole      bool // everybody who was chosen was gone through; else only who was written before is in it
}

// BrokenOff says how many were written under a period whose start was broken
// off, and whether it is still known who was chosen, so that ResumeStart adds
// who is missing.
func (o *Operator) BrokenOff(ctx context.Context, by audit.Actor, p enrollment.Period) (people int, whole bool, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return 0, false, err
	}
	if people, err = o.inPeriod(ctx, p.ID); err != nil {
		return 0, false, err
	}
	_, whole, err = o.selectionOf(ctx, p)
	return people, whole, err
}

// ResumeStart brings a period into force whose start was broken off. Of
// everybody, or of a group, who was not written yet is added first; of people
// who were chosen otherwise it is for those who were written. A period of so many
// days gives all of them those days from now on.
func (o *Operator) ResumeStart(ctx context.Context, by audit.Actor, period id.ID) (Resumed, error) {
	var result Resumed
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return result, err
	}
	p, err := o.startingPeriod(ctx, period)
	if err != nil {
		return result, err
	}
	s, whole, err := o.selectionOf(ctx, p)
	if err != nil {
		return result, err
	}
	if err := o.supersede(ctx, p.ID); err != nil {
		return result, err
	}
	now := o.Now()
	p.StartsAt = now
	if err := o.Store.RestartPeriod(ctx, period, now); err != nil {
		return result, told(err)
	}
	if result.Whole = whole; whole {
		if result.BulkResult, err = o.addMissing(ctx, s, p); err != nil {
			return result, err
		}
	}
	if err := o.restartClocks(ctx, period); err != nil {
		return result, err
	}
	entry := o.entry(by, "period.start", p.Chosen, "")
	entry.Detail = OrderText(p)
	if err := o.enforce(ctx, p, entry, &result.BulkResult); err != nil {
		return result, told(err)
	}
	if result.People, err = o.inPeriod(ctx, period); err != nil || result.People < 2 {
		return result, err
	}
	bulk := Bulk{
		ID: entry.ID, Action: actRequire, Chosen: p.Chosen, Period: period, By: by, OrderedAt: now, EndedAt: now,
		People: result.People, Done: result.People,
	}
	if err := o.Store.PutBulk(ctx, bulk); err != nil {
		return result, unavailable(err)
	}
	return result, nil
}

// restartClocks gives those who were written under a period before the clock of
// the others.
func (o *Operator) restartClocks(ctx context.Context, period id.ID) error {
	for {
		restarted, err := o.Store.RestartClocks(ctx, period, written)
		if err != nil || restarted == 0 {
			return told(err)
		}
	}
}

// startingPeriod returns a period that is not in force yet, and whose end for all
// has not passed meanwhile.
func (o *Operator) startingPeriod(ctx context.Context, period id.ID) (enrollment.Period, error) {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return enrollment.Period{}, unavailable(err)
	}
	i := slices.IndexFunc(list, func(p enrollment.Period) bool { return p.ID == period && p.State == enrollment.Starting })
	if i < 0 {
		return enrollment.Period{}, told(ErrGone)
	}
	p := list[i]
	if p.Duty == policy.InPeriod && p.Length == 0 && !o.Now().Before(p.Until) {
		return p, refuse(RefusedPast, problem.Conflict, "its end has passed already").
			WithHint("discard it and require it anew")
	}
	return p, nil
}

// selectionOf returns who was chosen for a period, if what is kept of it still
// says so: somebody may be named like the word for everybody.
func (o *Operator) selectionOf(ctx context.Context, p enrollment.Period) (s Selection, known bool, err error) {
	everybody := Selection{All: true}
	switch {
	case p.Group != "":
		return Selection{Group: p.Group}, true, nil
	case p.Chosen != everybody.Describe():
		return s, false, nil
	}
	r, _, err := o.Store.Person(ctx, p.Chosen, true)
	if err != nil {
		return s, false, unavailable(err)
	}
	return everybody, r == nil, nil
}

// addMissing writes who is not under a period yet.
func (o *Operator) addMissing(ctx context.Context, s Selection, p enrollment.Period) (BulkResult, error) {
	var result Preview
	around, err := o.surroundings(ctx, p)
	if err != nil {
		return result.BulkResult, err
	}
	err = o.each(ctx, s, func(string, error) {}, func(rows []Row) error {
		return o.addToPeriod(ctx, &result, o.enlist(&result, p, around, rows))
	})
	return result.BulkResult, err
}

func (o *Operator) inPeriod(ctx context.Context, period id.ID) (int, error) {
	people, err := o.Store.CountFound(ctx, PeopleQuery{Period: period, Now: o.Now()}, math.MaxInt32)
	if err != nil {
		return 0, unavailable(err)
	}
	return people, nil
}
