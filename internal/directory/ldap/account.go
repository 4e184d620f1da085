package ldap

import (
	"fmt"
	"sync"
	"time"
)

// account guards the service account: a directory that refuses it is left
// alone for a while, so that it does not lock the account, and one alarm is
// given.
type account struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	refused error // nil: as far as we know it is accepted
	pause   time.Duration
	retryAt time.Time
}

// allowed tells whether the account may be tried now.
func (a *account) allowed() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused == nil || !a.now().Before(a.retryAt) {
		return nil
	}
	return fmt.Errorf("%w (next try at %s): %w", ErrAccount, a.retryAt.UTC().Format(time.RFC3339), a.refused)
}

// wasRefused notes a refusal; first is true if the account was accepted before.
func (a *account) wasRefused(err error) (first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	first = a.refused == nil
	a.refused = err
	a.pause = min(max(2*a.pause, a.limits.Backoff), 12*a.limits.Backoff)
	a.retryAt = a.now().Add(a.pause)
	return first
}

// wasAccepted notes success; again is true if the account was refused before.
func (a *account) wasAccepted() (again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	again = a.refused != nil
	a.refused, a.pause = nil, 0
	return again
}
