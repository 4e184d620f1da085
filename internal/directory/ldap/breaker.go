package ldap

import (
	"sync"
	"time"
)

// breaker takes a server out of use after failures in a row, and lets it be
// tried again after a pause that doubles.
type breaker struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	failed  int           // in a row
	pause   time.Duration // before the next try; zero: in use
	retryAt time.Time
	lastErr error
	proven  time.Time     // when it last answered
	opened  chan struct{} // closed while the server is out of use
}

func newBreaker(limits Limits, now func() time.Time) *breaker {
	return &breaker{limits: limits, now: now, opened: make(chan struct{})}
}

// open tells whether the server is out of use, and why.
func (b *breaker) open() (open bool, lastErr error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause > 0, b.lastErr
}

// whenOpen is closed once the server is taken out of use, so that nobody goes
// on waiting for it.
func (b *breaker) whenOpen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// succeeded notes an answer. back is true if the server had been out of use.
func (b *breaker) succeeded() (back bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	back = b.pause > 0
	if back {
		b.opened = make(chan struct{})
	}
	b.failed, b.pause, b.lastErr, b.proven = 0, 0, nil, b.now()
	return back
}

// failure notes a fault. lost is true if it has taken the server out of use.
func (b *breaker) failure(err error) (lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed++
	b.lastErr = err
	if b.pause > 0 || b.failed < b.limits.Failures {
		return false
	}
	b.pause = b.limits.Probe
	b.retryAt = b.now().Add(b.pause)
	close(b.opened)
	return true
}

// probeFailed lengthens the pause.
func (b *breaker) probeFailed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastErr = err
	b.pause = min(2*b.pause, 10*b.limits.Probe)
	b.retryAt = b.now().Add(b.pause)
}

// dueIn returns how long until the server should be looked at: until it may be
// tried again, or until nobody will have used it for a while.
func (b *breaker) dueIn() (wait time.Duration, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause > 0 {
		return b.retryAt.Sub(b.now()), true
	}
	return b.proven.Add(b.limits.Check).Sub(b.now()), false
}
