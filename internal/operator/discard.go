package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
)

// ActEnd is the act that puts a period out of force: the subject of its entry in
// the log is the identifier of that period.
const ActEnd = "period.end"

// DiscardPeriod puts a period that is being started, or runs, out of force for
// everybody at once, and then takes its people out of it: an act on many, which
// cannot be undone.
func (o *Operator) DiscardPeriod(ctx context.Context, by audit.Actor, period id.ID) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	p, err := o.notOverPeriod(ctx, period)
	if err != nil {
		return err
	}
	_, err = o.discard(ctx, Bulk{Action: ActEnd, Chosen: p.Chosen, By: by, Final: true}, p, nil)
	return err
}

// discard carries out an act that puts a period out of force.
func (o *Operator) discard(ctx context.Context, b Bulk, p enrollment.Period, begun func(act id.ID)) (BulkResult, error) {
	b.OrderedAt = o.Now()
	b.ID, b.Period = o.IDs.Next(b.OrderedAt), p.ID
	b.Rules = []BulkRule{{Period: p.ID, Joins: JoinsOf(p), Ends: true}}
	return o.undertake(ctx, b, begun, func(add func([]BulkMember) error) error {
		return o.choose(ctx, Selection{Query: &PeopleQuery{Period: p.ID}}, add)
	})
}

// notOverPeriod returns a period that is not out of force yet.
func (o *Operator) notOverPeriod(ctx context.Context, period id.ID) (enrollment.Period, error) {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return enrollment.Period{}, unavailable(err)
	}
	i := slices.IndexFunc(list, func(p enrollment.Period) bool { return p.ID == period && p.State != enrollment.Over })
	if i < 0 {
		return enrollment.Period{}, told(ErrGone)
	}
	return list[i], nil
}

// leave takes somebody out of the periods that an act ends.
func (o *Operator) leave(_ *Bulk, t *turn) error {
	for _, r := range t.row.Requirements {
		if _, ended := t.ended[r.Period]; ended {
			t.amendment.DropDuties = append(t.amendment.DropDuties, r.Period)
		}
	}
	if len(t.amendment.DropDuties) == 0 {
		return errNothing
	}
	return nil
}
