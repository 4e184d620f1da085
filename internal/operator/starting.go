package operator

import (
	"context"
	"errors"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// actRequire is a start of a period among the acts on many.
const actRequire = "require"

// starting is the start of a period as it is written down, so that every node
// can tell how far it has come, and that it was broken off. It stays in the
// state BulkChoosing: until the period is in force nobody is changed. A nil one
// is for one person, and is not written down.
type starting struct {
	o     *Operator
	b     Bulk
	noted BulkResult
}

func (o *Operator) beginStart(ctx context.Context, by audit.Actor, s Selection, p enrollment.Period, begun func(id.ID)) (*starting, error) {
	if s.single() {
		return nil, nil
	}
	expected, err := o.expected(ctx, s)
	if err != nil {
		return nil, err
	}
	now := o.Now()
	st := &starting{o: o, b: Bulk{
		ID: o.IDs.Next(now), Action: actRequire, Chosen: s.Describe(), Period: p.ID, By: by, Reason: p.Reason, Factor: p.Factor,
		Length: p.Length, Until: p.Until, OrderedAt: now, State: BulkChoosing, People: expected,
	}}
	st.b.Hold = BulkHold{Bulk: st.b.ID, Runner: o.runner, Fence: 1}
	o.carried.Store(st.b.ID, true)
	if err := o.Store.BeginBulk(ctx, st.b); err != nil {
		o.carried.Delete(st.b.ID)
		return nil, unavailable(err)
	}
	if begun != nil {
		begun(st.b.ID)
	}
	return st, nil
}

// expected is how many people will probably be chosen.
func (o *Operator) expected(ctx context.Context, s Selection) (int, error) {
	if len(s.Names) > 0 {
		return len(s.Names), nil
	}
	q := PeopleQuery{Group: s.Group}
	if s.Query != nil {
		q = *s.Query
	}
	q.Now = o.Now()
	n, err := o.Store.CountFound(ctx, q, maxCounted)
	if err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// maxCounted is more than anybody has.
const maxCounted = 1 << 30

// How many people have come under a period since the last time before that is
// written down: in between, and before it is in force, which must know of all. If
// the process dies then, whoever closes what is written down knows the rest.
const (
	notedAtOnce = 500
	noteAll     = 1
)

// note writes down how far the start has come, if at least so many have.
func (st *starting) note(ctx context.Context, result BulkResult, least int) error {
	if st == nil || result.Chosen-st.noted.Chosen < least {
		return nil
	}
	return st.write(ctx, 0, result)
}

func (st *starting) write(ctx context.Context, people int, result BulkResult) error {
	var list []BulkMember
	add := func(outcome Outcome, some []BulkFailure) {
		for _, f := range some {
			at := len(st.noted.Failures) + len(st.noted.Skipped) + len(list)
			list = append(list, BulkMember{Person: id.ID(-1 - at), Username: f.Username, Outcome: outcome, Refusal: f.Refusal, Said: f.Text})
		}
	}
	add(OutcomeFailed, result.Failures[len(st.noted.Failures):])
	add(OutcomeSkipped, result.Skipped[len(st.noted.Skipped):])
	if err := st.o.Store.NoteBulk(ctx, st.b.Hold, people, result.Done-st.noted.Done, list); err != nil {
		return told(err)
	}
	st.noted = result
	return nil
}

// end closes what is written down: over, or broken off. What was the matter goes
// before what happens here.
func (st *starting) end(ctx context.Context, result BulkResult, trouble error) error {
	if st == nil {
		return trouble
	}
	defer st.o.carried.Delete(st.b.ID)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if trouble != nil {
		return errors.Join(trouble, st.o.drop(ctx, &st.b))
	}
	st.b.Done = result.Done
	if err := st.write(ctx, result.Chosen-st.b.People, result); err != nil {
		return err
	}
	st.b.People = result.Chosen
	return st.o.endStart(ctx, &st.b)
}

func (o *Operator) endStart(ctx context.Context, b *Bulk) error {
	entry := o.entry(b.By, "bulk.end", b.Chosen, b.Reason)
	entry.Detail = b.Action + ", " + b.outcomeText()
	return told(o.Store.EndBulk(ctx, b.Hold, BulkOver, o.Now(), nil, entry))
}

// closeStart ends what is written down of a start whose process has died. The
// period itself waits for somebody to take it up or to put it away, unless it
// has just come into force.
func (o *Operator) closeStart(ctx context.Context, b *Bulk) error {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return unavailable(err)
	}
	if slices.ContainsFunc(list, func(p enrollment.Period) bool { return p.ID == b.Period && !p.RunningAt.IsZero() }) {
		return o.endStart(ctx, b)
	}
	return o.drop(ctx, b)
}

// supersede closes what is written down of a start that somebody takes up. If
// whoever began it is alive, they write nothing any more.
func (o *Operator) supersede(ctx context.Context, period id.ID) error {
	list, err := o.Store.UnfinishedBulks(ctx)
	if err != nil {
		return unavailable(err)
	}
	for _, b := range list {
		if b.Period != period || !b.Starts() {
			continue
		}
		hold, err := o.Store.TakeBulk(ctx, b.Hold, o.runner)
		if errors.Is(err, ErrTakenOver) {
			return refuse(RefusedChangedMeanwhile, problem.Conflict, "it still goes on").WithHint("wait for its end")
		}
		if err != nil {
			return unavailable(err)
		}
		b.Hold = hold
		if err := o.drop(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}
