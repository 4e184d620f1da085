package store

import (
	"context"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
)

// digestMark names the row of table revision that has the week that was told
// last.
const digestMark = "weekly-digest"

// EnrolledSince counts those who have set up a factor since an instant.
func (s *Store) EnrolledSince(ctx context.Context, since time.Time) (int, error) {
	n, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(DISTINCT person_id) FROM factor WHERE created_at >= $1 AND kind <> 'recovery'`, micros(since))
	return int(n), err
}

const lastWeekTold = `SELECT number FROM revision WHERE name = $1`

// WeekUntold reports whether TellWeek would write anything.
func (s *Store) WeekUntold(ctx context.Context, week time.Time) (bool, error) {
	last, found, err := one(ctx, s.db.reader(), number, lastWeekTold, digestMark)
	return !found || last < micros(week), err
}

// TellWeek queues a digest to every administrator, unless the week, or a later
// one, was told already. The first week that is ever asked about is only
// noted: nobody wants to be told of a week before there was anything.
func (s *Store) TellWeek(ctx context.Context, week time.Time, data map[string]string) (told bool, err error) {
	err = s.write(ctx, func(w *work) error {
		told = false
		last, found, err := one(ctx, w, number, lastWeekTold, digestMark)
		if err != nil || found && last >= micros(week) {
			return err
		}
		err = run(ctx, w, `INSERT INTO revision (name, number) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET number = $2`,
			digestMark, micros(week))
		if err != nil || !found {
			return err
		}
		messages, err := w.toRoles(ctx, notify.Message{Kind: notify.WeeklyDigest, Data: data}, directory.Administrator, directory.Administrator)
		if err != nil {
			return err
		}
		told = true
		return w.mail(ctx, messages)
	})
	return told, err
}
