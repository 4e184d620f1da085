package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// touchEvery is how often "seen" is written: precise enough for Idle.
const touchEvery = time.Minute

// ErrOver says that somebody must sign in again: their account was disabled,
// what they proved was taken from them, or the session they had has ended.
var ErrOver = problem.New(problem.Forbidden, "this sign-in is over")

// Store is what a Keeper needs to remember. Errors but ErrOver mean that the
// database could not be asked.
type Store interface {
	// PutSession adds s. It returns ErrOver, and adds nothing, if the person is
	// gone or disabled, if the factor of the proof is gone or suspended, or if
	// the proof has none and there is one now, suspended or not.
	PutSession(ctx context.Context, s Session) error
	// RenewSession does the same and removes the session with the hash old, in
	// one transaction. It returns ErrOver as well if that is not there.
	RenewSession(ctx context.Context, old Hash, s Session) error
	// TouchSession notes when a session was last seen. It reports false if
	// there is no session with this hash, and makes none.
	TouchSession(ctx context.Context, hash Hash, seen time.Time) (found bool, err error)
	// EndSessionAs notes why the session with this hash has ended, if there is
	// one.
	EndSessionAs(ctx context.Context, hash Hash, why Ending) error
	// Session returns the session with this hash, nil if there is none. One that
	// was ended for a reason is there for as long as it would have lasted.
	Session(ctx context.Context, hash Hash) (*Session, error)
	// EndSession removes the session with this hash, if there is one.
	EndSession(ctx context.Context, hash Hash) error
	// EndSessions removes all sessions of a person, but the one with the hash
	// except (the zero Hash spares none).
	EndSessions(ctx context.Context, person id.ID, except Hash) error
}

// People knows who may stay signed in; *authn.Engine is one. An error means
// that nobody could be asked who knows.
type People interface {
	// Stay also says why it is StayOut.
	Stay(ctx context.Context, s Session) (Stay, Ending, error)
}

// Keeper starts, finds and ends sessions. All fields but People are required.
type Keeper struct {
	Store Store
	// People is asked whenever a session is found; nil: everybody stays in, or
	// their session is ended in the store.
	People People
	IDs    *id.Source
	Rand   io.Reader
	Now    func() time.Time
}

// HashToken returns what is stored of a token.
func HashToken(token secret.Text) Hash { return sha256.Sum256([]byte(token.Reveal())) }

// Start begins a session for somebody who has just proven who they are, and
// returns the token for the cookie: 256 random bits. It returns ErrOver if they
// may not sign in any more.
func (k *Keeper) Start(ctx context.Context, o Opening) (secret.Text, Session, error) {
	token, s, err := k.fresh(o)
	if err != nil {
		return secret.Text{}, Session{}, err
	}
	return token, s, k.Store.PutSession(ctx, s)
}

// fresh makes a session that is not kept yet, and its token.
func (k *Keeper) fresh(o Opening) (secret.Text, Session, error) {
	token, hash, err := NewToken(k.Rand)
	if err != nil {
		return secret.Text{}, Session{}, err
	}
	now := k.Now()
	return token, New(hash, k.IDs.Next(now), o, now), nil
}

// NewToken returns a token of 256 random bits, and what is stored of it.
func NewToken(random io.Reader) (secret.Text, Hash, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return secret.Text{}, Hash{}, err
	}
	token := secret.New(base64.RawURLEncoding.EncodeToString(b[:]))
	return token, HashToken(token), nil
}

// Find returns the live session of a token with what its owner may still do,
// nil if there is none or it has a scope, and notes that it was seen. An error
// also means that nobody could say whether the person may stay.
func (k *Keeper) Find(ctx context.Context, token secret.Text) (*Session, error) {
	s, err := k.Look(ctx, token)
	if s == nil || err != nil {
		return nil, err
	}
	return k.seen(ctx, s)
}

// Look is Find for what a page asks for by itself: it does not note that the
// session was seen, for nobody may sit there any more.
func (k *Keeper) Look(ctx context.Context, token secret.Text) (*Session, error) {
	s, err := k.live(ctx, token)
	if s == nil || err != nil || s.Scope != "" {
		return nil, err
	}
	return s, nil
}

// Scoped returns the live session of a token that has a scope, nil if there is
// none, and notes that it was seen. An error means what it means to Find.
func (k *Keeper) Scoped(ctx context.Context, token secret.Text) (*Session, error) {
	s, err := k.live(ctx, token)
	if s == nil || err != nil || s.Scope == "" {
		return nil, err
	}
	return k.seen(ctx, s)
}

// live returns the session of a token whose owner may stay.
func (k *Keeper) live(ctx context.Context, token secret.Text) (*Session, error) {
	if token.Empty() {
		return nil, nil
	}
	s, err := k.Store.Session(ctx, HashToken(token))
	if err != nil || s == nil || !s.Live(k.Now()) {
		return nil, err
	}
	if s.Stay, err = k.stay(ctx, *s); s.Stay == StayOut || err != nil {
		return nil, err
	}
	return s, nil
}

// seen notes that a session was; nil if it has ended since it was read.
func (k *Keeper) seen(ctx context.Context, s *Session) (*Session, error) {
	now := k.Now()
	if now.Sub(s.SeenAt) >= touchEvery {
		found, err := k.Store.TouchSession(ctx, s.Hash, now)
		if !found || err != nil {
			return nil, err
		}
		s.SeenAt = now
	}
	return s, nil
}

// stay asks what the owner of a session may still do. If that is nothing, it
// ends the session.
func (k *Keeper) stay(ctx context.Context, s Session) (Stay, error) {
	if k.People == nil {
		return StayIn, nil
	}
	stay, why, err := k.People.Stay(ctx, s)
	if stay != StayOut || err != nil {
		return stay, err
	}
	return StayOut, k.Store.EndSessionAs(ctx, s.Hash, why)
}

// Ended says why the session of a token is over before its time, to whoever
// holds the token: nobody else learns it. NotEnded where nothing is known of it.
func (k *Keeper) Ended(ctx context.Context, token secret.Text) (Ending, error) {
	if token.Empty() {
		return NotEnded, nil
	}
	s, err := k.Store.Session(ctx, HashToken(token))
	if s == nil || err != nil {
		return NotEnded, err
	}
	return s.Ended, nil
}

// Renew notes fresh proof in a session and gives it a new token: whoever held
// the old one is out. It returns ErrOver if the session has ended meanwhile:
// what was signed out stays so.
func (k *Keeper) Renew(ctx context.Context, old Session, proof factor.Proof) (secret.Text, Session, error) {
	token, s, err := k.fresh(Opening{Person: old.Person, Proof: old.renewed(proof), Source: old.Source, Browser: old.Browser})
	if err != nil {
		return secret.Text{}, Session{}, err
	}
	s.EndsAt, s.Language, s.PutOffAt, s.Stay = old.EndsAt, old.Language, old.PutOffAt, old.Stay // proof is fresh, the whole is not longer
	return token, s, k.Store.RenewSession(ctx, old.Hash, s)
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
