package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// ClientRemoval says how to remove a client.
type ClientRemoval struct {
	Reason string
	// EndRequired ends what is required only there. Without it such a client
	// is not removed.
	EndRequired bool
}

// ClientRemoved says what went with a client.
type ClientRemoved struct {
	Requirements int // that counted only there
	People       int // of whom they were required
}

// RequiredOnlyAt lists the requirements that count only at a client, the
// newest first: in force, or being started.
func (o *Operator) RequiredOnlyAt(ctx context.Context, by audit.Actor, name string) ([]enrollment.Period, error) {
	list, err := o.Periods(ctx, by)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(p enrollment.Period) bool { return p.State == enrollment.Over || p.Place != name }), nil
}

// RemoveRADIUSClient removes a client: its requests are not answered any more.
// What is required only there ends with it, or is a reason to refuse; the
// bypasses for it end anyhow.
func (o *Operator) RemoveRADIUSClient(ctx context.Context, by audit.Actor, name string, r ClientRemoval) (ClientRemoved, error) {
	var removed ClientRemoved
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return removed, err
	}
	reason, err := checkReason(r.Reason, false)
	if err != nil {
		return removed, err
	}
	c, err := o.RADIUSClient(ctx, by, name)
	if err != nil {
		return removed, err
	}
	there, err := o.RequiredOnlyAt(ctx, by, name)
	if err != nil {
		return removed, err
	}
	if len(there) > 0 && !r.EndRequired {
		return removed, stillRequired(name, len(there))
	}
	entry := o.entry(by, "radius-client.remove", c.Name, reason)
	log := []audit.Change{entry}
	ends := make([]id.ID, len(there))
	for i, p := range there {
		ends[i] = p.ID
		ended := o.entry(by, "period.end", p.ID.String(), reason)
		ended.Detail = "with RADIUS client " + c.Name
		log = append(log, ended)
	}
	if len(there) > 0 {
		log[0].Detail = fmt.Sprintf("ends %d requirements", len(there))
	}
	err = o.Store.RemoveRADIUSClient(ctx, c, ends, o.Now(), log)
	if errors.Is(err, ErrStillRequired) { // since a moment ago
		return removed, stillRequired(name, len(there)+1)
	}
	if err != nil {
		return removed, told(err)
	}
	removed.Requirements = len(there)
	if err := o.inEffect(ctx); err != nil {
		return removed, err
	}
	for _, period := range ends {
		people, err := o.tidy(ctx, by, period)
		if removed.People += people; err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func stillRequired(name string, n int) error {
	count := "requirements count"
	if n == 1 {
		count = "requirement counts"
	}
	return refuse(RefusedStillRequired, problem.Conflict, "%d %s only at %s", n, count, shown(name)).
		WithHint("--end-requirements ends them with the device; period list shows them")
}

// tidy clears a period away that is over, and tells whom that concerns.
func (o *Operator) tidy(ctx context.Context, by audit.Actor, period id.ID) (people int, err error) {
	people, err = o.release(ctx, by, period)
	if err != nil {
		return people, err
	}
	rest, err := o.clear(ctx, period)
	return people + rest, err
}
