package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
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
// What is required only there is ended before, or is a reason to refuse; the
// bypasses for it end with it.
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
	// Ended first, each by an act of its own that outlives this process; where
	// one breaks off, the client is still there.
	for _, p := range there {
		r, err := o.discard(ctx, Bulk{Action: ActEnd, Chosen: p.Chosen, By: by, Reason: reason, Final: true}, p, nil)
		if removed.People += r.Done; err != nil {
			return removed, err
		}
		removed.Requirements++
	}
	entry := o.entry(by, "radius-client.remove", c.Name, reason)
	if n := removed.Requirements; n > 0 {
		entry.Detail = fmt.Sprintf("ended requirements: %d", n)
	}
	err = o.Store.RemoveRADIUSClient(ctx, c, entry)
	if errors.Is(err, ErrStillRequired) { // since a moment ago
		return removed, stillRequired(name, 1)
	}
	if err != nil {
		return removed, told(err)
	}
	return removed, o.inEffect(ctx)
}

func stillRequired(name string, n int) error {
	return refuse(RefusedStillRequired, problem.Conflict, "%s only at %s", HowMany(n, "requirement counts", "requirements count"), shown(name)).
		WithHint("--end-requirements ends them with the device; period list shows them")
}
