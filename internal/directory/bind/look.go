package bind

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// patience is how long other directories than the one that counts have for
// saying whether they have a name. Then they are silent, for this sign-in.
const patience = 2 * time.Second

// Look implements [authn.Directories].
func (d *Directories) Look(ctx context.Context, s authn.Sought) (authn.Found, error) {
	if !s.Origin.Local() {
		found, err := d.lookAtNamed(ctx, s)
		found.Home = s.Home
		return found, err
	}
	name := s.Name
	if s.Nobody || name.User == "" {
		name.User, name.Principal = d.nobody(), ""
	}
	var home *question
	var others []*question
	for _, source := range *d.known.Load() {
		switch {
		case source.ID == s.Home:
			home = d.ask(ctx, source, name)
		case s.Name.Directory == 0 || source.ID == s.Name.Directory:
			others = append(others, d.ask(ctx, source, name))
		}
	}
	soon, stop := context.WithTimeout(ctx, patience)
	defer stop()
	one := authn.Found{Home: s.Home}
	if home != nil {
		found, err := home.answer(ctx)
		if err != nil {
			return authn.Found{}, err
		}
		one = and(one, found)
	}
	for _, q := range others {
		found, err := q.answer(soon)
		if err != nil {
			found.Silent = err
		}
		one = and(one, found)
	}
	if one.Ambiguous || one.Silent != nil { // whoever it is may be in two directories, and is tried in none
		one.Directory, one.Entry, one.Barred = 0, directory.Entry{}, directory.NotBarred
	}
	return one, nil
}

// and adds what another directory has said.
func and(one, other authn.Found) authn.Found {
	one.Ambiguous = one.Ambiguous || other.Ambiguous || one.Directory != 0 && other.Directory != 0
	if other.Silent != nil {
		one.Silent = other.Silent
	}
	if one.Directory == 0 {
		one.Directory, one.Entry, one.Barred = other.Directory, other.Entry, other.Barred
	}
	return one
}

// Elsewhere implements [authn.Directories].
func (d *Directories) Elsewhere(ctx context.Context, but id.ID) {
	nobody := directory.Name{User: d.nobody()}
	var others []*question
	for _, source := range *d.known.Load() {
		if source.ID != but {
			others = append(others, d.ask(ctx, source, nobody))
		}
	}
	soon, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, q := range others {
		_, _ = q.answer(soon)
	}
}

// question is what a directory is being asked.
type question struct {
	done  chan struct{}
	found authn.Found
	err   error
}

// ask looks for a name in one directory. That goes on when nobody waits for the
// answer any more: what it finds out about the directory's servers counts.
func (d *Directories) ask(ctx context.Context, source directory.Source, name directory.Name) *question {
	q := &question{done: make(chan struct{})}
	go func() {
		defer close(q.done)
		q.found, q.err = d.find(context.WithoutCancel(ctx), source, name)
	}()
	return q
}

// answer waits until ctx ends.
func (q *question) answer(ctx context.Context) (authn.Found, error) {
	select {
	case <-q.done:
		return q.found, q.err
	case <-ctx.Done():
	}
	select {
	case <-q.done: // at the same time
		return q.found, q.err
	default:
		return authn.Found{}, ctx.Err()
	}
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

// lookAtNamed reads the entry of somebody with a record, which must be called
// so now: until a run has seen that two people have each other's names, a name
// would mean the one and the password prove the other. Where a directory has
// principal names, `user@domain` is looked for by name, as if there were no
// record: it may have been given to somebody else since the record was made, or
// be one entry's principal name and another's user name. What a gateway makes
// of the name is its own affair, so whoever signs in must be the only one it means.
func (d *Directories) lookAtNamed(ctx context.Context, s authn.Sought) (authn.Found, error) {
	source, ok := d.source(s.Origin.Directory)
	if s.Name.Principal == "" || !ok || source.Preset.Principal() == "" {
		return d.lookAtCalled(ctx, s.Origin, s.Name)
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
		return d.lookAtCalled(ctx, s.Origin, name)
	case called.Entry.Object != s.Origin.Object:
		return authn.Found{Ambiguous: true}, nil
	}
	d.note(entry{s.Origin.Directory, s.Origin.Object}, called.Barred, asOf)
	return called, nil
}

// lookAtCalled reads the entry of somebody with a record, and says whether it
// is called so.
func (d *Directories) lookAtCalled(ctx context.Context, o directory.Origin, name directory.Name) (authn.Found, error) {
	f, err := d.lookAt(ctx, o)
	if err == nil && !f.Spare {
		f.Renamed = !d.isCalled(&f.Entry, name)
	}
	return f, err
}

// isCalled reports whether a name is the entry's.
func (d *Directories) isCalled(e *directory.Entry, name directory.Name) bool {
	user, err := d.Names.Key(e.Username)
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
		d.missed(ctx, o)
		return authn.Found{
			Directory: o.Directory, Entry: directory.Entry{Object: o.Object}, Barred: directory.BarredGone, Spare: true,
		}, nil
	}
	f := d.found(o.Directory, entries[0])
	d.note(entry{o.Directory, o.Object}, f.Barred, asOf)
	return f, nil
}

// missed tells the roster that an entry is not there, if the record does not
// say so.
func (d *Directories) missed(ctx context.Context, o directory.Origin) {
	if o.GoneAt.IsZero() {
		go d.Roster.Missed(context.WithoutCancel(ctx), o.Directory)
	}
}

func (d *Directories) found(source id.ID, e directory.Entry) authn.Found {
	o := directory.Origin{Directory: source, Barred: e.Barred, ExpiresAt: e.ExpiresAt}
	return authn.Found{Directory: source, Entry: e, Barred: o.At(d.Now())}
}
