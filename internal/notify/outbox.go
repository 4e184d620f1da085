package notify

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// ErrClaimLost is returned by Outbox.Settle if the claim lapsed and somebody
// else has taken the message over. Nothing was written.
var ErrClaimLost = errors.New("notify: the claim was lost")

// Outbox is where messages wait. Errors other than ErrClaimLost mean that the
// database could not be asked.
type Outbox interface {
	// Claim takes up to limit queued messages that are due at now, the oldest
	// first, so that nobody else takes them before lapse. In one transaction
	// it raises the Attempt of each and sets its due time to lapse; a message
	// whose claim has lapsed is due again. One that tells how things stand (see
	// Message.Topic) tells how they stand at now; if nothing of it holds it is
	// marked Replaced instead, and so is one that has a newer one about the
	// same. While one is claimed, no newer one with a topic to the same person
	// is.
	Claim(ctx context.Context, now, lapse time.Time, limit int) ([]Claim, error)

	// Postpone moves up to limit messages that are due at now and may wait
	// (see Kind.Patient) to until, and returns how many. One that would be of
	// no use by then stays due.
	Postpone(ctx context.Context, now, until time.Time, limit int) (int, error)

	// Settle writes what became of a claimed message, if it is still queued
	// and its attempt is still s.Attempt; else it returns ErrClaimLost. With
	// every state but Queued a secret body (see Kind.Secret) is dropped.
	Settle(ctx context.Context, s Settlement) error
}

// Claim is a message that is ours to send for a while.
type Claim struct {
	Message Message
	To      *directory.Person // as they are now; nil: gone
	Attempt int               // which one this is, from 1: the fence
}

// Settlement is what became of a claimed message.
type Settlement struct {
	ID      id.ID
	Attempt int
	State   State
	Address string    // that it went to, or would have
	Problem string    // for administrators, empty if it was sent; holds nothing of the body
	At      time.Time // when it was sent; with Queued: when it is due again
	Unsure  bool      // with Queued: it may have been taken all the same, only the answer is missing
}
