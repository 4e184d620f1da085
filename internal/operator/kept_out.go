package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
)

// KeptOut says why somebody is let in nowhere, whatever they show. Both may be:
// an administrator and their directory. The zero value: they are not kept out.
type KeptOut struct {
	ByHand       bool
	By, Reason   string    // who did it by hand, and why; empty: the log does not know any more
	ByHandAt     time.Time // zero: likewise
	Barred       directory.Barred
	BarredAt     time.Time // zero: the log does not know any more
	RemovedAfter time.Time // when the grace of somebody who is gone is over; zero: they are not gone
}

// KeptOut says why somebody is kept out.
func (o *Operator) KeptOut(ctx context.Context, by audit.Actor, p *directory.Person) (KeptOut, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return KeptOut{}, err
	}
	out := KeptOut{ByHand: p.Disabled}
	if out.ByHand {
		last, err := o.lastChange(ctx, p, "user.disable")
		if err != nil {
			return out, err
		}
		out.By, out.Reason = last.Actor.Name, last.Reason
		if last.ID != 0 {
			out.ByHandAt = last.ID.Time()
		}
	}
	if why := p.Origin.At(o.Now()); why.Out() {
		out.Barred = why
	}
	var err error
	switch out.Barred {
	case directory.BarredGone:
		out.BarredAt = p.Origin.GoneAt
		out.RemovedAfter, err = o.graceEnds(ctx, p)
	case directory.BarredExpired:
		out.BarredAt = p.Origin.ExpiresAt
	case directory.BarredDisabled:
		var last audit.Change
		if last, err = o.lastChange(ctx, p, "user.barred"); last.ID != 0 {
			out.BarredAt = last.ID.Time()
		}
	case directory.NotBarred, directory.BarredLocked:
	}
	return out, err
}

// lastChange returns the last entry of the log about somebody, the zero value
// if it has none.
func (o *Operator) lastChange(ctx context.Context, p *directory.Person, action string) (audit.Change, error) {
	list, err := o.Store.FindChanges(ctx, ChangeQuery{Subject: p.Username, Action: action, Limit: 1})
	if err != nil {
		return audit.Change{}, unavailable(err)
	}
	if len(list) == 0 || list[0].ID.Time().Before(p.CreatedAt) { // it is about another one of that name
		return audit.Change{}, nil
	}
	return list[0], nil
}

// graceEnds is when somebody who is gone from their directory is removed: after
// the longest grace of the items that covered them, or the usual one.
func (o *Operator) graceEnds(ctx context.Context, p *directory.Person) (time.Time, error) {
	known, err := o.Store.EntryOf(ctx, p.ID)
	if err != nil {
		return time.Time{}, unavailable(err)
	}
	items, err := o.Store.SyncItems(ctx)
	if err != nil {
		return time.Time{}, unavailable(err)
	}
	return p.Origin.GoneAt.Add(directory.GraceOf(items, known.Items)), nil
}
