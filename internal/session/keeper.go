package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
)

// touchEvery is how often "seen" is written: precise enough for Idle.
const touchEvery = time.Minute

// Store is what a Keeper needs to remember. Errors mean that the database
// could not be asked.
type Store interface {
	// PutSession keeps s, in the place of any with the same Hash.
	PutSession(ctx context.Context, s Session) error
	// Session returns the session with this hash, nil if there is none.
	Session(ctx context.Context, hash Hash) (*Session, error)
	// EndSession removes the session with this hash, if there is one.
	EndSession(ctx context.Context, hash Hash) error
	// EndSessions removes all sessions of a person, but the one with the hash
	// except (the zero Hash spares none).
	EndSessions(ctx context.Context, person id.ID, except Hash) error
}

// Keeper starts, finds and ends sessions. All fields are required.
type Keeper struct {
	Store Store
	IDs   *id.Source
	Rand  io.Reader
	Now   func() time.Time
}

// HashToken returns what is stored of a token.
func HashToken(token secret.Text) Hash { return sha256.Sum256([]byte(token.Reveal())) }

// Start begins a session for somebody who has just proven who they are, and
// returns the token for the cookie: 256 random bits.
func (k *Keeper) Start(ctx context.Context, person id.ID, proof factor.Proof, source, browser string) (secret.Text, Session, error) {
	var b [32]byte
	if _, err := io.ReadFull(k.Rand, b[:]); err != nil {
		return secret.Text{}, Session{}, err
	}
	token := secret.New(base64.RawURLEncoding.EncodeToString(b[:]))
	now := k.Now()
	s := New(HashToken(token), k.IDs.Next(now), person, proof, source, browser, now)
	return token, s, k.Store.PutSession(ctx, s)
}

// Find returns the live session of a token, nil if there is none, and notes
// that it was seen.
func (k *Keeper) Find(ctx context.Context, token secret.Text) (*Session, error) {
	if token.Empty() {
		return nil, nil
	}
	now := k.Now()
	s, err := k.Store.Session(ctx, HashToken(token))
	if err != nil || s == nil || !s.Live(now) {
		return nil, err
	}
	if now.Sub(s.SeenAt) >= touchEvery {
		seen := *s
		seen.SeenAt = now
		if err := k.Store.PutSession(ctx, seen); err != nil {
			return nil, err
		}
		s = &seen
	}
	return s, nil
}

// Renew notes fresh proof in a session and gives it a new token: whoever held
// the old one is out.
func (k *Keeper) Renew(ctx context.Context, old Session, proof factor.Proof) (secret.Text, Session, error) {
	token, s, err := k.Start(ctx, old.Person, proof, old.Source, old.Browser)
	if err != nil {
		return secret.Text{}, Session{}, err
	}
	s.EndsAt, s.Language = old.EndsAt, old.Language // proof is fresh, the whole is not longer
	if err := k.Store.PutSession(ctx, s); err != nil {
		return secret.Text{}, Session{}, err
	}
	return token, s, k.Store.EndSession(ctx, old.Hash)
}

// End ends the session of a token, if there is one.
func (k *Keeper) End(ctx context.Context, token secret.Text) error {
	if token.Empty() {
		return nil
	}
	return k.Store.EndSession(ctx, HashToken(token))
}

// EndOthers ends every session of the same person but this one.
func (k *Keeper) EndOthers(ctx context.Context, keep Session) error {
	return k.Store.EndSessions(ctx, keep.Person, keep.Hash)
}
