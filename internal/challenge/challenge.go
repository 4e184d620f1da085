// Package challenge owns a question put to a person: the attempt that waits
// for its one answer, bound to person, door, client and purpose.
//
// It must not know what the right answer is. Its states are drawn in
// docs/states/challenge.md.
package challenge

import (
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
)

// Purpose says what an answer is good for; it is good for nothing else.
type Purpose string

// The purposes.
const (
	SignIn Purpose = "sign-in" // answered by a code
	Enroll Purpose = "enroll"  // waits while the person enrolls, then is answered by a code
	GoOn   Purpose = "go-on"   // waits for somebody in their period to go on without, or for a code
	Decoy  Purpose = "decoy"   // nobody is behind it; looks like sign-in from outside
)

// Status is where a challenge stands.
type Status string

// The statuses. Only Pending is ever stored: an end removes the row in the
// transaction of the decision that ends it, and the sign-in log keeps it.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Denied   Status = "denied"
	Expired  Status = "expired"
)

// The limits.
const (
	PromptLifetime = 5 * time.Minute  // a prompt for a code
	EnrollLifetime = 10 * time.Minute // a prompt that waits for an enrollment
	PageLifetime   = 30 * time.Minute // the same where the person enrolls: a page in their own browser
	MaxRounds      = 10               // of one attempt
	MaxWrong       = 3                // wrong codes of one attempt
	MaxOpen        = 5                // open attempts of one person: with the password proven to us, and without
)

// Hash identifies a challenge: the keyed hash of the handle the door holds.
// The handle itself is never stored.
type Hash [16]byte

// Challenge is one open question. An answer spends it; the next round of the
// same attempt is a new challenge with the same Attempt.
type Challenge struct {
	Hash     Hash
	Attempt  id.ID // the same over all rounds
	Person   id.ID // zero for a decoy
	Purpose  Purpose
	Door     string
	Client   string
	Username string // as typed: an answer must come with the same
	Key      string // the user name as compared; empty for what can be nobody
	Source   string
	Round    int  // from 1
	Wrong    int  // wrong codes so far
	Password bool // the password was right; false where the client had checked it
	// Invitation is what the person enrolls with: the code shown at a door, or
	// the one presented to a page. Zero: none.
	Invitation id.ID
	ExpiresAt  time.Time
	Once       audit.Once // of the request that opened this round
}

// Status returns where c stands at now, while nobody has answered it.
func (c Challenge) Status(now time.Time) Status {
	if now.Before(c.ExpiresAt) {
		return Pending
	}
	return Expired
}

// Matches reports whether an answer given at this door, by this client's
// user, from this source is an answer to this question.
func (c Challenge) Matches(door, client, username string) bool {
	return c.Door == door && c.Client == client && c.Username == username
}

// Next returns the following round of the same attempt, without its Hash.
func (c Challenge) Next(once audit.Once) Challenge {
	c.Hash = Hash{}
	c.Round++
	c.Once = once
	return c
}
