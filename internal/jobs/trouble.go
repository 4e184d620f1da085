package jobs

import (
	"context"
	"log/slog"
	"time"
)

// remindEvery is how often a trouble that lasts is told again.
const remindEvery = time.Hour

// trouble tells of a job that fails again at every try: when that begins, once
// in a while as long as it lasts, and when it is over.
type trouble struct {
	job    string
	log    *slog.Logger
	lasts  bool
	remind <-chan time.Time
}

// note takes the result of one try. The end of ctx is no trouble.
func (t *trouble) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil && t.lasts:
		t.lasts = false
		t.log.Info("a job works again", "job", t.job)
	case err != nil && (!t.lasts || rung(t.remind)):
		t.lasts, t.remind = true, time.After(remindEvery)
		t.log.Error("a job cannot do its work", "job", t.job, "error", err)
	}
}

func rung(timer <-chan time.Time) bool {
	select {
	case <-timer:
		return true
	default:
		return false
	}
}
