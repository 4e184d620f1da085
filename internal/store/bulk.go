package store

import (
	"context"
	"errors"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// AmendMany implements [operator.People].
func (s *Store) AmendMany(ctx context.Context, list []operator.Amendment, log []audit.Change) ([]error, error) {
	var outcomes []error
	err := s.write(ctx, func(w *work) error {
		outcomes = make([]error, len(list))
		for i, a := range list {
			err := w.amendOne(ctx, a)
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

func (w *work) requirementsOf(ctx context.Context, person id.ID) ([]policy.Requirement, error) {
	return all(ctx, w, scanDuty, dutiesOf, int64(person))
}

// toldByAct is column duty.told of person $1, who hears of it by a message of
// the act if mail leaves ($13).
var toldByAct = `CASE WHEN $13 AND ` + hasAddress + ` THEN ` + ordinal(toldBegin) + ` ELSE ` + ordinal(toldBegin+toldNobody) + ` END`

// putDuty tells another end anew, and forgets what was told of what is not
// required any more: it is new to whoever owes it again. Reminders begin anew
// with a later end, but for one that is later because the clock stood still.
var putDuty = `INSERT INTO duty (person_id, period_id, own, duty, factor, place, since, due, paused_at, postpone_left,
		told, reminded, next_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN ` + toldByAct + ` ELSE 0 END, 0, $12)
	ON CONFLICT (person_id, period_id) DO UPDATE SET own = $3, duty = $4, factor = $5, place = $6, since = $7, due = $8,
		paused_at = $9, postpone_left = $10, next_at = $12,
		told = CASE WHEN $4 = '' THEN 0 WHEN $11 THEN ` + toldByAct + `
			WHEN $8 <> duty.due THEN duty.told - (duty.told & ` + ordinal(toldEnd) + `) ELSE duty.told END,
		reminded = CASE WHEN $4 = '' OR $7 <> duty.since OR $8 > duty.due AND $9 = duty.paused_at THEN 0 ELSE duty.reminded END,
		opened_at = CASE WHEN duty.since = $7 THEN duty.opened_at ELSE 0 END,
		began_at = CASE WHEN duty.since = $7 THEN duty.began_at ELSE 0 END`

// amendDuties writes what is required of a person from now on.
func (w *work) amendDuties(ctx context.Context, a operator.Amendment) error {
	if len(a.PutDuties) == 0 && len(a.DropDuties) == 0 {
		return nil
	}
	person := int64(a.Person)
	const theOne = ` WHERE person_id = $1 AND period_id = $2`
	for _, period := range a.DropDuties {
		if err := w.rememberDuties(ctx, theOne, person, int64(period)); err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM duty`+theOne, person, int64(period)); err != nil {
			return err
		}
	}
	if len(a.DropDuties) > 0 { // an exemption may have kept what is left from being told
		if err := w.wake(ctx, a.Person); err != nil {
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
		err := run(ctx, w, putDuty, person, d.Period, d.Own, d.Duty, d.Factor, d.Place, d.Since, d.Due, d.PausedAt,
			d.PostponeLeft, put.Told, next, !w.store.mailOff)
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
