package operator

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// UndoLast undoes the last act on many that changed what is required, for all of
// whom nothing has changed since: an act of its own. A start is undone for
// everybody in its period. What is Final is not undone, and nothing before it
// is. begun is as Change.Begun.
func (o *Operator) UndoLast(ctx context.Context, by audit.Actor, begun func(act id.ID)) (BulkResult, error) {
	last, err := o.toUndo(ctx, by)
	if err != nil {
		return BulkResult{}, err
	}
	result, err := o.undo(ctx, by, last, begun)
	result.TakesBack = last
	return result, err
}

// toUndo returns the act that UndoLast takes back.
func (o *Operator) toUndo(ctx context.Context, by audit.Actor) (*Bulk, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, err
	}
	last, err := o.Store.LastBulk(ctx, undoable())
	switch {
	case err != nil:
		return nil, unavailable(err)
	case last == nil || !last.UndoneAt.IsZero():
		return nil, refuse(RefusedNotUndone, problem.NotFound, "there is nothing to undo")
	case last.Unfinished():
		return nil, refuse(RefusedNotUndone, problem.Conflict, "the last act still goes on").WithHint("wait for its end")
	case last.Final:
		return nil, refuse(RefusedNotUndone, problem.Conflict, "the last act on many, %s of %s, cannot be undone", last.Action, last.Chosen).
			WithHint("nothing before it is undone either; change what is required of them anew")
	}
	return last, nil
}

func (o *Operator) undo(ctx context.Context, by audit.Actor, last *Bulk, begun func(act id.ID)) (BulkResult, error) {
	if last.Period != 0 {
		p, err := o.startToUndo(ctx, last)
		if err != nil {
			return BulkResult{}, err
		}
		return o.discard(ctx, Bulk{Action: actUndo, Chosen: last.Chosen, By: by, Undoes: last.ID}, p, begun)
	}
	b, err := o.undoing(ctx, by, last)
	if err != nil {
		return BulkResult{}, err
	}
	return o.undertake(ctx, b, begun, func(add func([]BulkMember) error) error {
		return o.membersOf(ctx, last, func(list []BulkMember) error {
			for i := range list {
				list[i].Outcome = ""
			}
			return add(list)
		})
	})
}

// undoing is the act that takes back one that was no start. What counted only at
// a client that is gone is not for whoever joins later either.
func (o *Operator) undoing(ctx context.Context, by audit.Actor, last *Bulk) (Bulk, error) {
	periods, err := o.Store.Periods(ctx)
	if err != nil {
		return Bulk{}, unavailable(err)
	}
	rules := slices.DeleteFunc(slices.Clone(last.Rules), func(r BulkRule) bool {
		return slices.ContainsFunc(periods, func(p enrollment.Period) bool { return p.ID == r.Period && !o.there(p.Place) })
	})
	now := o.Now()
	return Bulk{
		ID: o.IDs.Next(now), Action: actUndo, Chosen: last.Chosen, By: by, OrderedAt: now, Undoes: last.ID, Rules: rules,
	}, nil
}

// there reports whether a place is one: everywhere, or a client that is not gone.
func (o *Operator) there(place string) bool {
	_, known := o.Clients.Client(place)
	return place == "" || known
}

// membersOf calls fn with those for whom an act was done, some at a time.
func (o *Operator) membersOf(ctx context.Context, b *Bulk, fn func([]BulkMember) error) error {
	for after := id.ID(0); ; {
		list, err := o.Store.BulkMembers(ctx, BulkQuery{Bulk: b.ID, Outcome: OutcomeDone, After: after, Limit: atOnce})
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].Person
		if err := fn(list); err != nil {
			return err
		}
	}
}

// rejoin writes under its period who would have joined that while it took
// nobody: who is in its group, or was imported since. It reports whether the period can be brought back: not if the client
// is gone that it was for.
func (o *Operator) rejoin(ctx context.Context, r BulkRule) (there bool, err error) {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return false, unavailable(err)
	}
	i := slices.IndexFunc(list, func(p enrollment.Period) bool { return p.ID == r.Period })
	if i < 0 {
		return false, nil
	}
	p := list[i]
	if !o.there(p.Place) {
		return false, nil
	}
	if r.takesNobody() && !p.RunningAt.IsZero() {
		who := Selection{Group: p.Group}
		if p.Item != 0 {
			since := r.Is.ClosedAt
			if r.Ends {
				since = p.OverAt
			}
			who = Selection{Query: &PeopleQuery{Item: p.Item, AddedSince: since}}
		}
		_, err = o.addMissing(ctx, who, p)
	}
	return true, err
}

