package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// How acts on many are taken over whose process has died. A step takes some
// ten milliseconds; one that comes too late is refused, so that being wrong
// costs nothing.
const (
	actsEvery = 5 * time.Second
	actSilent = 8 * time.Second
)

// Acts are the acts on many; *operator.Operator is one.
type Acts interface {
	// UnfinishedActs returns those that are not over and that this process is
	// not at work on.
	UnfinishedActs(ctx context.Context) ([]operator.Bulk, error)
	// TakeOver finishes one, unless somebody has worked on it since it was seen.
	TakeOver(ctx context.Context, b operator.Bulk) error
	// Runner names this process.
	Runner() string
}

// Finisher finishes acts on many whose process has died. All fields but Sole
// are required.
type Finisher struct {
	Acts Acts
	Sole bool // nobody else can be using the database: what another process began is nobody's
	Now  func() time.Time
	Log  *slog.Logger

	seen map[id.ID]sight
}

// sight is an act as it was seen.
type sight struct {
	hold operator.BulkHold
	at   time.Time
}

// Job returns it as work of the leader.
func (f *Finisher) Job() Job { return Job{Name: "finish-acts", Every: actsEvery, Run: f.finish} }

func (f *Finisher) finish(ctx context.Context) error {
	list, err := f.Acts.UnfinishedActs(ctx)
	if err != nil {
		return err
	}
	now, seen := f.Now(), map[id.ID]sight{}
	for _, b := range list {
		before, known := f.seen[b.ID]
		if !known || before.hold != b.Hold || now.Before(before.at) {
			before = sight{b.Hold, now}
		}
		seen[b.ID] = before
		if now.Sub(before.at) < actSilent && (!f.Sole || b.Hold.Runner == f.Acts.Runner()) {
			continue
		}
		f.Log.Warn("an act on many is taken over", "act", b.ID.String(), "action", b.Action, "done", b.Done, "of", b.People)
		err = errors.Join(err, f.Acts.TakeOver(ctx, b))
	}
	f.seen = seen
	return err
}
