package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// TestTheDigestComesOnMondays: once each, also where nothing ran at that
// moment and where the clock goes back; not for the week before the first.
func TestTheDigestComesOnMondays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 21, 12, 0, 0, 0, berlin) // a Wednesday
	s := storetest.SQLite(t).Open(t, func(o *store.Options) {
		o.Now, o.Log = func() time.Time { return now }, slog.New(slog.DiscardHandler)
	})
	for name, role := range map[string]directory.Role{"admin": directory.Administrator, "desk": directory.HelpDesk, "alice": directory.NoRole} {
		p := storetest.Somebody(name)
		p.Person.Role = role
		storetest.Add(t, s, p)
	}
	weeks := &countedWeeks{Store: s}
	d := jobs.Digest{Weeks: weeks, Now: func() time.Time { return now }, Zone: berlin}
	mails := func() int {
		list, err := s.FindMails(t.Context(), operator.MailQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.Kind != notify.WeeklyDigest || m.Username != "admin" {
				t.Errorf("%+v", m)
			}
		}
		return len(list)
	}
	for _, step := range []struct {
		at   time.Time
		want int
	}{
		{now, 0},
		{time.Date(2026, 10, 26, 7, 59, 59, 0, berlin), 0}, // the first Monday after summer time
		{time.Date(2026, 10, 26, 8, 0, 0, 0, berlin), 1},
		{time.Date(2026, 10, 26, 9, 0, 0, 0, berlin), 1},
		{time.Date(2026, 10, 20, 9, 0, 0, 0, berlin), 1}, // the clock was set back
		{time.Date(2026, 11, 4, 9, 0, 0, 0, berlin), 2},  // off on Monday: late, but told
		{time.Date(2026, 11, 5, 9, 0, 0, 0, berlin), 2},
	} {
		now = step.at
		for range 2 {
			if err := d.Job().Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := mails(); got != step.want {
			t.Errorf("at %v: %d digests, want %d", step.at, got, step.want)
		}
		if most := 1 + step.want; weeks.counts > most { // once for the week that is only noted
			t.Errorf("at %v: everybody was counted %d times for %d digests", step.at, weeks.counts, step.want)
		}
	}
}

// countedWeeks counts how often everybody is counted.
type countedWeeks struct {
	*store.Store
	counts int
}

func (w *countedWeeks) CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (operator.Census, error) {
	w.counts++
	return w.Store.CountPeople(ctx, kind, now)
}
