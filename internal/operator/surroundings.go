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
	group bool    // the period is of a group
	same  []id.ID // the periods of that group
}

func (o *Operator) surroundings(ctx context.Context, period enrollment.Period) (surroundings, error) {
	around := surroundings{group: period.Group != ""}
	var err error
	if around.spare, err = o.spareAdministrator(ctx, period); err != nil || !around.group {
		return around, err
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return around, unavailable(err)
	}
	for _, p := range list {
		if p.Group == period.Group {
			around.same = append(around.same, p.ID)
		}
	}
	return around, nil
}

// required reports whether the same is required already. What is required of
// the members of a group is a thing of its own, which lasts when what was
// required of one of them besides goes out of force.
func (s surroundings) required(have []policy.Requirement, want policy.Requirement) bool {
	return slices.ContainsFunc(have, func(r policy.Requirement) bool {
		return !r.Held && r.Duty == want.Duty && r.Factor == want.Factor && r.Place == want.Place &&
			(!s.group || slices.Contains(s.same, r.Period))
	})
}
