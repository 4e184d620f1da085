package store

import (
	"context"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// Progress implements [operator.Periods].
func (s *Store) Progress(ctx context.Context, p enrollment.Period, now time.Time) (operator.Progress, error) {
	result := operator.Progress{Period: p, ByStatus: map[enrollment.Status]int{}}
	row := func(row scanner) (int, error) {
		return 0, row.Scan(&result.People, &result.Told, &result.Begun, &result.Verified)
	}
	_, _, err := one(ctx, s.db.reader(), row, `SELECT count(*), count(*) FILTER (WHERE d.told <> 0),
			count(*) FILTER (WHERE NOT `+isMet+` AND EXISTS (SELECT 1 FROM pending_enrollment e WHERE e.person_id = d.person_id)),
			count(*) FILTER (WHERE `+isMet+`)
		FROM duty d WHERE d.period_id = $1`, int64(p.ID))
	if err != nil {
		return result, err
	}
	for _, status := range enrollment.Statuses() {
		var where conditions
		where.add("p.id IN (SELECT person_id FROM duty WHERE period_id = ?)", int64(p.ID))
		addStatus(&where, p.Factor, status, now)
		n, _, err := one(ctx, s.db.reader(), number, `SELECT count(*) FROM person p`+where.sql(), where.args...)
		if err != nil {
			return result, err
		}
		result.ByStatus[status] = int(n)
	}
	return result, nil
}
