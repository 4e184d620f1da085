package ldap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

// Directory is one configured directory: servers that hold the same people.
// It is safe for concurrent use.
type Directory struct {
	servers      []*server // the preferred one first
	bindDN       string
	bindPassword secret.Text
	limits       Limits
	now          func() time.Time
	notice       func(Notice)
	account      account
	sessions     chan struct{}

	stop    context.CancelFunc
	watches sync.WaitGroup
}

// New checks the configuration and begins to watch the servers; it asks
// nothing yet, so a directory may be down. Close ends the watching.
func New(cfg Config) (*Directory, error) {
	cfg.Limits = cfg.Limits.withDefaults()
	switch {
	case len(cfg.Servers) == 0:
		return nil, ErrNoServer
	case !mayBind(cfg.BindDN, cfg.BindPassword):
		return nil, ErrNoAccount
	}
	d := &Directory{
		bindDN: cfg.BindDN, bindPassword: cfg.BindPassword,
		limits: cfg.Limits, now: cfg.Now, notice: cfg.Notice,
		account:  account{limits: cfg.Limits, now: cfg.Now},
		sessions: make(chan struct{}, cfg.Limits.Sessions),
	}
	for _, address := range cfg.Servers {
		e, err := newEndpoint(address, cfg)
		if err != nil {
			return nil, err
		}
		d.servers = append(d.servers, newServer(d, e))
	}
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	for _, s := range d.servers {
		d.watches.Go(func() { s.watch(ctx) })
	}
	return d, nil
}

// Close ends the watching and closes idle connections. What is under way ends
// by itself.
func (d *Directory) Close() {
	d.stop()
	d.watches.Wait()
	for _, s := range d.servers {
		s.persons.close()
		s.searches.close()
	}
}

func (d *Directory) tell(n Notice) {
	if d.notice != nil {
		d.notice(n)
	}
}

// watch looks at a server that nobody uses, and tries one again that is out of
// use, so that no person has to find out.
func (s *server) watch(ctx context.Context) {
	for {
		wait, open := s.breaker.dueIn()
		opened := s.breaker.whenOpen()
		if open {
			opened = nil // known already
		}
		select {
		case <-time.After(min(max(wait, s.limits.Probe/2), s.limits.Check)):
		case <-opened:
		case <-ctx.Done():
			return
		}
		s.persons.tidy()
		s.searches.tidy()
		if wait, open = s.breaker.dueIn(); wait > 0 {
			continue
		}
		err := s.probe(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.probed()
		case open:
			s.breaker.probeFailed(err)
		default:
			if s.breaker.failure(err) {
				s.lost(err)
			}
		}
	}
}

// Bind asks whether the password is right for the entry that is named by its
// distinguished name (with Active Directory also user@domain or DOMAIN\user).
// An empty password is wrong without asking. The error means that nobody could
// be asked: ErrUnavailable, ErrClosed, the context's, or what a server answers
// instead.
func (d *Directory) Bind(ctx context.Context, name string, password secret.Text) (Verdict, error) {
	if !mayBind(name, password) {
		return Verdict{}, nil
	}
	var verdict Verdict
	err := d.each(ctx, func(s *server) error {
		return s.with(ctx, s.persons, func(c *conn) error {
			answer, result, err := c.bind(ctx, name, password)
			if err != nil {
				return err
			}
			verdict, err = judge(answer, result)
			verdict.Server = s.url
			return err
		})
	})
	if err != nil {
		return Verdict{}, err
	}
	return verdict, nil
}

// Search runs one search as the service account and calls each for every
// entry, which is valid during the call only. With a page size above zero it
// fetches page after page. The error of each ends the search and is returned;
// after any error the entries seen are not all there are.
func (d *Directory) Search(ctx context.Context, s wire.Search, pageSize int, each func(*wire.Entry) error) error {
	return d.each(ctx, func(server *server) error {
		begun := false
		err := server.with(ctx, server.searches, func(c *conn) error {
			return c.pages(ctx, s, pageSize, func(e *wire.Entry) error {
				begun = true
				return each(e)
			})
		})
		if err != nil && begun {
			return &finalError{err}
		}
		return err
	})
}

// each tries the servers in use, in their order, until one has answered.
func (d *Directory) each(ctx context.Context, ask func(*server) error) error {
	var reasons serverErrors
	for _, s := range d.servers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if open, lastErr := s.breaker.open(); open {
			reasons = append(reasons, fmt.Errorf("%s is out of use: %w", s.url, lastErr))
			continue
		}
		err := ask(s)
		if err == nil {
			return nil
		}
		var final *finalError
		switch {
		case errors.As(err, &final):
			return fmt.Errorf("%s: %w", s.url, final.err)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrAccount):
			return err
		case !atFault(err):
			return fmt.Errorf("%s: %w", s.url, err)
		}
		reasons = append(reasons, fmt.Errorf("%s: %w", s.url, err))
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, reasons)
}

// serverErrors are why each server could not be asked, on one line: they are
// shown in tables and mails.
type serverErrors []error

func (e serverErrors) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (e serverErrors) Unwrap() []error { return e }

// finalError must not be answered by asking another server: entries have been
// handed out.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
