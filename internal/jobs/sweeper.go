package jobs

import (
	"context"
	"log/slog"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/session"
)

// How things are cleared away.
const (
	sweepEvery = time.Minute
	sweepBatch = 500                   // rows in one transaction: the writer is held for some milliseconds
	sweepPause = 20 * time.Millisecond // between two, so that sign-ins come first

	// Retention is how long the log of sign-ins, the log of changes and the
	// list of mails are kept.
	Retention = 365 * 24 * time.Hour
	// remembered is how long what is over stays for somebody who comes late
	// and is told "this link is too old" rather than "there is no such link".
	remembered = 24 * time.Hour
	// answered is how long a question stays after its end, so that a late
	// answer is logged as late.
	answered = 10 * time.Minute
)

// Remains is what is left over and can be removed. Each method removes at most
// limit rows in one transaction and returns how many it has removed.
type Remains interface {
	// RemoveChallenges removes questions that expired before then.
	RemoveChallenges(ctx context.Context, then time.Time, limit int) (int, error)
	// RemoveInvitations removes invitations that expired before then, spent or
	// not.
	RemoveInvitations(ctx context.Context, then time.Time, limit int) (int, error)
	// RemovePending removes unfinished enrollments that began before then.
	RemovePending(ctx context.Context, then time.Time, limit int) (int, error)
	// RemoveSessions removes sessions that ended before end or were not seen
	// since seen.
	RemoveSessions(ctx context.Context, end, seen time.Time, limit int) (int, error)
	// RemoveSignIns removes decisions made before then, the oldest first.
	RemoveSignIns(ctx context.Context, then time.Time, limit int) (int, error)
	// RemoveChanges removes changes made before then, the oldest first.
	RemoveChanges(ctx context.Context, then time.Time, limit int) (int, error)
	// RemoveRuns removes runs of synchronisation that began before then.
	RemoveRuns(ctx context.Context, then time.Time, limit int) (int, error)
	// RemoveMails removes messages queued before then that are not queued any
	// more, the oldest first.
	RemoveMails(ctx context.Context, then time.Time, limit int) (int, error)
}

// Sweeper removes what is over. Nothing depends on it but the size of the
// database. All fields are required.
type Sweeper struct {
	Remains Remains
	Now     func() time.Time
	Log     *slog.Logger
}

// Job returns the sweeping as work of the leader: once a minute.
func (s *Sweeper) Job() Job { return Job{Name: "clear-away", Every: sweepEvery, Run: s.sweep} }

type chore struct {
	what   string
	remove func(ctx context.Context, limit int) (int, error)
}

func (s *Sweeper) chores(now time.Time) []chore {
	before := func(age time.Duration, remove func(context.Context, time.Time, int) (int, error)) func(context.Context, int) (int, error) {
		return func(ctx context.Context, limit int) (int, error) { return remove(ctx, now.Add(-age), limit) }
	}
	r := s.Remains
	return []chore{
		{"questions", before(answered, r.RemoveChallenges)},
		{"invitations", before(remembered, r.RemoveInvitations)},
		{"unfinished enrollments", before(enrollment.WizardLifetime, r.RemovePending)},
		{"sessions", func(ctx context.Context, limit int) (int, error) {
			return r.RemoveSessions(ctx, now, now.Add(-session.Idle), limit)
		}},
		{"sign-ins", before(Retention, r.RemoveSignIns)},
		{"changes", before(Retention, r.RemoveChanges)},
		{"mails", before(Retention, r.RemoveMails)},
		{"synchronisation runs", before(Retention, r.RemoveRuns)},
	}
}

// sweep does every chore, in small batches. The first error ends it: the next
// minute begins anew.
func (s *Sweeper) sweep(ctx context.Context) error {
	for _, c := range s.chores(s.Now()) {
		removed, err := s.all(ctx, c)
		if removed > 0 {
			s.Log.Info("removed what is over", "what", c.what, "count", removed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// all repeats a chore until nothing is left to do.
func (*Sweeper) all(ctx context.Context, c chore) (removed int, err error) {
	for {
		n, err := c.remove(ctx, sweepBatch)
		removed += n
		if err != nil || n < sweepBatch {
			return removed, err
		}
		select {
		case <-ctx.Done():
			return removed, ctx.Err()
		case <-time.After(sweepPause):
		}
	}
}
