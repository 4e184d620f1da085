package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/problem"
)

// ForeseeUndo says what UndoLast would do, and does nothing.
func (o *Operator) ForeseeUndo(ctx context.Context, by audit.Actor) (BulkResult, error) {
	last, err := o.toUndo(ctx, by)
	if err != nil {
		return BulkResult{}, err
	}
	result := BulkResult{Dry: true, TakesBack: last}
	b, err := o.undoing(ctx, by, last)
	if err != nil {
		return result, err
	}
	if last.Period != 0 {
		p, err := o.startToUndo(ctx, last)
		if err != nil {
			return result, err
		}
		b.Period, b.Rules = p.ID, []BulkRule{{Period: p.ID, Joins: JoinsOf(p), Ends: true}}
	}
	who, err := o.ordered(ctx, &b)
	if err != nil {
		return result, err
	}
	c, err := o.carrier(ctx, &b, who)
	if err != nil {
		return result, err
	}
	result.Later = b.later()
	if last.Period == 0 {
		return result, told(o.membersOf(ctx, last, func(list []BulkMember) error { return c.foreseeMembers(ctx, list, &result) }))
	}
	gone := func(string, error) {} // whoever is in a period has a record
	return result, o.each(ctx, Selection{Query: &PeopleQuery{Period: b.Period}}, gone, func(rows []Row) error {
		for _, r := range rows {
			c.foresee(ctx, r, nil, &result)
		}
		return nil
	})
}

// foreseeMembers adds to result what the turns would do of some of those whom
// the act that is taken back has changed.
func (c *carrier) foreseeMembers(ctx context.Context, list []BulkMember, result *BulkResult) error {
	rows, err := c.rows(ctx, list)
	if err != nil {
		return err
	}
	done, err := c.undone(ctx, list)
	if err != nil {
		return err
	}
	for _, m := range list {
		r, ok := rows[m.Person]
		if !ok {
			result.Chosen++
			result.Failures = append(result.Failures, failure(m.Username, refuse(RefusedGone, problem.NotFound, "no user is named %s", m.Username)))
			continue
		}
		c.foresee(ctx, r, done[m.Person], result)
	}
	return nil
}

// foresee adds to result what somebody's turn would do.
func (c *carrier) foresee(ctx context.Context, r Row, done *BulkMember, result *BulkResult) {
	result.Chosen++
	switch a, err := c.turn(ctx, r, done); {
	case RefusalOf(err) == RefusedNoRequirement:
		result.Skipped = append(result.Skipped, failure(r.Person.Reference(), err))
	case err != nil:
		result.Failures = append(result.Failures, failure(r.Person.Reference(), err))
	default:
		result.Done++
		if a.Silent {
			result.Silent++
		}
		c.o.count(&result.Mail, r, len(a.Mail) > 0, c.o.unmet(r, a))
	}
}
