// Package session owns signed-in browsers: how long they last and how fresh
// their proof is.
//
// It must not know cookies or pages. A token is stored as a hash only.
package session

import (
	"slices"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
)

// The limits.
const (
	Idle  = 20 * time.Minute    // without a request
	Whole = 8 * time.Hour       // at most
	Fresh = 5 * time.Minute     // how long a proof is good for changes
	Wall  = 30 * 24 * time.Hour // at most, with a Scope; it is never idle
)

// Stay says what somebody who is signed in may still do.
type Stay int

// The values. The zero value ends the session.
const (
	StayOut   Stay = iota // nothing: they sign in anew
	StaySetUp             // set up what is required of them, or put it off where they may
	StayIn                // everything
)

// Ending says why a session was ended before its time.
type Ending string

// The values.
const (
	NotEnded     Ending = ""         // its time is over, its owner signed out, or it goes on
	EndedPeriod  Ending = "period"   // what was required of its owner was not set up in time
	EndedShutOut Ending = "shut-out" // its owner is disabled, or kept out by their directory
	EndedChanged Ending = "changed"  // what was proven counts no more: the password or a factor was changed, or a role
)

// Scope is the only thing that a session may read: it belongs to a screen that
// nobody sits at. Empty: all that its owner may.
type Scope string

// Hash is the SHA-256 of a session token.
type Hash [32]byte

// Session is one signed-in browser.
type Session struct {
	Hash     Hash
	ID       id.ID // for lists and logs; not a secret
	Person   id.ID
	Proof    factor.Proof // what was proven, and when last
	SeenAt   time.Time
	EndsAt   time.Time // at the latest
	Source   string
	Browser  string // "Firefox on Linux", for the person's own list
	Language string // chosen in this browser; empty: as the browser says
	Scope    Scope
	// PutOffAt is when its owner put off what is required of them, for as long
	// as the session lasts; zero: they have not.
	PutOffAt time.Time
	Ended    Ending
	Stay     Stay // as of when it was found; it is not kept
}

// Opening is what a session begins with.
type Opening struct {
	Person  id.ID
	Proof   factor.Proof // just now
	Source  string
	Browser string
	PutOff  bool // what is required of the person was put off on the way in
	Scope   Scope
}

// New returns a session that starts now.
func New(hash Hash, sid id.ID, o Opening, now time.Time) Session {
	s := Session{
		Hash: hash, ID: sid, Person: o.Person, Proof: o.Proof, SeenAt: now, EndsAt: now.Add(Whole),
		Source: o.Source, Browser: o.Browser, Scope: o.Scope,
	}
	if o.Scope != "" {
		s.EndsAt = now.Add(Wall)
	}
	if o.PutOff {
		s.PutOffAt = now
	}
	return s
}

// renewed returns what a session has proven once a second factor was proven in
// it anew: no password that was never shown in it.
func (s Session) renewed(proof factor.Proof) factor.Proof {
	if slices.Contains(s.Proof.Methods, factor.MethodPassword) {
		return proof
	}
	proof.Methods = slices.DeleteFunc(slices.Clone(proof.Methods), func(m factor.Method) bool { return m == factor.MethodPassword })
	return proof
}

// Live reports whether the session may still be used at now.
func (s Session) Live(now time.Time) bool {
	return s.Ended == NotEnded && now.Before(s.EndsAt) && (s.Scope != "" || now.Sub(s.SeenAt) < Idle)
}

// FreshAt reports whether the proof is good for a change at now: a second
// factor, recently.
func (s Session) FreshAt(now time.Time) bool {
	return s.Live(now) && s.Scope == "" && s.Proof.Second() && now.Sub(s.Proof.At) < Fresh
}
