// Package bind answers the engine's questions to the directories that people
// come from: who is meant, is the password theirs, may they still come in.
//
// It knows which directory to ask and what its answers mean for a sign-in, and
// sees to it that asking about nobody looks, to a clock and to the directory,
// like asking about somebody. It decides nothing, keeps no password, and must
// not know doors or tables.
//
// Standards: RFC 4513 section 5.1 (simple bind; never an empty password).
package bind

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
)

// Config is what Directories stand on. All fields are required.
type Config struct {
	Sources Sources
	// Reach returns the connections of a directory, and who reads it.
	Reach func(directory.Source) (Binder, Finder, error)
	// Keep is told which directories there are, each time they have been read:
	// connections to others are of no use any more.
	Keep   func([]directory.Source)
	Roster Roster
	Names  directory.Names // is told which directories there are
	// MAC keys the choice of stand-ins, so that nobody outside can work it out;
	// see StandIn. keyring.Ring.MAC is one.
	MAC  func(purpose string, parts ...[]byte) [sha256.Size]byte
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// Sources knows which directories there are; a *store.Store does.
type Sources interface {
	Directories(ctx context.Context) ([]directory.Source, error)
	// DirectorySizes returns how many people each of them has here; those with
	// nobody may be left out.
	DirectorySizes(ctx context.Context) (map[id.ID]int, error)
}

// Binder binds as a person; *ldap.Directory is one.
type Binder interface {
	Bind(ctx context.Context, name string, password secret.Text) (ldap.Verdict, error)
}

// ErrAmbiguous says that several entries of one directory have a name.
var ErrAmbiguous = errors.New("bind: the name means several entries")

// Finder reads entries of one directory; a *ldapsync.Reader is nearly one.
type Finder interface {
	// Find returns the person with this user name, or with this user principal
	// name if that is not empty; ok is false if nobody has it. It returns
	// ErrAmbiguous if several have.
	Find(ctx context.Context, username, principal string) (e directory.EntryChange, ok bool, err error)
	// Lookup reads entries by what identifies them for good. Those that are not
	// there are left out.
	Lookup(ctx context.Context, objects []string) ([]directory.Entry, error)
}

// Roster makes records and knows what has changed in a directory lately;
// *roster.Roster is one.
type Roster interface {
	// Current reports whether what the records say of who may in is at most
	// authn.DirectoryFreshness old.
	Current(ctx context.Context, source id.ID, now time.Time) (bool, error)
	// Admit makes a record of an entry and returns its key, also if there is
	// one by now. It returns a problem.Conflict if there can be none.
	Admit(ctx context.Context, s directory.Source, e directory.Entry) (key string, err error)
	// Missed is told that an entry is not there that somebody's record is of, so
	// that the record gets to know. Nobody waits for it.
	Missed(ctx context.Context, source id.ID)
}

// Directories answers the engine. It is safe for concurrent use.
type Directories struct {
	Config
	known atomic.Pointer[[]directory.Source]
	sizes atomic.Pointer[sizes]

	mu    sync.Mutex
	clear map[entry]time.Time // who was not kept out, as of when
}

// entry is one entry of one directory.
type entry struct {
	directory id.ID
	object    string
}

var _ authn.Directories = (*Directories)(nil)

// New returns Directories that know of none yet; see Reload.
func New(c Config) *Directories {
	d := &Directories{Config: c, clear: map[entry]time.Time{}}
	d.known.Store(new([]directory.Source))
	d.sizes.Store(&sizes{})
	return d
}

// Reload reads which directories there are.
func (d *Directories) Reload(ctx context.Context) error {
	sources, err := d.Sources.Directories(ctx)
	if err != nil {
		return err
	}
	if err := d.measure(ctx); err != nil {
		return err
	}
	d.known.Store(&sources)
	d.Names.SetSources(sources)
	d.Keep(sources)
	return nil
}

// followEvery is how soon a directory is known that was added or changed.
const followEvery = time.Second

// Follow keeps up with which directories there are until ctx ends.
func (d *Directories) Follow(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	failing := false // said once, not every second
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := d.Reload(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			d.Log.Warn("cannot look for changed directories", "error", err)
		}
		failing = err != nil
		d.forgetOld()
	}
}

