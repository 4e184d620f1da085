package store

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// RestartPeriod implements [operator.Periods].
func (s *Store) RestartPeriod(ctx context.Context, period id.ID, at time.Time) error {
	return s.turnPeriod(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE period SET starts_at = $2 WHERE id = $1 AND state = 'starting'`, int64(period), micros(at)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return nil
	})
}

// RestartClocks implements [operator.Periods].
func (s *Store) RestartClocks(ctx context.Context, period id.ID, most int) (restarted int, err error) {
	err = s.writeSome(ctx, func(w *work) error {
		restarted = 0
		p, found, err := one(ctx, w, scanPeriod, `SELECT `+periodColumns+` FROM period WHERE id = $1 AND state = 'starting'`, int64(period))
		if err != nil || !found {
			return err
		}
		people, err := all(ctx, w, identifier,
			`SELECT person_id FROM duty WHERE period_id = $1 AND since <> $2`+limit(most), int64(period), micros(p.StartsAt))
		if err != nil {
			return err
		}
		slices.Sort(people)
		for some := range slices.Chunk(people, peopleAtOnce) {
			if err := w.restart(ctx, p, some); err != nil {
				return err
			}
		}
		restarted = len(people)
		return nil
	})
	return restarted, err
}

// restart gives people who are in a period the clock of its beginning.
func (w *work) restart(ctx context.Context, p enrollment.Period, people []id.ID) error {
	r := p.For(p.StartsAt)
	args := append([]any{int64(p.ID), micros(r.Since), micros(r.Due), micros(r.PausedAt)}, idArgs(people)...)
	err := run(ctx, w, `UPDATE duty SET since = $2, due = $3, paused_at = $4, next_at = $2
		WHERE period_id = $1 AND person_id IN `+numbered(5, len(people)), args...)
	if err != nil {
		return err
	}
	exempt, err := all(ctx, w, identifier, `SELECT DISTINCT person_id FROM duty WHERE duty = 'exempt' AND person_id IN `+numbered(1, len(people)),
		idArgs(people)...)
	if err != nil {
		return err
	}
	for _, person := range exempt {
		if err := w.outlast(ctx, p.ID, person, p.StartsAt); err != nil {
			return err
		}
	}
	if err := w.count(ctx, people, 0); err != nil {
		return err
	}
	return w.followOwing(ctx, people, false)
}
