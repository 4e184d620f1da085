package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How the clock is watched.
const (
	clockEvery = time.Second
	logEvery   = 60 // of those: how often the log is asked for its newest sign-in
	// clockSlack is how far the clock may go back without an alarm: time
	// services correct by less, and nodes differ by less.
	clockSlack = 3 * time.Second
)

// ClockState is how the clock stands. The zero value: all is well.
type ClockState struct {
	// Behind is how far the clock stands behind an instant that it, or the
	// clock of another node, has shown before.
	Behind time.Duration
	// Against says who has shown it: "itself" or "the log".
	Against string
}

// ClockWatch raises an alarm when the clock goes back. No code is valid twice
// then, for the last time step of each authenticator is kept; but questions
// and links that were over come to life again, locks last longer, and the log
// is out of order. The alarm ends when the clock shows new instants again.
type ClockWatch struct {
	Now func() time.Time
	Log *slog.Logger
	// Newest returns the instant of the newest sign-in in the log, the zero
	// time if there is none. It tells of a clock that was set back while
	// nothing ran, and of nodes that disagree.
	Newest func(ctx context.Context) (time.Time, error)

	mu    sync.Mutex
	state ClockState
}

// State returns how the clock stands, for doctor and for the overview.
func (w *ClockWatch) State() ClockState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Run watches until ctx ends.
func (w *ClockWatch) Run(ctx context.Context) {
	var shown, logged time.Time // the latest instants, by the clock itself and by the log
	unread := trouble{job: "compare the clock with the log", log: w.Log}
	every := time.NewTicker(clockEvery)
	defer every.Stop()
	for round := 0; ctx.Err() == nil; round++ {
		if round%logEvery == 0 {
			newest, err := w.Newest(ctx)
			unread.note(ctx, err)
			logged = later(logged, newest)
		}
		now := w.Now().Round(0) // as it is written down: Sub must not use a monotonic reading
		w.judge(now, shown, logged)
		shown = later(shown, now)
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
}

// judge notes how the clock stands, and tells when that becomes worse or is
// over.
func (w *ClockWatch) judge(now, shown, logged time.Time) {
	var next ClockState
	if behind := shown.Sub(now); behind > clockSlack {
		next = ClockState{Behind: behind, Against: "itself"}
	}
	if behind := logged.Sub(now); behind > clockSlack && behind > next.Behind {
		next = ClockState{Behind: behind, Against: "the log"}
	}
	w.mu.Lock()
	before := w.state
	w.state = next
	w.mu.Unlock()
	switch {
	case next.Behind > before.Behind+clockSlack || next.Behind > 0 && before.Behind == 0:
		w.Log.Error("the clock has gone back", "behind", next.Behind.Round(time.Second).String(), "against", next.Against)
	case next.Behind == 0 && before.Behind > 0:
		w.Log.Info("the clock is right again")
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
