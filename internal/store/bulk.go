package store

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// AmendMany implements [operator.People].
func (s *Store) AmendMany(ctx context.Context, list []operator.Amendment, bulk id.ID, log []audit.Change) ([]error, error) {
	var outcomes []error
	err := s.write(ctx, func(w *work) error {
		outcomes = make([]error, len(list))
		for i, a := range list {
			err := w.amendNoting(ctx, a, bulk)
			if err != nil && !errors.Is(err, operator.ErrChangedMeanwhile) {
				return err
			}
			if outcomes[i] = err; err != nil || a.Log.ID == 0 {
				continue
			}
			if err := w.log(ctx, a.Log); err != nil {
				return err
			}
		}
		for _, entry := range log {
			if err := w.log(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	})
	return outcomes, err
}

// amendNoting is amendOne, and keeps what was required before and is after.
func (w *work) amendNoting(ctx context.Context, a operator.Amendment, bulk id.ID) error {
	if bulk == 0 {
		return w.amendOne(ctx, a)
	}
	before, err := w.requirementsOf(ctx, a.Person)
	if err != nil {
		return err
	}
	if err := w.amendOne(ctx, a); err != nil {
		return err
	}
	after, err := w.requirementsOf(ctx, a.Person)
	if err != nil {
		return err
	}
	return run(ctx, w, `INSERT INTO bulk_row (bulk_id, person_id, before, after) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bulk_id, person_id) DO UPDATE SET after = excluded.after`,
		int64(bulk), int64(a.Person), packDuties(before), packDuties(after))
}

func (w *work) requirementsOf(ctx context.Context, person id.ID) ([]policy.Requirement, error) {
	return all(ctx, w, scanDuty, dutiesOf, int64(person))
}

const putDuty = `INSERT INTO duty (person_id, period_id, own, duty, factor, place, since, due, paused_at, postpone_left,
		told, reminded, next_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12)
	ON CONFLICT (person_id, period_id) DO UPDATE SET own = $3, duty = $4, factor = $5, place = $6, since = $7, due = $8,
		paused_at = $9, postpone_left = $10, next_at = $12,
		told = CASE WHEN $13 THEN 1 ELSE duty.told END, reminded = CASE WHEN $13 THEN 0 ELSE duty.reminded END,
		opened_at = CASE WHEN duty.since = $7 THEN duty.opened_at ELSE 0 END,
		began_at = CASE WHEN duty.since = $7 THEN duty.began_at ELSE 0 END`

// amendDuties writes what is required of a person from now on.
func (w *work) amendDuties(ctx context.Context, a operator.Amendment) error {
	if len(a.PutDuties) == 0 && len(a.DropDuties) == 0 {
		return nil
	}
	person := int64(a.Person)
	for _, period := range a.DropDuties {
		if err := run(ctx, w, `DELETE FROM duty WHERE person_id = $1 AND period_id = $2`, person, int64(period)); err != nil {
			return err
		}
	}
	for _, put := range a.PutDuties {
		d := rowOfDuty(put.Requirement)
		var next int64
		if put.Duty == policy.InPeriod || put.Duty == policy.RequiredNow {
			next = micros(w.store.now()) // whoever tells people of it finds out what there is to tell
			w.due = true
		}
		told := 0
		if put.Told {
			told = 1
		}
		err := run(ctx, w, putDuty, person, d.Period, d.Own, d.Duty, d.Factor, d.Place, d.Since, d.Due, d.PausedAt,
			d.PostponeLeft, told, next, put.Told)
		if err != nil {
			return err
		}
	}
	err := run(ctx, w, `UPDATE standing SET duties = (SELECT count(*) FROM duty WHERE person_id = $1) WHERE person_id = $1`, person)
	if err != nil {
		return err
	}
	return w.followOwing(ctx, []id.ID{a.Person}, false)
}

// PutBulk implements [operator.Periods].
func (s *Store) PutBulk(ctx context.Context, b operator.Bulk) error {
	for {
		var removed int64
		err := s.write(ctx, func(w *work) (err error) {
			removed, err = changed(w.ExecContext(ctx, `DELETE FROM bulk_row WHERE (bulk_id, person_id) IN (
				SELECT bulk_id, person_id FROM bulk_row`+limit(listAtOnce)+`)`))
			return err
		})
		if err != nil {
			return err
		}
		if removed < listAtOnce {
			break
		}
	}
	return s.write(ctx, func(w *work) error {
		if err := run(ctx, w, `DELETE FROM bulk`); err != nil {
			return err
		}
		return run(ctx, w, `INSERT INTO bulk (id, action, chosen, period_id, by_name, undone_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			int64(b.ID), b.Action, b.Chosen, int64(b.Period), b.By, micros(b.UndoneAt))
	})
}

// LastBulk implements [operator.Periods].
func (s *Store) LastBulk(ctx context.Context) (*operator.Bulk, error) {
	b, found, err := one(ctx, s.db.reader(), func(row scanner) (b operator.Bulk, err error) {
		var bid, period, undone int64
		err = row.Scan(&bid, &b.Action, &b.Chosen, &period, &b.By, &undone)
		b.ID, b.Period, b.UndoneAt = id.ID(bid), id.ID(period), instant(undone)
		return b, err
	}, `SELECT id, action, chosen, period_id, by_name, undone_at FROM bulk ORDER BY id DESC LIMIT 1`)
	if !found || err != nil {
		return nil, err
	}
	return &b, nil
}

// BulkRows implements [operator.Periods].
func (s *Store) BulkRows(ctx context.Context, bulk, after id.ID, limit int) ([]operator.BulkRow, error) {
	list, err := all(ctx, s.db.reader(), scanBulkRow, `SELECT b.person_id, p.key, p.username, s.version, b.before, b.after
		FROM bulk_row b JOIN person p ON p.id = b.person_id JOIN standing s ON s.person_id = p.id
		WHERE b.bulk_id = $1 AND b.person_id > $2 ORDER BY b.person_id LIMIT $3`, int64(bulk), int64(after), limit)
	for i := range list {
		if list[i].Now, err = all(ctx, s.db.reader(), scanDuty, dutiesOf, int64(list[i].Person)); err != nil {
			return nil, err
		}
	}
	return list, err
}

func scanBulkRow(row scanner) (r operator.BulkRow, err error) {
	var (
		person        int64
		before, after string
	)
	if err := row.Scan(&person, &r.Key, &r.Username, &r.Version, &before, &after); err != nil {
		return r, err
	}
	r.Person = id.ID(person)
	if r.Before, err = unpackDuties(before); err != nil {
		return r, err
	}
	r.After, err = unpackDuties(after)
	return r, err
}

// UndoneBulk implements [operator.Periods].
func (s *Store) UndoneBulk(ctx context.Context, bulk id.ID, at time.Time, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE bulk SET undone_at = $2 WHERE id = $1 AND undone_at = 0`, int64(bulk), micros(at)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}
