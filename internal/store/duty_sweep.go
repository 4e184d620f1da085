package store

import (
	"context"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
)

// What a person was told of, in column duty.told. With toldNobody that is only
// noted, so that it is not told any more: no mail has gone to them.
const (
	toldBegin  = 1
	toldEnd    = 2
	toldNobody = 4
)

// hasHeard tells of a row d of table duty whether a mail about it has gone to
// the person, or was to.
const hasHeard = `d.told BETWEEN 1 AND 3`

// hasAddress tells whether mail can go to the person $1.
const hasAddress = `EXISTS (SELECT 1 FROM person WHERE id = $1 AND email <> '')`

// hasHeardSame tells of a row d of table duty whether the person was told at
// the latest by $1 that another one in force requires the same of them, to no
// later an end. Where it counts makes no difference: no mail says that.
const hasHeardSame = `EXISTS (SELECT 1 FROM duty s WHERE s.person_id = d.person_id AND s.period_id <> d.period_id
	AND s.duty = d.duty AND s.factor = d.factor AND s.paused_at = 0 AND s.due <= d.due
	AND s.told BETWEEN 1 AND 3
	AND (s.due < d.due OR s.period_id < d.period_id)
	AND (s.own OR s.period_id IN (SELECT id FROM period WHERE state = 'running' AND running_at <= $1)))`

// exemptUntil is when row e of table duty, an exemption, ends; see column
// roll.exempt_until. What else is required of somebody who is due is looked at
// anyway, and lies beside it, which the roll does not.
const exemptUntil = `CASE WHEN e.due = 0 THEN 9223372036854775807 ELSE e.due END`

// dueDuties begins with what is to be told first. Nothing is told of a period
// that is not in force, and nobody is told anything who has done it, or as long
// as they are exempt or kept out. Which rows are due is settled first, by their
// index alone: a planner that does not know the table yet would join everybody.
func dueDuties(most int) string {
	return `WITH due AS MATERIALIZED (SELECT d.* FROM duty d
			WHERE d.next_at <> 0 AND d.next_at <= $1
				AND (d.own OR d.period_id IN (SELECT id FROM period WHERE state = 'running' AND running_at <= $1))
			ORDER BY d.next_at` + limit(most) + `)
		SELECT d.person_id, ` + dutyColumns + `, d.told, d.reminded, d.next_at,
			` + isMet + `, ` + hasHeardSame + `, ` + excluded("$1") + `, coalesce((SELECT max(` + exemptUntil + `) FROM duty e
				WHERE e.person_id = d.person_id AND e.duty = 'exempt' AND ` + exemptUntil + ` > $1), 0)
		FROM due d CROSS JOIN person p` + fromDirectory + ` WHERE p.id = d.person_id ORDER BY d.next_at`
}

// DueDuties implements [jobs.Duties].
func (s *Store) DueDuties(ctx context.Context, now time.Time, most int) ([]enrollment.DueDuty, error) {
	return all(ctx, s.db.reader(), scanDueDuty, dueDuties(most), micros(now))
}

func scanDueDuty(row scanner) (d enrollment.DueDuty, err error) {
	var (
		person, told, reminded, next, exempt int64
		r                                    dutyRow
	)
	err = row.Scan(append(append([]any{&person}, r.targets()...), &told, &reminded, &next, &d.Quiet, &d.Heard, &d.KeptOut, &exempt)...)
	d.Person, d.Requirement, d.NextAt, d.ExemptUntil = id.ID(person), r.requirement(), instant(next), instant(exempt)
	d.Told = enrollment.Notices{
		Begin: told&toldBegin != 0, End: told&toldEnd != 0, Reminded: time.Duration(reminded) * time.Microsecond,
	}
	return d, err
}

// wake has whoever tells people of what is required find out anew what there is
// to tell somebody of whom something has changed.
func (w *work) wake(ctx context.Context, person id.ID) error {
	w.due = true
	return run(ctx, w, `UPDATE duty SET next_at = $2 WHERE person_id = $1 AND duty IN ('in-period', 'required')`,
		int64(person), micros(w.store.now()))
}
