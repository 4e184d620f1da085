package store

import (
	"context"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
)

// SuspendFactors implements [enrollment.Store].
func (s *Store) SuspendFactors(ctx context.Context, u enrollment.Suspension) error {
	return s.write(ctx, func(w *work) error {
		standing, found, err := w.standing(ctx, u.Person)
		if err != nil || !found || standing.Version != u.Version {
			return orElse(err, enrollment.ErrConflict)
		}
		if ok, err := w.raise(ctx, u.Person, standing); err != nil || !ok {
			return orElse(err, enrollment.ErrConflict)
		}
		if fresh, err := w.disputes(ctx, u); err != nil || !fresh {
			return orElse(err, enrollment.ErrStoppedAlready)
		}
		if err := run(ctx, w, `UPDATE person SET not_me_at = $2 WHERE id = $1`, int64(u.Person), micros(u.At)); err != nil {
			return err
		}
		for _, query := range []string{
			`UPDATE factor SET suspended = TRUE WHERE person_id = $1`,
			`UPDATE person SET enrolled = FALSE, password_enrolls_until = 0 WHERE id = $1`,
			endSessionsAsChanged,
			`DELETE FROM challenge WHERE person_id = $1`,
			`DELETE FROM pending_enrollment WHERE person_id = $1`,
			`DELETE FROM invitation WHERE person_id = $1`,
		} {
			if err := run(ctx, w, query, int64(u.Person)); err != nil {
				return err
			}
		}
		if err := w.followOwing(ctx, []id.ID{u.Person}, true); err != nil {
			return err
		}
		messages, err := w.toStaff(ctx, u.Message)
		if err != nil {
			return err
		}
		if err := w.mail(ctx, messages); err != nil {
			return err
		}
		return w.log(ctx, u.Change)
	})
}

// disputes reports whether there is something that "this was not me" stops and
// that it has not stopped when it was last said. By a mail of before that is only
// what was suspended then and proves something again: what has come since is told
// in a mail of its own, and may be what the help desk gave. Said without a mail,
// it is whatever lets somebody in now, or is about to.
func (w *work) disputes(ctx context.Context, u enrollment.Suspension) (bool, error) {
	fresh, found, err := one(ctx, w, truth, `SELECT not_me_at = 0 OR not_me_at < $2
			OR EXISTS (SELECT 1 FROM factor f WHERE f.person_id = p.id AND NOT f.suspended AND f.kind <> $4
				AND ($2 = 0 OR f.created_at <= not_me_at))
			OR $2 = 0 AND (password_enrolls_until <> 0
				OR EXISTS (SELECT 1 FROM session s WHERE s.person_id = p.id AND s.ended = '' AND s.ends_at > $3)
				OR EXISTS (SELECT 1 FROM pending_enrollment e WHERE e.person_id = p.id))
		FROM person p WHERE id = $1`,
		int64(u.Person), micros(u.Disputed), micros(u.At), string(factor.Recovery))
	return fresh && found, err
}
