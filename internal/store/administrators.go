package store

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// administrators are how many people can administer, now and later: with a
// factor, not kept out, and owing none, for whoever owes one may be locked out
// one day. A role that comes by a group does not count: it ends with a change
// in the directory that nobody here is asked about.
type administrators struct {
	all int64
	// ready are those whom no end of a period locks out: they get in, or can
	// still set up what it takes.
	ready int64
	// local are those whom no directory can keep out, and who get in while all
	// of them are down.
	local int64
}

// mayBecome reports whether an act may leave so many: somebody, and somebody
// local where there was one.
func (a administrators) mayBecome(left administrators) bool {
	return left.all > 0 && (left.local > 0 || a.local == 0)
}

// mayRun reports whether a period may leave so many. Before anybody has a
// factor, one who can still set it up must be left.
func (a administrators) mayRun(left administrators) bool {
	if a.all > 0 {
		return a.mayBecome(left)
	}
	return left.ready > 0 || a.ready == 0
}

// owes is whether person p has not done what one of these duties requires.
func owes(duties string) string {
	return `EXISTS (SELECT 1 FROM duty d WHERE d.person_id = p.id AND d.duty IN (` + duties + `)
		AND NOT ` + isMet + ` AND d.period_id NOT IN (SELECT id FROM period WHERE state <> 'running'))`
}

// administrators counts them, without one person if but is not 0.
func (w *work) administrators(ctx context.Context, but id.ID) (administrators, error) {
	a, _, err := one(ctx, w, func(row scanner) (a administrators, err error) {
		return a, row.Scan(&a.all, &a.local, &a.ready)
	}, `SELECT count(*) FILTER (WHERE able), count(*) FILTER (WHERE able AND local), count(*) FILTER (WHERE ready)
		FROM (SELECT p.enrolled AND NOT `+owes(`'required', 'in-period'`)+` AS able, o.person_id IS NULL AS local,
				NOT `+owes(`'in-period'`)+` AS ready
			FROM person p`+fromDirectory+`
			WHERE p.role <> '' AND p.role = $1 AND p.id <> $3 AND NOT `+excluded("$2")+`) administrator`,
		string(directory.Administrator), micros(w.store.now()), int64(but))
	return a, err
}

// keepAdministrator refuses to leave nobody who can administer, or nobody
// local.
func (w *work) keepAdministrator(ctx context.Context, before administrators) error {
	left, err := w.administrators(ctx, 0)
	if err == nil && !before.mayBecome(left) {
		return operator.ErrLastAdministrator
	}
	return err
}

// isLastAdministrator reports whether nobody could administer without them. It
// holds the revision that keeps others from taking the last but one.
func (w *work) isLastAdministrator(ctx context.Context, person id.ID) (bool, error) {
	if err := w.bump(ctx, administratorsRevision); err != nil {
		return false, err
	}
	had, err := w.administrators(ctx, 0)
	if err != nil || had.all == 0 {
		return false, err
	}
	left, err := w.administrators(ctx, person)
	return !had.mayBecome(left), err
}
