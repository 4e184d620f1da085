package store

import (
	"context"
	"sync/atomic"
	"time"
)

// How an act on many goes on while people sign in.
const (
	// writesToRest is for how long an act writes before it rests for a second:
	// the processors are free meanwhile, and not only the writer.
	writesToRest = 3
	// restAtLeast is how long a rest is; shorter ones are put together.
	restAtLeast = 1 * time.Millisecond
	// restAtMost is how long a rest is, whatever a clock that was set says.
	restAtMost = 100 * time.Millisecond
	// doorsIdle is for how long nobody has signed in where an act need not rest.
	doorsIdle = 250 * time.Millisecond
)

// pace keeps acts on many from keeping sign-ins waiting. The zero pace is
// ready.
type pace struct {
	decided atomic.Int64 // when somebody last signed in, in microseconds
	owed    atomic.Int64 // nanoseconds of rest
}

// signedIn notes that somebody has signed in.
func (p *pace) signedIn(now time.Time) { p.decided.Store(micros(now)) }

// rest is called when an act has written since begun, and returns when it may
// go on.
func (p *pace) rest(ctx context.Context, begun, now time.Time) {
	if now.Sub(instant(p.decided.Load())) > doorsIdle {
		p.owed.Store(0)
		return
	}
	if p.owed.Add(int64(now.Sub(begun)/writesToRest)) < int64(restAtLeast) {
		return
	}
	timer := time.NewTimer(min(time.Duration(p.owed.Swap(0)), restAtMost))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	giveWay() // whom a timer wakes comes before those who wait already
}

// writeSome is write for a part of an act on many: sign-ins come first. What
// it writes is durable with the next change that is, or soon; so an act ends
// with one that is.
func (s *Store) writeSome(ctx context.Context, fn func(w *work) error) error {
	var begun time.Time
	err := s.writeDurably(ctx, withTheNext, func(w *work) error {
		begun = s.now() // without the wait for the turn
		return fn(w)
	})
	if !begun.IsZero() {
		s.pace.rest(ctx, begun, s.now())
	}
	return err
}
