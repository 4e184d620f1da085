package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// toldAtOnce is of how many people one statement writes what they were told.
const toldAtOnce = 50

// NoteTold implements [jobs.Duties].
func (s *Store) NoteTold(ctx context.Context, list []enrollment.ToldDuty) (noted int, err error) {
	list = slices.SortedStableFunc(slices.Values(list), func(a, b enrollment.ToldDuty) int {
		return cmp.Compare(a.Was.Person, b.Was.Person) // two who do this at once wait for each other, and not in a circle
	})
	err = s.write(ctx, func(w *work) error {
		noted = 0
		for some := range slices.Chunk(list, toldAtOnce) {
			n, err := w.noteTold(ctx, some)
			if err != nil {
				return err
			}
			noted += n
		}
		return nil
	})
	return noted, err
}

// noteTold writes what was told, and the messages, of that which has not
// changed since it was read.
func (w *work) noteTold(ctx context.Context, list []enrollment.ToldDuty) (noted int, err error) {
	query, args := tellDuties(list, w.store.mailOff)
	done, err := all(ctx, w, scanDutyKey, query, args...)
	if err != nil || len(done) == 0 {
		return 0, err
	}
	isDone := make(map[dutyKey]bool, len(done))
	for _, key := range done {
		isDone[key] = true
	}
	reminded, err := w.remindersOf(ctx, list)
	if err != nil {
		return 0, err
	}
	var messages []notify.Message
	for i := range list {
		if !isDone[dutyKey{list[i].Was.Person, list[i].Was.Requirement.Period}] {
			continue
		}
		for _, m := range list[i].Mail {
			if !remindsAgain(reminded, &list[i], &m) {
				messages = append(messages, m)
			}
		}
	}
	return len(done), w.mailMany(ctx, messages)
}

// dutyKey names a row of table duty.
type dutyKey struct{ person, period id.ID }

func scanDutyKey(row scanner) (key dutyKey, err error) {
	var person, period int64
	err = row.Scan(&person, &period)
	return dutyKey{id.ID(person), id.ID(period)}, err
}

// tellDuties is the statement that writes what was told of many: each is looked
// up by its key, and must be as it was read. A message tells nobody anything
// while mail is off.
func tellDuties(list []enrollment.ToldDuty, mailOff bool) (query string, args []any) {
	rows := make([]string, len(list))
	for i := range list {
		columns := toldArgs(&list[i], mailOff)
		row := make([]string, len(columns))
		for k, c := range columns {
			kind := "BIGINT"
			if _, is := c.(string); is {
				kind = "TEXT"
			}
			row[k] = "CAST($" + ordinal(len(args)+k+1) + " AS " + kind + ")"
		}
		rows[i] = "(" + strings.Join(row, ", ") + ")"
		args = append(args, columns...)
	}
	return `WITH turn (person, period, was, due, paused_at, duty, told, mailed, reminded, next_at) AS (VALUES ` + strings.Join(rows, ", ") + `)
		UPDATE duty AS d SET reminded = t.reminded, next_at = t.next_at, told = CASE WHEN t.told = 0 OR ` + hasHeard + `
				OR t.mailed <> 0 AND EXISTS (SELECT 1 FROM person p WHERE p.id = t.person AND p.email <> '')
			THEN t.told ELSE t.told + ` + ordinal(toldNobody) + ` END
		FROM turn t WHERE d.person_id = t.person AND d.period_id = t.period
			AND d.next_at = t.was AND d.due = t.due AND d.paused_at = t.paused_at AND d.duty = t.duty
		RETURNING person_id, period_id`, args
}

// toldArgs are a row of what tellDuties knows, in order.
func toldArgs(t *enrollment.ToldDuty, mailOff bool) []any {
	told, mailed := int64(0), int64(min(1, len(t.Mail)))
	if t.Told.Begin {
		told |= toldBegin
	}
	if t.Told.End {
		told |= toldEnd
	}
	switch {
	case t.Was.Heard:
		mailed = 1
	case mailOff:
		mailed = 0
	}
	r := &t.Was.Requirement
	return []any{
		int64(t.Was.Person), int64(r.Period), micros(t.Was.NextAt), micros(r.Due), micros(r.PausedAt), string(r.Duty),
		told, mailed, t.Told.Reminded.Microseconds(), micros(t.NextAt),
	}
}
