package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/muster/internal/directory/ldap/wire"
)

// Session is a connection of one's own to one server, for reading much, or for
// reading with a cursor that only this server understands. It is used by one
// goroutine at a time.
type Session struct {
	server *server
	conn   *conn
	free   func()
}

// Open signs in as the service account on the first server that can be
// reached. The number of open sessions is limited; Open waits for its turn as
// long as ctx allows. Errors are those of [Directory.Search].
func (d *Directory) Open(ctx context.Context) (*Session, error) {
	select {
	case d.sessions <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var session *Session
	err := d.each(ctx, func(s *server) error {
		c, err := s.signedIn(ctx)
		s.note(ctx, err)
		if err != nil {
			return err
		}
		c.limits.Operation = d.limits.Reading
		session = &Session{server: s, conn: c, free: func() { <-d.sessions }}
		return nil
	})
	if err != nil {
		<-d.sessions
		return nil, err
	}
	return session, nil
}

// Close ends the session. It is called once.
func (s *Session) Close() {
	s.conn.close()
	s.free()
}

// Server returns the URL of the session's server.
func (s *Session) Server() string { return s.server.url }

// Search is [Directory.Search] on this session's server. After an error that
// no server has answered, the session is of no use any more.
func (s *Session) Search(ctx context.Context, search wire.Search, pageSize int, each func(*wire.Entry) error) error {
	return s.done(ctx, s.conn.pages(ctx, search, pageSize, each))
}

// Exchange runs one search whose controls change what its messages mean: each
// is called for every entry and its message, info for what comes between them
// (nil: nothing is expected). It returns the last message, which is valid until
// the next use of the session.
func (s *Session) Exchange(ctx context.Context, search wire.Search,
	each func(wire.Message, *wire.Entry) error, info func(wire.SyncInfo) error,
) (wire.Message, error) {
	last, err := s.conn.search(ctx, search, handler{entry: each, info: info})
	return last, s.done(ctx, err)
}

func (s *Session) done(ctx context.Context, err error) error {
	s.server.note(ctx, err)
	var own *callerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.err
	case ctx.Err() != nil:
		return ctx.Err()
	case atFault(err):
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, s.server.url, err)
	default:
		return fmt.Errorf("%s: %w", s.server.url, err)
	}
}

// Root is what a server says about itself (RFC 4512 section 5.1). All of it may
// be missing.
type Root struct {
	Contexts       []string // the roots of its trees
	DefaultContext string   // Active Directory: the domain
	ConfigContext  string   // Active Directory: the settings of the forest
	HighestUSN     string   // Active Directory: grows with every change on this server
	ServiceName    string   // Active Directory: the entry of this server's settings
	Controls       []string // object identifiers
}

// Has tells whether the server knows the control.
func (r Root) Has(oid string) bool { return slices.Contains(r.Controls, oid) }

// Root asks the session's server.
func (s *Session) Root(ctx context.Context) (Root, error) {
	root, err := s.conn.root(ctx)
	return root, s.done(ctx, err)
}

func (c *conn) root(ctx context.Context) (Root, error) {
	var root Root
	_, err := c.search(ctx, wire.Search{Scope: wire.BaseObject, Attributes: []string{
		"namingContexts", "defaultNamingContext", "configurationNamingContext", "highestCommittedUSN", "dsServiceName", "supportedControl",
	}}, handler{entry: func(_ wire.Message, e *wire.Entry) error {
		root = Root{
			Contexts:       texts(e.Values("namingContexts")),
			DefaultContext: string(e.Value("defaultNamingContext")),
			ConfigContext:  string(e.Value("configurationNamingContext")),
			HighestUSN:     string(e.Value("highestCommittedUSN")),
			ServiceName:    string(e.Value("dsServiceName")),
			Controls:       texts(e.Values("supportedControl")),
		}
		return nil
	}})
	return root, err
}

func texts(values [][]byte) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
