package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// surroundings are what else there is while people are written under a period.
type surroundings struct {
	spare bool    // see spareAdministrator
	grows bool    // people join the period later
	same  []id.ID // the periods that the same people join
}

func (o *Operator) surroundings(ctx context.Context, period enrollment.Period) (surroundings, error) {
	around := surroundings{grows: period.Grows()}
	var err error
	if around.spare, err = o.spareAdministrator(ctx, period); err != nil || !around.grows {
		return around, err
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return around, unavailable(err)
	}
	for _, p := range list {
		if p.Group == period.Group && p.Item == period.Item {
			around.same = append(around.same, p.ID)
		}
	}
	return around, nil
}

// required reports whether the same is required already. What is required of
// the members of a group, or by an import item, is a thing of its own, which lasts when what was
// required of one of them besides goes out of force. The end makes no difference:
// more time that somebody was given is not taken away by an order that is given
// again. Whether it is a later one is said.
func (s surroundings) required(have []policy.Requirement, want policy.Requirement) (already, later bool) {
	for _, r := range have {
		if !r.Held && r.Duty == want.Duty && r.Factor == want.Factor && r.Place == want.Place &&
			(!s.grows || slices.Contains(s.same, r.Period)) {
			later = r.EndsAt(want.Since).After(want.Due) && (later || !already)
			already = true
		}
	}
	return already, later
}
