package store

import (
	"context"
	"sync"
)

// turn says who writes to SQLite: one at a time, sign-ins first, and otherwise
// whoever has waited longest. The zero turn is free.
type turn struct {
	mu    sync.Mutex
	taken bool
	// Who waits: they are told when it is theirs.
	doors, others []chan struct{}
}

// take waits for the turn of whoever writes sign-ins.
func (t *turn) take() {
	if wait := t.ask(&t.doors); wait != nil {
		<-wait
	}
}

// takeLater waits for the turn after all sign-ins, or until ctx ends.
func (t *turn) takeLater(ctx context.Context) error {
	wait := t.ask(&t.others)
	if wait == nil {
		return nil
	}
	select {
	case <-wait:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	for i, other := range t.others {
		if other == wait {
			t.others = append(t.others[:i], t.others[i+1:]...)
			t.mu.Unlock()
			return ctx.Err()
		}
	}
	t.mu.Unlock()
	t.pass() // it was given just now
	return ctx.Err()
}

// wanted reports whether somebody waits who writes sign-ins.
func (t *turn) wanted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.doors) > 0
}

// ask takes the turn if it is free, or else returns what tells when it is.
func (t *turn) ask(queue *[]chan struct{}) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.taken {
		t.taken = true
		return nil
	}
	wait := make(chan struct{})
	*queue = append(*queue, wait)
	return wait
}

// pass gives the turn to whoever is next.
func (t *turn) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, queue := range []*[]chan struct{}{&t.doors, &t.others} {
		if waiting := *queue; len(waiting) > 0 {
			*queue = waiting[1:]
			close(waiting[0])
			return
		}
	}
	t.taken = false
}
