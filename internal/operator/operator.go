// Package operator owns what administrators do: the same acts for the console
// and for the command line, each with an actor, most with a reason.
//
// Every act asks one table whether the actor may (roles.go), works out what it
// changes, and hands that to the store as one piece, with its entry in the log
// of changes. The package must not know pages, commands or tables; results
// carry no formatting, and a mistake of the administrator's is a
// problem with a hint.
//
// Standards: NIST SP 800-63B section 5.1.1.2 (passwords), E.164 (telephone
// numbers), RFC 4180 (CSV), RFC 8265 (user names).
package operator

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
)

// The ways an act reaches us; see audit.Actor.Via. Whoever comes by ViaCLI
// sits on the server itself and ranks as an administrator.
const (
	ViaCLI     = "cli"
	ViaConsole = "console"
	viaSystem  = "system" // nobody in particular
)

// Config is what an Operator stands on. All fields are required.
type Config struct {
	Store     Store
	Engine    Engine
	Desk      *enrollment.Desk
	Clients   *Clients
	Names     directory.Names
	Keys      *keyring.Ring
	Passwords Hasher
	IDs       *id.Source
	Rand      io.Reader
	Now       func() time.Time
	Mail      *Mailroom
	PublicURL string // without a slash at the end
	Passkeys  bool   // browsers can make passkeys there
	Log       *slog.Logger
	// ReadAhead has acts on many read the next people while they write of
	// others: for a database that has processes of its own to do both.
	ReadAhead bool

	// Groups reads groups of directories; it may be nil where there are no
	// directories.
	Groups GroupReader
	// Roster and Prober are for directories too.
	Roster *roster.Roster
	Prober Prober
	// Browser shows what is in a directory.
	Browser Browser
}

// Engine tells what would be decided, and decides when a sign-in is tried;
// *authn.Engine is one.
type Engine interface {
	Explain(ctx context.Context, r authn.Request) (authn.Decision, error)
	Begin(ctx context.Context, r authn.Request) (authn.Decision, error)
	Answer(ctx context.Context, r authn.Reply) (authn.Decision, error)
	// OnlyAdministrator reports whether a person administers and nobody else
	// who does can come in now: then no end of a period locks them out.
	OnlyAdministrator(ctx context.Context, person id.ID) (bool, error)
}

// Hasher turns a password into what is kept of it; *password.Checker is one.
type Hasher interface {
	// Hash may wait for its turn: hashing is slow on purpose.
	Hash(ctx context.Context, password secret.Text) (hash secret.Text, err error)
	// Expect is told of each imported hash before it is stored.
	Expect(hash secret.Text)
}

// Operator carries out what administrators ask for. It is safe for concurrent
// use.
type Operator struct {
	Config
	runner  string   // names this process
	carried sync.Map // the acts on many that it is at work on, by their names
}

// New returns an operator.
func New(c Config) *Operator { return &Operator{Config: c, runner: rand.Text()} }
