package store

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// leaveGroup rids somebody of the period of a group that they are not in, keeps
// where they were in it, and logs it: who did so may not have known. In one that
// is not in force yet they were nowhere.
func (w *work) leaveGroup(ctx context.Context, period enrollment.Period, p *directory.Person, now time.Time) error {
	if period.State == enrollment.Starting {
		_, err := w.leavePeriod(ctx, period.ID, []id.ID{p.ID})
		return err
	}
	left, err := changed(w.ExecContext(ctx, `INSERT INTO duty_left
			(person_id, period_id, since, due, paused_at, postpone_left, told, reminded, left_at, duty)
		SELECT person_id, period_id, since, due, paused_at, postpone_left, told, reminded, $3, duty FROM duty
		WHERE person_id = $1 AND period_id = $2`, int64(p.ID), int64(period.ID), micros(now)))
	if err != nil || left == 0 {
		return err
	}
	if _, err := w.leavePeriod(ctx, period.ID, []id.ID{p.ID}); err != nil {
		return err
	}
	return w.log(ctx, audit.Change{
		ID: w.store.ids.Next(now), Actor: audit.Actor{Via: "system"}, Action: "require.end", Subject: p.Username,
		Detail: string(period.Factor) + ", not in group " + period.Group + " any more",
	})
}

// leftDuty is a row of table duty_left.
type leftDuty struct {
	since, due, pausedAt, postponeLeft, told, reminded, leftAt int64
	duty                                                       string
}

func scanLeftDuty(row scanner) (l leftDuty, err error) {
	err = row.Scan(&l.since, &l.due, &l.pausedAt, &l.postponeLeft, &l.told, &l.reminded, &l.leftAt, &l.duty)
	return l, err
}

// joinAgain puts somebody who has just joined a group back to where they were
// in its period, if they have been in it.
func (w *work) joinAgain(ctx context.Context, period enrollment.Period, person id.ID, now time.Time) error {
	l, found, err := one(ctx, w, scanLeftDuty, `DELETE FROM duty_left WHERE person_id = $1 AND period_id = $2
		RETURNING since, due, paused_at, postpone_left, told, reminded, left_at, duty`, int64(person), int64(period.ID))
	if err != nil || !found {
		return err
	}
	is, anew := period.Again(policy.Requirement{
		Duty: policy.Duty(l.duty), Since: instant(l.since), Due: instant(l.due), PausedAt: instant(l.pausedAt), PostponeLeft: int(l.postponeLeft),
	}, instant(l.leftAt), now)
	if anew {
		l.told, l.reminded = 0, 0
	}
	err = run(ctx, w, `UPDATE duty SET since = $3, due = $4, paused_at = $5, postpone_left = $6, told = $7, reminded = $8, duty = $9,
			next_at = CASE WHEN $9 = '' THEN 0 ELSE next_at END
		WHERE person_id = $1 AND period_id = $2`,
		int64(person), int64(period.ID), micros(is.Since), micros(is.Due), micros(is.PausedAt), int64(is.PostponeLeft), l.told, l.reminded,
		string(is.Duty))
	if err != nil {
		return err
	}
	return w.followOwing(ctx, []id.ID{person}, false)
}

// followAway stops the clocks of those who have left a group when those of its
// members are stopped, and lets them go on, with what was left, when those do.
func (w *work) followAway(ctx context.Context, period id.ID, was, is enrollment.Terms) error {
	switch {
	case was.PausedAt.Equal(is.PausedAt):
		return nil
	case is.PausedAt.IsZero():
		return run(ctx, w, `UPDATE duty_left SET due = CASE WHEN due > paused_at THEN due + ($2 - paused_at) ELSE due END, paused_at = 0
			WHERE period_id = $1 AND paused_at <> 0`, int64(period), micros(w.store.now()))
	default:
		at := micros(is.PausedAt)
		return run(ctx, w, `UPDATE duty_left SET paused_at = $2 WHERE period_id = $1 AND paused_at = 0 AND due > $3`,
			int64(period), at, at)
	}
}

// outlast gives somebody who has just joined a group, and is exempt, the time of
// its period after that if it would end meanwhile.
func (w *work) outlast(ctx context.Context, period, person id.ID, now time.Time) error {
	list, err := w.requirementsOf(ctx, person)
	if err != nil {
		return err
	}
	exemption := policy.Exemption(list, now)
	for _, r := range list {
		moved := r.Outlasting(exemption, now)
		if r.Period != period || moved == r {
			continue
		}
		err := run(ctx, w, `UPDATE duty SET due = $3 WHERE person_id = $1 AND period_id = $2`, int64(person), int64(period), micros(moved.Due))
		if err != nil {
			return err
		}
		return w.followOwing(ctx, []id.ID{person}, false)
	}
	return nil
}
