package store

import (
	"context"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
)

// What a person was told of, in column duty.told.
const (
	toldBegin = 1
	toldEnd   = 2
)

// dueDuties begins with what is to be told first. Nothing is told of a period
// that is not in force, and nobody is told anything who has done it, is exempt
// or is kept out.
var dueDuties = `SELECT d.person_id, ` + dutyColumns + `, d.told, d.reminded, d.next_at,
		` + isMet + ` OR ` + excluded("$1") + ` OR EXISTS (SELECT 1 FROM duty x WHERE x.person_id = d.person_id
			AND x.duty = 'exempt' AND (x.due = 0 OR x.due > $1))
	FROM duty d JOIN person p ON p.id = d.person_id` + fromDirectory + `
	WHERE d.next_at <> 0 AND d.next_at <= $1
		AND (d.own OR d.period_id IN (SELECT id FROM period WHERE state = 'running' AND running_at <= $1))
	ORDER BY d.next_at`

// DueDuties implements [jobs.Duties].
func (s *Store) DueDuties(ctx context.Context, now time.Time, most int) ([]enrollment.DueDuty, error) {
	return all(ctx, s.db.reader(), scanDueDuty, dueDuties+limit(most), micros(now))
}

func scanDueDuty(row scanner) (d enrollment.DueDuty, err error) {
	var (
		person, told, reminded, next int64
		r                            dutyRow
	)
	err = row.Scan(append(append([]any{&person}, r.targets()...), &told, &reminded, &next, &d.Quiet)...)
	d.Person, d.Requirement, d.NextAt = id.ID(person), r.requirement(), instant(next)
	d.Told = enrollment.Notices{
		Begin: told&toldBegin != 0, End: told&toldEnd != 0, Reminded: time.Duration(reminded) * time.Microsecond,
	}
	return d, err
}

// NoteTold implements [jobs.Duties].
func (s *Store) NoteTold(ctx context.Context, list []enrollment.ToldDuty) (noted int, err error) {
	err = s.write(ctx, func(w *work) error {
		noted = 0
		for i := range list {
			ok, err := w.noteTold(ctx, &list[i])
			if err != nil {
				return err
			}
			if ok {
				noted++
			}
		}
		return nil
	})
	return noted, err
}

// noteTold writes what was told, and the message, if nothing changed since it
// was read.
func (w *work) noteTold(ctx context.Context, t *enrollment.ToldDuty) (ok bool, err error) {
	told := int64(0)
	if t.Told.Begin {
		told |= toldBegin
	}
	if t.Told.End {
		told |= toldEnd
	}
	r := &t.Was.Requirement
	n, err := changed(w.ExecContext(ctx, `UPDATE duty SET told = $1, reminded = $2, next_at = $3
		WHERE person_id = $4 AND period_id = $5 AND next_at = $6 AND due = $7 AND paused_at = $8 AND duty = $9`,
		told, t.Told.Reminded.Microseconds(), micros(t.NextAt), int64(t.Was.Person), int64(r.Period), micros(t.Was.NextAt),
		micros(r.Due), micros(r.PausedAt), string(r.Duty)))
	if err != nil || n == 0 {
		return false, err
	}
	return true, w.mail(ctx, t.Mail)
}
