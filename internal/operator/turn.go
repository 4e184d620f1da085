package operator

import (
	"context"
	"errors"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// doing is one act on many.
type doing struct {
	act    Act
	action string // as the log names it
	anew   bool   // the person begins from nothing
	final  bool   // it cannot be undone
}

// turn is one person's turn in an act on many.
type turn struct {
	by        audit.Actor
	row       Row
	only      policy.Wanted
	groups    map[id.ID]bool // periods of groups that run
	amendment Amendment
	due       time.Time // the first new end
	kind      policy.Wanted
}

var errNothing = refuse(RefusedNoRequirement, problem.Conflict, "there is nothing of the kind to change")

// eachPeriod changes the periods, eachRequired all that is required; fn
// reports whether it has changed something.
func (t *turn) eachPeriod(fn func(r *policy.Requirement) bool) error {
	return t.eachRequired(func(r *policy.Requirement) bool { return r.Duty == policy.InPeriod && fn(r) })
}

func (t *turn) eachRequired(fn func(r *policy.Requirement) bool) error {
	for _, r := range t.row.Requirements {
		if r.Held || r.Duty != policy.InPeriod && r.Duty != policy.RequiredNow || t.only != "" && r.Factor != t.only {
			continue
		}
		before := r
		if !fn(&r) {
			continue
		}
		t.amendment.PutDuties = append(t.amendment.PutDuties, DutyPut{Requirement: r, Told: moved(before, r)})
		if t.due.IsZero() || r.Due.Before(t.due) {
			t.due, t.kind = r.Due, r.Factor
		}
	}
	if len(t.amendment.PutDuties) == 0 {
		return errNothing
	}
	return nil
}

// moved reports whether a period has another end, and not only because its
// clock was stopped meanwhile.
func moved(before, after policy.Requirement) bool {
	return !after.Since.Equal(before.Since) || !after.Due.Equal(before.Due) && after.PausedAt.Equal(before.PausedAt)
}

// drop removes what fn picks. What a group requires is waived rather than
// removed, or the person would have it again with their next change.
func (t *turn) drop(fn func(r policy.Requirement) bool) error {
	for _, r := range t.row.Requirements {
		if r.Held || !fn(r) || t.only != "" && r.Factor != t.only {
			continue
		}
		t.kind = r.Factor
		if t.groups[r.Period] {
			r.Duty = policy.NotRequired
			t.amendment.PutDuties = append(t.amendment.PutDuties, DutyPut{Requirement: r})
			continue
		}
		t.amendment.DropDuties = append(t.amendment.DropDuties, r.Period)
	}
	if len(t.amendment.PutDuties)+len(t.amendment.DropDuties) == 0 {
		return errNothing
	}
	return nil
}

// change does an act for all who are chosen, some at a time, and says what
// became of it for each.
func (o *Operator) change(ctx context.Context, by audit.Actor, s Selection, c Change, d doing, work func(t *turn) error) (BulkResult, error) {
	var result BulkResult
	who, err := o.whoActs(ctx, by, d.act, s)
	if err != nil {
		return result, err
	}
	if c.Reason, err = checkReason(c.Reason, false); err != nil {
		return result, err
	}
	groups, err := o.groupPeriods(ctx)
	if err != nil {
		return result, err
	}
	var bulk *Bulk
	if !d.final && !s.single() {
		bulk = &Bulk{ID: o.IDs.Next(o.Now()), Action: d.action, Chosen: s.Describe(), By: by.Name}
	}
	missing := func(name string, err error) {
		result.Chosen++
		result.Failures = append(result.Failures, failure(name, err))
	}
	b := batch{o: o, by: by, who: who, c: c, doing: d, groups: groups, bulk: bulk, result: &result, logged: s.single() || d.final, work: work}
	run := func(rows []Row) error {
		heard(c.Hears, result.Chosen)
		return b.run(ctx, rows, attempts)
	}
	if err := o.each(ctx, s, missing, run); err != nil {
		return result, err
	}
	if b.logged {
		return result, nil
	}
	entry := o.entry(by, d.action, s.Describe(), c.Reason)
	entry.Detail = "done for " + strconv.Itoa(result.Done) + " of " + strconv.Itoa(result.Chosen)
	_, err = o.Store.AmendMany(ctx, nil, 0, []audit.Change{entry})
	return result, told0(err)
}

// whoActs returns who acts, nil for the command line; acting on many takes an
// administrator.
func (o *Operator) whoActs(ctx context.Context, by audit.Actor, act Act, s Selection) (*directory.Person, error) {
	if by.Via == ViaCLI {
		return nil, nil
	}
	if len(s.Names) != 1 {
		act = Configure
	}
	if err := o.may(ctx, by, act, nil); err != nil {
		return nil, err
	}
	return o.Whoever(ctx, by.Person)
}

// groupPeriods are the periods of groups that later members get.
func (o *Operator) groupPeriods(ctx context.Context) (map[id.ID]bool, error) {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	groups := map[id.ID]bool{}
	for _, p := range list {
		if p.Group != "" && p.State != enrollment.Over {
			groups[p.ID] = true
		}
	}
	return groups, nil
}

// batch does an act for some people in one transaction.
type batch struct {
	doing
	o      *Operator
	by     audit.Actor
	who    *directory.Person // nil: the command line
	c      Change
	groups map[id.ID]bool
	bulk   *Bulk // to be remembered; nil: it is not
	noted  bool  // that it is the last act on many
	logged bool  // each person gets an entry in the log
	result *BulkResult
	work   func(t *turn) error
}

func (b *batch) run(ctx context.Context, rows []Row, tries int) error {
	var list []Amendment
	var names []string
	for _, r := range rows {
		a, err := b.turn(r)
		switch {
		case RefusalOf(err) == RefusedNoRequirement && !b.logged:
			b.result.Skipped = append(b.result.Skipped, failure(r.Person.Username, err))
		case err != nil:
			b.result.Failures = append(b.result.Failures, failure(r.Person.Username, err))
		default:
			list, names = append(list, a), append(names, r.Person.Username)
			continue
		}
		b.result.Chosen++
	}
	if len(list) == 0 {
		return nil
	}
	bulk, err := b.note(ctx)
	if err != nil {
		return err
	}
	outcomes, err := b.o.Store.AmendMany(ctx, list, bulk, nil)
	if err != nil {
		return told(err)
	}
	var again []string
	for i, err := range outcomes {
		switch {
		case err == nil:
			b.result.Chosen++
			b.result.Done++
			b.result.Silent += count01(list[i].Silent)
		case errors.Is(err, ErrChangedMeanwhile) && tries > 1:
			again = append(again, names[i])
		default:
			b.result.Chosen++
			b.result.Failures = append(b.result.Failures, failure(names[i], told(err)))
		}
	}
	if len(again) == 0 {
		return nil
	}
	gone := func(name string, err error) {
		b.result.Chosen++
		b.result.Failures = append(b.result.Failures, failure(name, err))
	}
	return b.o.eachNamed(ctx, again, gone, func(rows []Row) error { return b.run(ctx, rows, tries-1) })
}

// note remembers the act as the last one on many, as soon as there is somebody
// whom it changes.
func (b *batch) note(ctx context.Context) (id.ID, error) {
	if b.bulk == nil {
		return 0, nil
	}
	if !b.noted {
		if err := b.o.Store.PutBulk(ctx, *b.bulk); err != nil {
			return 0, unavailable(err)
		}
		b.noted = true
	}
	return b.bulk.ID, nil
}

// turn works out what changes about one person.
func (b *batch) turn(r Row) (Amendment, error) {
	if b.by.Via != ViaCLI {
		if err := May(b.act, b.who, r.Person); err != nil {
			return Amendment{}, err
		}
	}
	t := turn{
		by: b.by, row: r, only: b.c.Factor, groups: b.groups,
		amendment: Amendment{Person: r.Person.ID, Version: r.Version},
	}
	if err := b.work(&t); err != nil {
		return Amendment{}, err
	}
	a := t.amendment
	if b.logged {
		a.Log = b.o.entry(b.by, b.action, r.Person.Username, b.c.Reason)
		if !t.due.IsZero() {
			a.Log.Detail = "until " + t.due.UTC().Format(time.RFC3339)
		}
	}
	a.Mail = append(a.Mail, b.o.letters(r, a, b.by, b.anew)...)
	a.Silent = !b.o.concerns(r, a)
	return a, nil
}
