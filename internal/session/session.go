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
	Idle  = 20 * time.Minute // without a request
	Whole = 8 * time.Hour    // at most
	Fresh = 5 * time.Minute  // how long a proof is good for changes
)

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
}

// New returns a session that starts now with what was just proven.
func New(hash Hash, sid, person id.ID, proof factor.Proof, source, browser string, now time.Time) Session {
	return Session{
		Hash: hash, ID: sid, Person: person, Proof: proof, SeenAt: now, EndsAt: now.Add(Whole),
		Source: source, Browser: browser,
	}
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
	return now.Before(s.EndsAt) && now.Sub(s.SeenAt) < Idle
}

// FreshAt reports whether the proof is good for a change at now: a second
// factor, recently.
func (s Session) FreshAt(now time.Time) bool {
	return s.Live(now) && s.Proof.Second() && now.Sub(s.Proof.At) < Fresh
}
