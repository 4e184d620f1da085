package ldap

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"example.com/muster/internal/directory/ldap/wire"
)

// server is one server of a directory with all that is kept for it.
type server struct {
	endpoint
	directory *Directory
	breaker   *breaker
	persons   *pool // for binds as persons only
	searches  *pool // signed in as the service account

	mu    sync.Mutex
	first *attempt // of the service account, under way; nil: none
}

// attempt is a sign-in that others wait for.
type attempt struct {
	done chan struct{} // closed when err is there
	err  error
}

func newServer(d *Directory, e endpoint) *server {
	s := &server{
		endpoint: e, directory: d, breaker: newBreaker(d.limits, d.now),
	}
	s.persons = newPool(d.limits.Binds, d.limits, d.now, e.connect)
	s.searches = newPool(d.limits.Searches, d.limits, d.now, s.signedIn)
	return s
}

// signedIn returns a new connection on which the service account is signed in.
func (s *server) signedIn(ctx context.Context) (*conn, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.signIn(ctx, c); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// signIn binds as the service account. Of several at a time one goes first and
// the others take its failure for theirs: when the password has been changed,
// all at once would lock the account, and one after the other would wait for a
// server that hangs as many times.
func (s *server) signIn(ctx context.Context, c *conn) error {
	for {
		first, leads := s.attempt()
		if leads {
			first.err = s.tryAccount(ctx, c)
			s.mu.Lock()
			s.first = nil
			s.mu.Unlock()
			close(first.done)
			return first.err
		}
		select {
		case <-first.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		switch {
		case first.err == nil:
			return s.tryAccount(ctx, c)
		case errors.Is(first.err, context.Canceled), errors.Is(first.err, context.DeadlineExceeded):
			// Who went first did not want to wait any longer; we do.
		default:
			return first.err
		}
	}
}

// attempt returns the attempt under way, or a new one to be made.
func (s *server) attempt() (first *attempt, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first, leads = &attempt{done: make(chan struct{})}, true
	}
	return s.first, leads
}

// tryAccount binds as the service account, unless that was refused lately.
func (s *server) tryAccount(ctx context.Context, c *conn) error {
	d := s.directory
	if err := d.account.allowed(); err != nil {
		return err
	}
	answer, result, err := c.bind(ctx, d.bindDN, d.bindPassword)
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	verdict, err := judge(answer, result)
	switch {
	case err != nil:
		return err
	case verdict.Outcome == Right:
		if d.account.wasAccepted() {
			d.tell(Notice{Kind: AccountAccepted, Server: s.url})
		}
		return nil
	}
	reason := error(&Refusal{Operation: "bind", Code: result.Code, Said: result.Diagnostic})
	if verdict.Reason != NoReason {
		reason = fmt.Errorf("%s: %w", verdict.Reason, reason)
	}
	if d.account.wasRefused(reason) {
		d.tell(Notice{Kind: AccountRefused, Server: s.url, Err: reason})
	}
	return fmt.Errorf("%w: %w", ErrAccount, reason)
}

// with does one piece of work on a connection of the pool. An idle connection
// that turns out to be gone is replaced once: servers close them as they like.
func (s *server) with(ctx context.Context, p *pool, work func(*conn) error) error {
	out := s.breaker.whenOpen()
	for fresh := false; ; fresh = true {
		c, err := p.take(ctx, out, fresh)
		if err != nil {
			s.note(ctx, err)
			return err
		}
		c.heard = false
		err = work(c)
		stale := err != nil && c.used && c.broken && !c.heard && ctx.Err() == nil && !isTimeout(err)
		p.giveBack(c)
		if stale && !fresh {
			p.drain()
			continue
		}
		s.note(ctx, err)
		return err
	}
}

// note keeps the breaker's book. What the caller or the account is to blame
// for does not count against the server.
func (s *server) note(ctx context.Context, err error) {
	var own *callerError
	switch {
	case err == nil, errors.As(err, &own):
		s.breaker.succeeded()
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded),
		errors.Is(err, errBusy), errors.Is(err, errOut):
	case errors.Is(err, ErrAccount), !atFault(err):
		s.breaker.succeeded()
	default:
		if s.breaker.failure(err) {
			s.lost(err)
		}
	}
}

func (s *server) probed() {
	if s.breaker.probeSucceeded() {
		s.directory.tell(Notice{Kind: ServerBack, Server: s.url})
	}
}

func (s *server) lost(err error) {
	s.persons.drain()
	s.searches.drain()
	s.directory.tell(Notice{Kind: ServerLost, Server: s.url, Err: err})
}

// probe asks the server for its own description, which needs no account. Any
// answer that is LDAP will do.
func (s *server) probe(ctx context.Context) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.search(ctx, wire.Search{Scope: wire.BaseObject, Attributes: []string{wire.NoAttributes}},
		handler{entry: func(wire.Message, *wire.Entry) error { return nil }})
	if err != nil && atFault(err) {
		return err
	}
	return nil
}
