package operator

import (
	"context"
	"slices"
	"strings"

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
// have people, and whether people can do what is required.
func (o *Operator) checkPeriods(ctx context.Context) (Check, error) {
	c := Check{Name: "periods", OK: true, Finding: "every group of which something is required has people, or never had any"}
	emptied, err := o.Store.EmptiedPeriods(ctx)
	if err != nil {
		return c, unavailable(err)
	}
	periods, err := o.Store.Periods(ctx)
	if err != nil {
		return c, unavailable(err)
	}
	var wrong, hints []string
	impossible := slices.ContainsFunc(periods, func(p enrollment.Period) bool {
		return p.State != enrollment.Over && o.checkWanted(p.Factor) != nil
	})
	if impossible {
		wrong = append(wrong, "passkeys are required, and browsers make none at "+o.PublicURL)
		hints = append(hints, "public_url needs https and a host name; or muster require remove --all --factor passkey")
	}
	for _, p := range periods {
		if slices.Contains(emptied, p.ID) {
			wrong = append(wrong, EmptiedLine(p))
		}
	}
	if len(emptied) > 0 {
		hints = append(hints, "if another group has its people now: muster require --group NAME; then muster period discard ID")
	}
	if len(wrong) > 0 {
		c.OK, c.Finding, c.Hint = false, strings.Join(wrong, "; "), strings.Join(hints, "; ")
	}
	return c, nil
}
