package authn

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// ErrConflict is returned by Commit if the person changed since the facts
// were loaded, or a challenge to spend is gone. Nothing was written.
var ErrConflict = errors.New("authn: changed meanwhile")

// Store is what the engine needs to remember. Every error but ErrConflict
// means that the database could not be asked.
type Store interface {
	Records

	// Administrators returns what the database knows now of everybody who
	// administers, by a role of their own or by one of a group.
	Administrators(ctx context.Context) ([]*Record, error)

	// Shared reports whether other nodes write to the database too, so that
	// what is remembered may be out of date.
	Shared() bool

	// Challenge returns the open question with this hash, nil if there is
	// none.
	Challenge(ctx context.Context, hash challenge.Hash) (*challenge.Challenge, error)

	// Invitation returns the invitation with this code, nil if there is none.
	Invitation(ctx context.Context, code enrollment.CodeHash) (*enrollment.Invitation, error)

	// PasskeyOwner returns the key of the person with this passkey, "" if it is
	// nobody's.
	PasskeyOwner(ctx context.Context, of passkey.Lookup) (key string, err error)

	// SignIns returns the person's entries in the log, newest first, from
	// entry from (usually Standing.SignIn) back to since, at most limit.
	SignIns(ctx context.Context, from id.ID, since time.Time, limit int) ([]audit.SignIn, error)

	// Commit writes all of c in one transaction, or nothing. It returns
	// after the transaction is durable. Many callers' changes may share a
	// transaction; each stands or falls by its own compare-and-set, in the
	// order of arrival.
	Commit(ctx context.Context, c Change) error
}

// Records finds people.
type Records interface {
	People

	// KeyOf returns the key of whoever is an entry of a directory.
	KeyOf(ctx context.Context, source id.ID, object string) (key string, found bool, err error)

	// PersonByID returns what the database knows of the person now, nil if there
	// is nobody.
	PersonByID(ctx context.Context, person id.ID) (*Record, error)
}

// Change is what one decision writes.
type Change struct {
	// Record is the person's record the decision was made on; its
	// Standing.Version is compared and raised. Nil: nobody is behind it.
	Record       *Record
	Standing     Standing              // the new values; Version is set by the store
	SignIn       *audit.SignIn         // nil while the attempt goes on
	Spend        []challenge.Challenge // questions that are no longer open; those without a person must still exist
	Put          *challenge.Challenge
	Invite       *enrollment.Invitation // a new invitation, or the same again (kept as it is)
	Left         *LeftSecret
	Rehash       []byte    // the password's new hash, sealed; nil: keep
	Postpone     []id.ID   // the periods of which one postponing is used up
	Bypass       id.ID     // the bypass that is used up; zero: none
	LinkMailedAt time.Time // zero: keep
	Mail         []notify.Message
}

// LeftSecret replaces the sealed secret of a factor by what its use has left
// of it: fewer recovery codes, a passkey that has signed once more.
type LeftSecret struct {
	Factor id.ID
	Sealed []byte
}

// Passwords checks local passwords; *password.Checker is one.
type Passwords interface {
	// Verify compares what was typed with a hash. It costs the same whatever
	// the hash is; the empty hash is nobody's and never right. From is the
	// client that asks: clients take turns. An error means that nothing was
	// compared.
	Verify(ctx context.Context, from string, stored, typed secret.Text) (password.Result, error)
}

// Clients tells the rules of a protected client.
type Clients interface {
	// Client returns the client with this name; ok is false if there is none.
	Client(name string) (c policy.Client, ok bool)
}
