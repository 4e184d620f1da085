package store

import (
	"context"

	"example.com/muster/internal/id"
)

// twinPeriod selects, for row p of table period, those in force that require
// the same: of whoever was chosen, or of the same group.
const twinPeriod = `JOIN period r ON r.id <> p.id AND r.state = 'running' AND r.duty = p.duty AND r.factor = p.factor
	AND r.place = p.place AND (p.members = '' OR r.members = p.members)`

// requiredTwice selects people, as row d of table duty, of whom period $1
// requires what another requires that has come into force since it was begun, at
// $2: before, nobody was written under it of whom the same was required.
const requiredTwice = ` FROM period p ` + twinPeriod + ` AND r.running_at >= $2
	JOIN duty o ON o.period_id = r.id JOIN duty d ON d.period_id = p.id AND d.person_id = o.person_id
	WHERE p.id = $1 AND o.duty = p.duty`

// requiresTwice reports whether a period would require of somebody what is
// required of them already, or only of a group what is required of that.
func (w *work) requiresTwice(ctx context.Context, period id.ID) (bool, error) {
	twins, _, err := one(ctx, w, number, `SELECT count(*) FROM period p `+twinPeriod+` WHERE p.id = $1`, int64(period))
	if err != nil || twins == 0 {
		return false, err
	}
	common, _, err := one(ctx, w, number, `SELECT count(*) FROM (SELECT 1`+requiredTwice+` LIMIT 1) AS t`,
		int64(period), micros(period.Time()))
	if err != nil || common > 0 {
		return common > 0, err
	}
	nobody, _, err := one(ctx, w, number, `SELECT count(*) FROM period p WHERE p.id = $1 AND p.members <> ''
		AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.period_id = p.id)
		AND EXISTS (SELECT 1 FROM period r WHERE r.id <> p.id AND r.members = p.members AND r.closed_at = 0
			AND r.state = 'running' AND r.duty = p.duty AND r.factor = p.factor AND r.place = p.place)`, int64(period))
	return nobody > 0, err
}

// LeaveTwice implements [operator.Periods].
func (s *Store) LeaveTwice(ctx context.Context, period id.ID, most int) (keys []string, err error) {
	err = s.writeSome(ctx, func(w *work) error {
		people, err := all(ctx, w, identifier, `SELECT DISTINCT d.person_id`+requiredTwice+` ORDER BY d.person_id`+limit(most),
			int64(period), micros(period.Time()))
		if err != nil || len(people) == 0 {
			keys = nil
			return err
		}
		if keys, err = all(ctx, w, text, `SELECT key FROM person WHERE id IN `+numbered(1, len(people)), idArgs(people)...); err != nil {
			return err
		}
		_, err = w.leavePeriod(ctx, period, people)
		return err
	})
	return keys, err
}