// Any implements [authn.Directories].
func (d *Directories) Any() bool { return len(*d.known.Load()) > 0 }

func (d *Directories) source(source id.ID) (directory.Source, bool) {
	all := *d.known.Load()
	i := slices.IndexFunc(all, func(s directory.Source) bool { return s.ID == source })
	if i < 0 {
		return directory.Source{}, false
	}
	return all[i], true
}

// finder returns who reads a directory.
func (d *Directories) finder(source id.ID) (Finder, error) {
	s, ok := d.source(source)
	if !ok {
		return nil, fmt.Errorf("bind: directory %v is not known", source)
	}
	_, f, err := d.Reach(s)
	return f, err
}

// Bind implements [authn.Directories].
func (d *Directories) Bind(ctx context.Context, f authn.Found, password secret.Text) (authn.Bound, error) {
	source, ok := d.source(f.Directory)
	if !ok && f.Directory != 0 {
		return authn.Bound{}, fmt.Errorf("bind: directory %v is not known", f.Directory)
	}
	if f.Directory == 0 {
		if source, ok = d.source(f.Home); !ok {
			return authn.Bound{}, fmt.Errorf("bind: directory %v is not known", f.Home)
		}
	}
	dn := f.Entry.DN
	if f.Directory == 0 || f.Spare {
		dn, password = "cn="+d.nobody()+","+source.Base, secret.New(d.nobody())
	}
	binder, _, err := d.Reach(source)
	if err != nil {
		return authn.Bound{}, err
	}
	verdict, err := binder.Bind(ctx, dn, password)
	if err != nil {
		return authn.Bound{}, fmt.Errorf("directory %s: %w", source.Name, err)
	}
	return meaning(verdict), nil
}

// nobody returns a name that nobody has.
func (d *Directories) nobody() string {
	var b [12]byte
	if _, err := io.ReadFull(d.Rand, b[:]); err != nil {
		panic("bind: no randomness: " + err.Error()) // crypto/rand never fails
	}
	return "nobody-" + hex.EncodeToString(b[:])
}

// meaning says what a verdict means to the engine. That an account is locked
// or restricted is said to a wrong password too, so it proves nothing; for
// everything else a directory looks at the password first.
func meaning(v ldap.Verdict) authn.Bound {
	switch v.Outcome {
	case ldap.Right:
		return authn.Bound{Right: true}
	case ldap.Wrong:
		return authn.Bound{}
	case ldap.Refused:
	}
	switch v.Reason {
	case ldap.Disabled:
		return authn.Bound{Right: true, Why: authn.ReasonDirectoryDisabled}
	case ldap.AccountExpired:
		return authn.Bound{Right: true, Why: authn.ReasonDirectoryExpired}
	case ldap.OutsideHours:
		return authn.Bound{Right: true, Why: authn.ReasonDirectoryHours}
	case ldap.WrongHost:
		return authn.Bound{Right: true, Why: authn.ReasonDirectoryPlace}
	case ldap.PasswordExpired:
		return authn.Bound{Right: true, Why: authn.ReasonPasswordExpired}
	case ldap.MustChange:
		return authn.Bound{Right: true, Why: authn.ReasonPasswordChange}
	case ldap.Locked:
		return authn.Bound{Why: authn.ReasonDirectoryLocked}
	case ldap.Restricted, ldap.UnknownPerson, ldap.NoReason:
	}
	return authn.Bound{Why: authn.ReasonDirectoryDisabled}
}

// Admit implements [authn.Directories].
func (d *Directories) Admit(ctx context.Context, f authn.Found) (string, error) {
	source, ok := d.source(f.Directory)
	if !ok {
		return "", authn.ErrNotAdmitted
	}
	return d.Roster.Admit(ctx, source, f.Entry)
}
