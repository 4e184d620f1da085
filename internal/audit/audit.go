// Package audit owns the two append-only records: what was decided at the
// doors (SignIn) and what was changed by whom (Change).
//
// It must not know how a decision is made. Neither record ever holds a
// secret, a code, or a password.
package audit

import (
	"time"

	"example.com/muster/internal/id"
)

// Result is the end of a sign-in.
type Result string

// The results.
const (
	Denied  Result = "denied"
	Allowed Result = "allowed"
	// Unanswered is a sign-in that was not decided, because a directory or the
	// database did not answer. The same one again within a minute has no entry.
	Unanswered Result = "unanswered"
)

// Once is the key of one very request at a door: a retransmission carries the
// same. The zero value is no key.
type Once [16]byte

// SignIn is the record of one decision that ended a sign-in, or of one that
// could not be made.
type SignIn struct {
	ID       id.ID // rises with time; its Time is when it was decided
	Person   id.ID // zero if nobody is known by that name
	Previous id.ID // the person's sign-in before this one: the log needs no index
	Username string
	Door     string // "radius", "portal", …
	Client   string // the protected client's name
	Source   string // where the person sits, as far as the door knows
	Result   Result
	Reason   string // for administrators; see authn.Reason
	Method   string // "pwd+otp"; empty if nothing was proven
	Trace    string // the rules that applied, in order, separated by spaces
	Once     Once
}

// At returns the instant of the decision.
func (s SignIn) At() time.Time { return s.ID.Time() }

// Actor is whoever changes something.
type Actor struct {
	Person id.ID
	Name   string // user name, or "local" for the command line on the server
	Via    string // "console", "cli", "portal", "system"
	Source string // address, if there is one
}

// Change is the record of one administrative or self-service change.
type Change struct {
	ID      id.ID
	Actor   Actor
	Action  string // "user.reset", "radius-client.add", …
	Subject string // whom or what it concerns, by name
	Reason  string // as given by the actor; may be empty
	Detail  string // what changed, without secrets
}

// At returns the instant of the change.
func (c Change) At() time.Time { return c.ID.Time() }
