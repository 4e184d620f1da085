package ldap

import (
	"sync"
	"time"
)

// breaker takes a server out of use after failures in a row, and lets it be
// tried again after a pause. A server that answers the try and fails the next
// person all the same goes out at once, for twice as long: it is worth a
// person's waiting less and less.
type breaker struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	failed  int           // in a row
	pause   time.Duration // before the next try; zero: in use
	last    time.Duration // the pause before, until a person has been answered
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

// succeeded notes an answer to a question that counts.
func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = b.now()
	if b.pause == 0 {
		b.failed, b.last, b.lastErr = 0, 0, nil
	}
}

// probeSucceeded notes an answer to a try. back is true if the server had been
// out of use.
func (b *breaker) probeSucceeded() (back bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = b.now()
	if b.pause == 0 {
		return false
	}
	b.opened = make(chan struct{})
	b.failed, b.pause, b.last = b.limits.Failures-1, 0, b.pause
	return true
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
	b.pause = min(max(2*b.last, b.limits.Probe), 60*b.limits.Probe)
	b.retryAt = b.now().Add(b.pause)
	close(b.opened)
	return true
}

// probeFailed lengthens the pause.
func (b *breaker) probeFailed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastErr = err
	b.pause = max(min(2*b.pause, 10*b.limits.Probe), b.pause)
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
