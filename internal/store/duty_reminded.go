package store

import (
	"context"
	"slices"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// reminderKey names what a reminder is of.
type reminderKey struct {
	person id.ID
	topic  string
	until  int64
}

// lastReminder is when somebody was reminded last of an end.
type lastReminder struct {
	reminderKey
	at int64
}

func scanLastReminder(row scanner) (l lastReminder, err error) {
	var person int64
	err = row.Scan(&person, &l.topic, &l.until, &l.at)
	l.person = id.ID(person)
	return l, err
}

// remindersOf says when those whom there is to remind were reminded last, of
// each end.
func (w *work) remindersOf(ctx context.Context, list []enrollment.ToldDuty) (map[reminderKey]int64, error) {
	var people []id.ID
	for i := range list {
		if slices.ContainsFunc(list[i].Mail, func(m notify.Message) bool { return m.Kind == notify.PeriodReminder }) {
			people = append(people, list[i].Was.Person)
		}
	}
	last := map[reminderKey]int64{}
	if len(people) == 0 {
		return last, nil
	}
	found, err := all(ctx, w, scanLastReminder, `SELECT person_id, topic, until, max(queued_at) FROM outbox
		WHERE person_id IN `+numbered(1, len(people))+` AND topic <> '' AND kind = 'period-reminder' AND state <> 'replaced'
		GROUP BY person_id, topic, until`, idArgs(people)...)
	for _, l := range found {
		last[l.reminderKey] = l.at
	}
	return last, err
}

// remindsAgain reports whether a message reminds of an end as often before: one
// that has moved there and back, or that of another requirement. Else it notes
// that the person is reminded.
func remindsAgain(last map[reminderKey]int64, t *enrollment.ToldDuty, m *notify.Message) bool {
	if m.Kind != notify.PeriodReminder {
		return false
	}
	key, due := reminderKey{m.Person, m.Topic(), micros(m.Until())}, micros(m.Until().Add(-t.Told.Reminded))
	if at, known := last[key]; known && at >= due {
		return true
	}
	last[key] = micros(m.ID.Time())
	return false
}
