// Package inbox carries mail into memory, for the demo: a page shows there
// what would have been sent.
//
// It owns the last few mails and nothing else. They hold links and codes, so
// it must never be the transport of an installation.
package inbox

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// Inbox keeps the newest mails. It is safe for concurrent use.
type Inbox struct {
	keep int

	mu    sync.Mutex
	mails []notify.Envelope // by ID, the newest last
}

// New returns an inbox that keeps the given number of mails, at least one.
func New(keep int) *Inbox { return &Inbox{keep: max(1, keep)} }

// Send implements [notify.Transport]. It refuses what no other transport would
// take. A message that is sent again takes its own place.
func (b *Inbox) Send(_ context.Context, e notify.Envelope) error {
	if err := e.Check(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	at, known := slices.BinarySearchFunc(b.mails, e.ID, byID)
	if known {
		b.mails[at] = e
		return nil
	}
	b.mails = slices.Insert(b.mails, at, e)
	if over := len(b.mails) - b.keep; over > 0 {
		b.mails = slices.Delete(b.mails, 0, over)
	}
	return nil
}

// All returns the mails, the newest first.
func (b *Inbox) All() []notify.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.mails)
	slices.Reverse(all)
	return all
}

// Find returns one mail; ok is false if it is not there any more.
func (b *Inbox) Find(message id.ID) (e notify.Envelope, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ok := slices.BinarySearchFunc(b.mails, message, byID)
	if !ok {
		return notify.Envelope{}, false
	}
	return b.mails[at], true
}

func byID(e notify.Envelope, message id.ID) int { return cmp.Compare(e.ID, message) }
