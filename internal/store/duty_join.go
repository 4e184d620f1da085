package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// joinAtOnce is how many people one statement brings under a requirement.
const joinAtOnce = 250

// joined is somebody who was not under the requirement yet.
type joined struct {
	person id.ID
	met    bool // they have done what it requires
}

func scanJoined(row scanner) (j joined, err error) {
	var person, met int64
	err = row.Scan(&person, &met)
	return joined{id.ID(person), met != 0}, err
}

// joinPeriod writes requirements, and raises the versions of whoever did not
// have theirs yet. Nearly always it is the same one for all.
func (w *work) joinPeriod(ctx context.Context, list []operator.NewDuty) (added int, err error) {
	for len(list) > 0 {
		same := 1
		for same < len(list) && same < joinAtOnce && list[same].Requirement == list[0].Requirement {
			same++
		}
		people := make([]id.ID, same)
		for i, d := range list[:same] {
			people[i] = d.Person
		}
		n, err := w.join(ctx, list[0].Requirement, people)
		if err != nil {
			return added, err
		}
		added += n
		list = list[same:]
	}
	return added, nil
}

// join brings people under one requirement.
func (w *work) join(ctx context.Context, r policy.Requirement, people []id.ID) (added int, err error) {
	query, args := insertDuties(r, people)
	list, err := all(ctx, w, scanJoined, query, args...)
	if err != nil {
		return 0, err
	}
	var met, owing []id.ID
	for _, j := range list {
		if j.met {
			met = append(met, j.person)
		} else {
			owing = append(owing, j.person)
		}
	}
	before := len(w.touched)
	if err := w.count(ctx, slices.Concat(met, owing), 1); err != nil {
		return 0, err
	}
	if w.joins {
		for i := range w.touched[before:] {
			w.touched[before+i].joined = &r
		}
	}
	return len(list), w.owe(ctx, r, met, owing)
}

// insertDuties is the statement that writes a requirement for people who do not
// have it yet, with whether they have done it; see metAt.
func insertDuties(r policy.Requirement, people []id.ID) (query string, args []any) {
	d := rowOfDuty(r)
	args = []any{
		d.Period, d.Own, d.Duty, d.Factor, d.Place, d.Since, d.Due, d.PausedAt, d.PostponeLeft, micros(r.Since),
	}
	kind := ""
	if r.Duty != policy.Exempt && r.Factor != "" && r.Factor != policy.WantAny {
		args = append(args, d.Factor)
		kind = " AND f.kind = $" + ordinal(len(args))
	}
	first := len(args) + 1
	for _, p := range people {
		args = append(args, int64(p))
	}
	return `INSERT INTO duty (person_id, period_id, own, duty, factor, place, since, due, paused_at, postpone_left, next_at,
			told, reminded, met_at)
		SELECT p.id, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, coalesce((SELECT min(f.created_at) FROM factor f
			WHERE f.person_id = p.id AND NOT f.suspended AND f.kind <> 'recovery'` + kind + `), 0)
		FROM person p WHERE p.id IN ` + numbered(first, len(people)) + `
		ON CONFLICT DO NOTHING RETURNING person_id, met_at`, args
}

// joinGroup brings somebody who is in a group under its period, if they are not
// yet: on a clock that starts now, or where they were if they are back.
func (w *work) joinGroup(ctx context.Context, period enrollment.Period, person id.ID, now time.Time) error {
	joined, err := w.joinPeriod(ctx, []operator.NewDuty{{Person: person, Requirement: period.For(now)}})
	if err != nil || joined == 0 {
		return err
	}
	w.due = true
	if err := w.joinAgain(ctx, period, person, now); err != nil {
		return err
	}
	return w.outlast(ctx, period.ID, person, now)
}

// owe brings the roll in step with a requirement that is new to people, of whom
// some have done it already. It is what followOwing does, where only that can
// have changed; see owedUpdate.
func (w *work) owe(ctx context.Context, r policy.Requirement, met, owing []id.ID) error {
	inPeriod := r.Duty == policy.InPeriod && r.PausedAt.IsZero()
	if !inPeriod && r.Duty != policy.RequiredNow {
		return w.followOwing(ctx, slices.Concat(met, owing), false)
	}
	for _, k := range owedKinds {
		if k.wanted != r.Factor && (k.wanted != policy.WantAny || r.Factor != "") {
			continue
		}
		asked := `owes = owes | ` + strconv.Itoa(k.asked)
		if err := w.updateRoll(ctx, asked, nil, met); err != nil {
			return err
		}
		if !inPeriod {
			return w.updateRoll(ctx, `owes = owes | `+strconv.Itoa(k.asked|owesNow<<k.bits), nil, owing)
		}
		due := max(micros(r.Due), 1)
		return w.updateRoll(ctx, asked+`, `+k.column+` = CASE WHEN `+k.column+` = 0 OR `+k.column+` > $1 THEN $2 ELSE `+k.column+` END`,
			[]any{due, due}, owing)
	}
	return nil
}

// updateRoll writes the same about many people.
func (w *work) updateRoll(ctx context.Context, set string, args []any, people []id.ID) error {
	if len(people) == 0 {
		return nil
	}
	return run(ctx, w, `UPDATE roll SET `+set+` WHERE person_id IN `+numbered(len(args)+1, len(people)), append(args, idArgs(people)...)...)
}