// undoable are the acts on many that change what is required.
func undoable() []string {
	acts := []string{actRequire}
	for action, d := range doings {
		if !d.account && action != actUndo {
			acts = append(acts, action)
		}
	}
	slices.Sort(acts)
	return acts
}

// startToUndo returns the period that a start has begun, if it is there to take
// back.
func (o *Operator) startToUndo(ctx context.Context, last *Bulk) (enrollment.Period, error) {
	nothing := refuse(RefusedNotUndone, problem.NotFound, "there is nothing to undo").
		WithHint("what was required is required of nobody any more")
	p, err := o.notOverPeriod(ctx, last.Period)
	if errors.Is(err, ErrGone) {
		return p, nothing
	}
	if err != nil {
		return p, err
	}
	people, err := o.inPeriod(ctx, p.ID)
	if err == nil && people == 0 && p.Group == "" {
		return p, nothing
	}
	return p, err
}

// takeBack puts back what was required of somebody before an act.
func (o *Operator) takeBack(b *Bulk, t *turn) error {
	if t.done == nil || !sameDuties(t.row.Requirements, t.done.After) {
		return refuse(RefusedChangedMeanwhile, problem.Conflict, "it was changed again since")
	}
	lost := ""
	for _, d := range t.done.Before {
		if !o.there(d.Place) {
			lost = d.Place
			continue
		}
		if group, back := t.ended[d.Period]; back && group != "" && !slices.Contains(t.row.Person.Groups, group) {
			continue // they have left it meanwhile
		}
		t.amendment.PutDuties = append(t.amendment.PutDuties, DutyPut{Requirement: notTooSoon(d, t.done.After, b.Undoes.Time(), o.Now())})
	}
	if lost != "" && len(t.amendment.PutDuties) == len(t.done.After) {
		return refuse(RefusedPlace, problem.Conflict, "what counted only at %s is not brought back: that client is gone", shown(lost))
	}
	for _, d := range t.done.After {
		if !slices.ContainsFunc(t.amendment.PutDuties, func(p DutyPut) bool { return p.Period == d.Period }) {
			t.amendment.DropDuties = append(t.amendment.DropDuties, d.Period)
		}
	}
	return nil
}

// timeToReact is what whoever is to have an end back at least has left, or
// what they have now if that is less: taking an act back locks out nobody who
// was not locked out before it.
const timeToReact = enrollment.Day

// notTooSoon is a requirement as it was before an act, with an end that has
// neither passed since the act was ordered nor comes before anybody could react
// to it. What was over when it was ordered is over again, and a clock that stood
// still does so again, with what was left. Where the act has only stopped a clock
// the very end comes back while half of what was left then still is.
func notTooSoon(was policy.Requirement, after []policy.Requirement, ordered, now time.Time) policy.Requirement {
	if was.Duty != policy.InPeriod || !was.PausedAt.IsZero() || was.At(ordered) == policy.StandExpired ||
		was.Due.After(now.Add(timeToReact)) {
		return was
	}
	soonest := now.Add(timeToReact)
	for _, is := range after {
		if is.Period != was.Period || is.Duty != policy.InPeriod {
			continue
		}
		if !is.PausedAt.IsZero() && is.Due.Equal(was.Due) && !was.Due.Before(now.Add(was.Due.Sub(ordered)/2)) {
			return was
		}
		if is.EndsAt(now).Before(soonest) {
			soonest = is.EndsAt(now)
		}
	}
	if was.Due.Before(soonest) {
		was.Due = soonest
	}
	return was
}

// sameDuties compares but for how often somebody has postponed meanwhile.
func sameDuties(a, b []policy.Requirement) bool {
	if len(a) != len(b) {
		return false
	}
	byPeriod := func(x, y policy.Requirement) int { return cmp.Compare(x.Period, y.Period) }
	a, b = slices.SortedFunc(slices.Values(a), byPeriod), slices.SortedFunc(slices.Values(b), byPeriod)
	for i := range a {
		x, y := a[i], b[i]
		x.PostponeLeft, y.PostponeLeft, x.Held, y.Held = 0, 0, false, false
		if x != y {
			return false
		}
	}
	return true
}
