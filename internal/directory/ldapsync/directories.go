package ldapsync

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
)

// piece is how many changes are handed over at a time.
const piece = 500

// ErrBadAuthority says that the CA of a source is not a list of certificates in PEM.
var ErrBadAuthority = errors.New("the directory's CA file holds no certificate")

// Directories keeps the connections of all sources, each opened when it is
// first asked for, and anew when the source has been changed. It is safe for
// concurrent use.
type Directories struct {
	// Unseal returns the password of a source's service account.
	Unseal func(directory.Source) (secret.Text, error)
	Now    func() time.Time
	// Notice is told what [ldap.Config.Notice] is; nil: nobody is.
	Notice func(directory.Source, ldap.Notice)
	// Limits are those of every directory; zero: the defaults.
	Limits ldap.Limits

	mu   sync.Mutex
	open map[id.ID]*opened
}

// opened is a source with its connections.
type opened struct {
	settings    string // that it was opened with
	connections *ldap.Directory
	reader      *Reader
}

// Of returns the connections of a source and what reads it. They are good until
// the source is changed; who asks often asks anew each time.
func (d *Directories) Of(source directory.Source) (*ldap.Directory, *Reader, error) {
	now := settings(source)
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.open[source.ID]; o != nil {
		if o.settings == now {
			return o.connections, o.reader, nil
		}
		go o.connections.Close()
		delete(d.open, source.ID)
	}
	connections, err := d.connect(source)
	if err != nil {
		return nil, nil, fmt.Errorf("directory %s: %w", source.Name, err)
	}
	if d.open == nil {
		d.open = map[id.ID]*opened{}
	}
	o := &opened{now, connections, New(connections, source)}
	d.open[source.ID] = o
	return o.connections, o.reader, nil
}

// settings tells one configuration of a source from another.
func settings(s directory.Source) string {
	parts := slices.Concat(s.Servers, s.Domains, []string{
		s.Name, string(s.Preset), fmt.Sprint(s.StartTLS), s.CA, s.Base, s.BindDN, string(s.Password),
	})
	for _, name := range directory.AttributeNames() {
		parts = append(parts, s.Attributes.Get(name))
	}
	return fingerprint(parts...)
}

func (d *Directories) connect(source directory.Source) (*ldap.Directory, error) {
	password, err := d.Unseal(source)
	if err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if strings.TrimSpace(source.CA) != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(source.CA)) {
			return nil, ErrBadAuthority
		}
	}
	cfg := ldap.Config{
		Servers: source.Servers, StartTLS: source.StartTLS, Roots: roots,
		BindDN: source.BindDN, BindPassword: password, Limits: d.Limits, Now: d.Now,
	}
	if d.Notice != nil {
		cfg.Notice = func(n ldap.Notice) { d.Notice(source, n) }
	}
	return ldap.New(cfg)
}

// Try tests the servers of a source that may never be used, on connections of
// its own: those that are in use hear nothing of it.
func (d *Directories) Try(ctx context.Context, source directory.Source) ([]ldap.Step, error) {
	apart := Directories{Unseal: d.Unseal, Now: d.Now, Limits: d.Limits}
	connections, err := apart.connect(source)
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", source.Name, err)
	}
	defer connections.Close()
	return connections.Test(ctx, source.Base), nil
}

// Keep closes the connections of all other sources, and of those that were
// opened with other settings.
func (d *Directories) Keep(sources []directory.Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for source, o := range d.open {
		i := slices.IndexFunc(sources, func(s directory.Source) bool { return s.ID == source })
		if i < 0 || settings(sources[i]) != o.settings {
			go o.connections.Close()
			delete(d.open, source)
		}
	}
}

// Close closes all connections. What is under way ends by itself.
func (d *Directories) Close() {
	d.mu.Lock()
	all := d.open
	d.open = nil
	d.mu.Unlock()
	for _, o := range all {
		o.connections.Close()
	}
}

// Read implements [roster.Reader]; see [Reader.Read].
func (d *Directories) Read(ctx context.Context, s directory.Source, i directory.Item, cursor []byte,
	groups func([]directory.Group) error, each func([]directory.EntryChange) error,
) (roster.Reading, error) {
	_, reader, err := d.Of(s)
	if err != nil {
		return roster.Reading{}, err
	}
	pieces := collector{hand: each}
	reading, err := reader.Read(ctx, i, cursor, groups, pieces.take)
	err = markAccount(err)
	if err = pieces.finish(err); err != nil {
		return roster.Reading{}, err
	}
	return reading, nil
}

// Poll implements [roster.Reader]; see [Reader.Poll].
func (d *Directories) Poll(ctx context.Context, s directory.Source, cursor []byte,
	each func([]directory.EntryChange) error,
) (next []byte, err error) {
	_, reader, err := d.Of(s)
	if err != nil {
		return nil, err
	}
	pieces := collector{hand: each}
	next, err = reader.Poll(ctx, cursor, pieces.take)
	err = markAccount(err)
	if err = pieces.finish(err); err != nil {
		return nil, err
	}
	return next, nil
}

// Lookup implements [roster.Reader]; see [Reader.Lookup].
func (d *Directories) Lookup(ctx context.Context, s directory.Source, objects []string) ([]directory.Entry, error) {
	_, reader, err := d.Of(s)
	if err != nil {
		return nil, err
	}
	return reader.Lookup(ctx, objects)
}

// accountError is [ldap.ErrAccount] as the roster knows it.
type accountError struct{ error }

func (accountError) Is(target error) bool { return target == roster.ErrAccount }
func (e accountError) Unwrap() error      { return e.error }

func markAccount(err error) error {
	if errors.Is(err, ldap.ErrAccount) {
		return accountError{err}
	}
	return err
}

// collector makes pieces of single changes.
type collector struct {
	hand    func([]directory.EntryChange) error
	changes []directory.EntryChange
}

func (c *collector) take(change directory.EntryChange) error {
	c.changes = append(c.changes, change)
	if len(c.changes) < piece {
		return nil
	}
	return c.flush()
}

func (c *collector) flush() error {
	err := c.hand(c.changes)
	clear(c.changes)
	c.changes = c.changes[:0]
	return err
}

// finish hands over the last piece, also of a reading that has failed: what was
// read is true nevertheless.
func (c *collector) finish(err error) error {
	if len(c.changes) == 0 {
		return err
	}
	return errors.Join(err, c.flush())
}

// Lookup reads the people with the identities (see directory.Origin), wherever
// below the source's base they are now. Those that are not there, or cannot be
// used, are left out. Groups are those that an entry names itself.
func (r *Reader) Lookup(ctx context.Context, objects []string) (found []directory.Entry, err error) {
	for some := range slices.Chunk(objects, 50) {
		ways := make([]wire.Filter, 0, len(some))
		for _, object := range some {
			if f, ok := r.mapping.hasIdentity(object); ok {
				ways = append(ways, f)
			}
		}
		err := r.directory.Search(ctx, wire.Search{
			Base: r.source.Base, Scope: wire.Subtree, Filter: wire.Or(ways...), Attributes: r.mapping.wanted,
		}, pageSize, func(e *wire.Entry) error {
			if change := r.mapping.person(e); change.Refused == "" {
				found = append(found, change.Entry)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
