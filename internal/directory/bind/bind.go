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
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

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
	Rand   io.Reader
	Now    func() time.Time
	Log    *slog.Logger
}

// Sources knows which directories there are; a *store.Store does.
type Sources interface {
	Directories(ctx context.Context) ([]directory.Source, error)
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
}

// Directories answers the engine. It is safe for concurrent use.
type Directories struct {
	Config
	known atomic.Pointer[[]directory.Source]

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
	return d
}

// Reload reads which directories there are.
func (d *Directories) Reload(ctx context.Context) error {
	sources, err := d.Sources.Directories(ctx)
	if err != nil {
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

// Look implements [authn.Directories].
func (d *Directories) Look(ctx context.Context, s authn.Sought) (authn.Found, error) {
	if !s.Origin.Local() {
		return d.lookAtNamed(ctx, s)
	}
	name := s.Name
	if s.Nobody || name.User == "" {
		name.User, name.Principal = d.nobody(), ""
	}
	asked := *d.known.Load()
	if s.Name.Directory != 0 {
		asked = slices.DeleteFunc(slices.Clone(asked), func(o directory.Source) bool { return o.ID != s.Name.Directory })
	}
	found := make([]authn.Found, len(asked))
	group, ctx := errgroup.WithContext(ctx)
	for i, source := range asked {
		group.Go(func() (err error) {
			found[i], err = d.find(ctx, source, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return authn.Found{}, err
	}
	var one authn.Found
	for _, f := range found {
		switch {
		case f.Ambiguous, f.Directory != 0 && one.Directory != 0:
			return authn.Found{Ambiguous: true}, nil
		case f.Directory != 0:
			one = f
		}
	}
	return one, nil
}

// find looks in one directory.
func (d *Directories) find(ctx context.Context, source directory.Source, name directory.Name) (authn.Found, error) {
	_, finder, err := d.Reach(source)
	if err != nil {
		return authn.Found{}, err
	}
	c, ok, err := finder.Find(ctx, name.User, name.Principal)
	switch {
	case errors.Is(err, ErrAmbiguous):
		return authn.Found{Ambiguous: true}, nil
	case !ok || err != nil:
		return authn.Found{}, err
	case c.Refused != "":
		d.Log.Warn("an entry of a directory cannot be used", "directory", source.Name, "dn", c.Entry.DN, "reason", c.Refused)
		return authn.Found{}, nil
	}
	return d.found(source.ID, c.Entry), nil
}

// lookAtNamed reads the entry of somebody with a record. Where a directory has
// principal names, `user@domain` is looked for by name, as if there were no
// record: it may have been given to somebody else since the record was made, or
// be one entry's principal name and another's user name. What a gateway makes
// of the name is its own affair, so whoever signs in must be the only one it means.
func (d *Directories) lookAtNamed(ctx context.Context, s authn.Sought) (authn.Found, error) {
	source, ok := d.source(s.Origin.Directory)
	if s.Name.Principal == "" || !ok || source.Preset.Principal() == "" {
		return d.lookAt(ctx, s.Origin)
	}
	name := s.Name
	name.User, _, _ = strings.Cut(name.Principal, "@")
	asOf := d.Now()
	called, err := d.find(ctx, source, name)
	switch {
	case err != nil:
		return authn.Found{}, err
	case called.Ambiguous:
		return called, nil
	case called.Directory == 0: // gone, renamed, or not among those whom Find takes for people
		known, err := d.lookAt(ctx, s.Origin)
		if err == nil && !known.Spare {
			known.Renamed = !isCalled(&known.Entry, name)
		}
		return known, err
	case called.Entry.Object != s.Origin.Object:
		return authn.Found{Ambiguous: true}, nil
	}
	d.note(entry{s.Origin.Directory, s.Origin.Object}, called.Barred, asOf)
	return called, nil
}

// isCalled reports whether a name is the entry's.
func isCalled(e *directory.Entry, name directory.Name) bool {
	user, err := directory.NewNames(nil).Key(e.Username)
	principal, ok := directory.Principal(e.Principal)
	return err == nil && user == name.User || ok && principal == name.Principal
}

// lookAt reads the entry of somebody with a record. If it is not where people
// of the directory are, nobody is bound as: the DN that was last read may be
// another person's by now.
func (d *Directories) lookAt(ctx context.Context, o directory.Origin) (authn.Found, error) {
	finder, err := d.finder(o.Directory)
	if err != nil {
		return authn.Found{}, err
	}
	asOf := d.Now()
	entries, err := finder.Lookup(ctx, []string{o.Object})
	if err != nil {
		return authn.Found{}, err
	}
	if len(entries) != 1 {
		return authn.Found{
			Directory: o.Directory, Entry: directory.Entry{Object: o.Object}, Barred: directory.BarredGone, Spare: true,
		}, nil
	}
	f := d.found(o.Directory, entries[0])
	d.note(entry{o.Directory, o.Object}, f.Barred, asOf)
	return f, nil
}

func (d *Directories) found(source id.ID, e directory.Entry) authn.Found {
	o := directory.Origin{Directory: source, Barred: e.Barred, ExpiresAt: e.ExpiresAt}
	return authn.Found{Directory: source, Entry: e, Barred: o.At(d.Now())}
}

// Bind implements [authn.Directories].
func (d *Directories) Bind(ctx context.Context, f authn.Found, password secret.Text) (authn.Bound, error) {
	source, ok := d.source(f.Directory)
	if !ok && f.Directory != 0 {
		return authn.Bound{}, fmt.Errorf("bind: directory %v is not known", f.Directory)
	}
	dn := f.Entry.DN
	if f.Directory == 0 || f.Spare {
		if f.Directory == 0 {
			source = d.anyone()
		}
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

// anyone returns the directory in which nobody is bound as.
func (d *Directories) anyone() directory.Source {
	if all := *d.known.Load(); len(all) > 0 {
		return all[0]
	}
	return directory.Source{}
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
