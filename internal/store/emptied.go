package store

import (
	"context"

	"example.com/muster/internal/id"
)

// EmptiedPeriods implements [operator.Periods]. Whoever leaves a group is
// remembered in table duty_left until they are back.
func (s *Store) EmptiedPeriods(ctx context.Context) ([]id.ID, error) {
	type grouped struct {
		period int64
		group  string
	}
	left, err := all(ctx, s.db.reader(), func(row scanner) (g grouped, err error) {
		err = row.Scan(&g.period, &g.group)
		return g, err
	}, `SELECT p.id, p.members FROM period p WHERE p.state = 'running' AND p.members <> '' AND p.closed_at = 0
			AND EXISTS (SELECT 1 FROM duty_left l WHERE l.period_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.period_id = p.id) ORDER BY p.id DESC`)
	if err != nil {
		return nil, err
	}
	var list []id.ID
	for _, g := range left {
		// Of members who were freed by name nothing is required either.
		_, some, err := one(ctx, s.db.reader(), number,
			`SELECT 1 FROM roll r WHERE `+s.db.contains("r.memberships", "$1")+` LIMIT 1`, quoted(g.group))
		if err != nil {
			return nil, err
		}
		if !some {
			list = append(list, id.ID(g.period))
		}
	}
	return list, nil
}
