// Package ldapsync owns reading people out of a company's directory: what an
// entry means, what has changed since the last time, who is in a group, and
// finding and browsing for an administrator.
//
// It must not know what becomes of what was read, nor anything of our own
// people. A reading that fails yields an error and no end: nobody may conclude
// from it that somebody is gone.
//
// Standards: RFC 4519 and RFC 2798 (attributes), RFC 4530 (entryUUID), RFC 4533
// (synchronisation), RFC 2307 (groups and shadow accounts), MS-ADTS (objectGUID,
// uSNChanged, DirSync, deleted objects, ranges of values).
package ldapsync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/roster"
)

// Errors of reading. They wrap nothing: the connections have their own.
var (
	// ErrNoBase: the base, or the group, is not in the directory. An empty
	// answer would look the same as everybody gone.
	ErrNoBase = errors.New("not found in the directory")
	// ErrAmbiguous: the name is that of several entries.
	ErrAmbiguous = errors.New("the name means several entries of the directory")
)

// pageSize is the number of entries asked for at a time. Active Directory and
// OpenLDAP give at most 1000 unless configured otherwise.
const pageSize = 1000

// Reader reads one directory. It is safe for concurrent use.
type Reader struct {
	directory *ldap.Directory
	source    directory.Source
	mapping   mapping
}

// New returns a reader of the source over its connections. The source's
// preset says how it is read.
func New(connections *ldap.Directory, source directory.Source) *Reader {
	return &Reader{directory: connections, source: source, mapping: newMapping(source)}
}

func (r *Reader) activeDirectory() bool { return r.source.Preset == directory.ActiveDirectory }

// scope is what a reading covers.
type scope struct {
	base   string
	filter wire.Filter // people
	group  string      // DN; empty: everybody
	mark   string      // tells one scope from another, across restarts
}

// scopeOf checks the item and fills in what it leaves to the source.
func (r *Reader) scopeOf(item directory.Item) (scope, error) {
	text := item.Filter
	if text == "" {
		text = r.source.Preset.Filter()
	}
	filter, err := wire.ParseFilter(text)
	if err != nil {
		return scope{}, err
	}
	s := scope{base: item.Base, filter: filter, group: item.Group}
	if s.base == "" {
		s.base = r.source.Base
	}
	s.mark = fingerprint(s.base, text, s.group, strings.Join(r.mapping.wanted, " "))
	return s, nil
}

// Read reads an item: what has changed since the cursor where the directory
// can tell, everything otherwise (no cursor asks for that). Groups, if it is not
// nil, is called with all groups before anybody is handed out, unless nothing has
// changed, and each for every change; an error of theirs ends the reading and is
// returned. After an error what was not seen means nothing.
func (r *Reader) Read(ctx context.Context, item directory.Item, since []byte,
	groups func([]directory.Group) error, each func(directory.EntryChange) error,
) (roster.Reading, error) {
	s, err := r.scopeOf(item)
	if err != nil {
		return roster.Reading{}, err
	}
	return r.read(ctx, &run{Reader: r, scope: s, told: groups, each: each, since: parseCursor(since, s.mark), handed: map[string]bool{}})
}

// Poll reads what has changed about people anywhere below the source's base,
// memberships in groups apart: what tells soon that somebody is disabled,
// expired or gone. It is as cheap as the directory allows. Without a cursor it
// hands out nobody; with one that the directory cannot go on from, everybody.
// Who is gone is told where the directory tells it; the next Read knows the
// others.
func (r *Reader) Poll(ctx context.Context, since []byte, each func(directory.EntryChange) error) (next []byte, err error) {
	s, err := r.scopeOf(directory.Item{})
	if err != nil {
		return nil, err
	}
	s.mark = "poll " + s.mark
	reading, err := r.read(ctx, &run{
		Reader: r, scope: s, each: each, since: parseCursor(since, s.mark),
		poll: true, first: len(since) == 0,
	})
	return reading.Cursor, err
}

func (r *Reader) read(ctx context.Context, run *run) (reading roster.Reading, err error) {
	run.session, err = r.directory.Open(ctx)
	if err != nil {
		return roster.Reading{}, err
	}
	defer run.session.Close()
	if err := run.begin(ctx); err != nil {
		return roster.Reading{}, err
	}
	if r.activeDirectory() {
		reading, err = run.readActiveDirectory(ctx)
	} else {
		reading, err = run.readOpenLDAP(ctx)
	}
	if err != nil {
		return roster.Reading{}, err
	}
	return reading, nil
}

// run is one reading under way.
type run struct {
	*Reader
	session *ldap.Session
	root    ldap.Root
	scope   scope
	since   cursor
	poll    bool // people alone, no groups
	first   bool // a poll that only finds where to begin
	each    func(directory.EntryChange) error
	told    func([]directory.Group) error // of all groups; nil: nobody is
	groups  *groupTree                    // nil: not wanted
	// handed are those handed out where somebody may be met more than once; nil:
	// not kept.
	handed map[string]bool
}

// begin learns about the server and makes sure that the base is there.
func (r *run) begin(ctx context.Context) error {
	root, err := r.session.Root(ctx)
	if err != nil {
		return err
	}
	r.root = root
	base, err := r.mustFind(ctx, "base", r.scope.base, wire.NoAttributes)
	if err != nil {
		return err
	}
	r.scope.base = base.dn // as the server spells it
	return nil
}

// sameGroups reads the groups, where they are wanted, and tells whether they
// are as they were at the cursor. A change of one changes people whose own
// entries tell nothing of it.
func (r *run) sameGroups(ctx context.Context) (same bool, err error) {
	if r.mapping.attributes.Groups == "" || r.poll {
		return true, nil
	}
	r.groups, err = r.readGroups(ctx)
	if err == nil && r.told != nil {
		err = r.told(r.groups.groups)
	}
	if err != nil {
		return false, err
	}
	return r.since.Groups == r.groups.print(), nil
}

// mustFind reads one entry by its DN. ErrNoBase names what is missing.
func (r *run) mustFind(ctx context.Context, what, dn string, attributes ...string) (found entryCopy, err error) {
	ok := false
	err = r.session.Search(ctx, wire.Search{Base: dn, Scope: wire.BaseObject, Attributes: attributes}, 0,
		func(e *wire.Entry) error {
			found, ok = copyOf(e), true
			return nil
		})
	if code, answered := ldap.CodeOf(err); answered && (code == wire.NoSuchObject || code == wire.Referral) || err == nil && !ok {
		return entryCopy{}, fmt.Errorf("the %s %q is %w", what, dn, ErrNoBase)
	}
	return found, err
}

// entryCopy is an entry that outlives its message.
type entryCopy struct {
	dn     string
	values map[string][][]byte // by lower-case name
}

func copyOf(e *wire.Entry) entryCopy {
	c := entryCopy{dn: string(e.DN), values: map[string][][]byte{}}
	e.Attributes(func(name []byte, values [][]byte) {
		own := make([][]byte, len(values))
		for i, v := range values {
			own[i] = append([]byte(nil), v...)
		}
		c.values[strings.ToLower(string(name))] = own
	})
	return c
}

func (c entryCopy) value(name string) []byte {
	if values := c.values[strings.ToLower(name)]; len(values) > 0 {
		return values[0]
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, ErrNoBase) }
