package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
)

// Emptied lists the periods in force of a group that had people and has nobody
// any more: it was dissolved, and nothing is required of those who were in it.
func (o *Operator) Emptied(ctx context.Context, by audit.Actor) ([]id.ID, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.EmptiedPeriods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// EmptiedLine says of a period that nobody is in its group any more.
func EmptiedLine(p enrollment.Period) string {
	return "nobody is in group " + p.Group + " any more"
}

// checkPeriods looks at whether the groups of which something is required still
// have people.
func (o *Operator) checkPeriods(ctx context.Context) (Check, error) {
	c := Check{Name: "periods", OK: true, Finding: "every group of which something is required has people, or never had any"}
	emptied, err := o.Store.EmptiedPeriods(ctx)
	if err != nil || len(emptied) == 0 {
		return c, unavailable(err)
	}
	periods, err := o.Store.Periods(ctx)
	if err != nil {
		return c, unavailable(err)
	}
	for _, p := range periods {
		if !slices.Contains(emptied, p.ID) {
			continue
		}
		if c.OK {
			c.OK, c.Finding = false, EmptiedLine(p)
		} else {
			c.Finding += "; " + EmptiedLine(p)
		}
	}
	c.Hint = "if another group has its people now: muster require --group NAME; then muster period discard ID"
	return c, nil
}
