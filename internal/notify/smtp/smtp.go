// Package smtp carries mail to a mail server.
//
// It owns the connection: how it is secured, who we are there, that it is used
// again for the next mail, and what the server's answers mean. It must not
// know what a mail says, nor when it is sent again.
//
// Standards: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (implicit TLS),
// RFC 4954 (AUTH), RFC 5802 and 7677 (SCRAM), RFC 6531 (SMTPUTF8).
package smtp

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/secret"
)

// Security is how a connection is secured.
type Security string

// The ways. Without TLS a password or a code would travel in clear: only to a
// server on the same machine.
const (
	StartTLS Security = "starttls" // in clear until both agree on TLS, which must happen
	TLS      Security = "tls"      // from the first octet
	None     Security = "none"
)

// Options say which server it is. Host, Port, Security, From and Hello are
// required.
type Options struct {
	Host     string
	Port     int
	Security Security
	Username string // empty: no AUTH
	Password secret.Text
	From     notify.Address
	Hello    string         // the name that we give for ourselves
	Roots    *x509.CertPool // nil: those of the system
}

const (
	// idleAfter ends a connection that nothing needs: servers end it too, and
	// less politely.
	idleAfter = 20 * time.Second
	// stepTimeout bounds a connection's opening where ctx does not.
	stepTimeout = 15 * time.Second
)

// Server is a mail server. It holds one connection, which all mails take one
// after the other. It is safe for concurrent use.
type Server struct {
	o Options

	turn chan struct{} // holds one token: whoever has it talks to the server
	open *connection   // nil: none; belongs to whoever has the token, as the next does
	rest pause
	idle *time.Timer
}

// New returns a transport to a mail server. Nothing is connected yet.
func New(o Options) (*Server, error) {
	if !notify.ValidAddress(o.From.Mail) {
		return nil, errors.New("smtp: the sender's address is malformed")
	}
	s := &Server{o: o, turn: make(chan struct{}, 1)}
	s.idle = time.AfterFunc(idleAfter, s.endIdle)
	s.idle.Stop()
	return s, nil
}

// Close ends the connection, after the mail under way.
func (s *Server) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.idle.Stop()
	s.hangUp(true)
	return nil
}

func (s *Server) address() string { return net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)) }

// Send implements [notify.Transport]. A mail that the server has taken, but
// whose confirmation was lost, is sent again by whoever calls: under the same
// Message-ID.
func (s *Server) Send(ctx context.Context, e notify.Envelope) error {
	mail, err := e.Compose(s.o.From)
	if err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.idle.Stop()
	defer s.idle.Reset(idleAfter)
	used := s.open != nil
	err = s.transact(ctx, e.To.Mail, mail)
	if used && isGone(err) && ctx.Err() == nil {
		err = s.transact(ctx, e.To.Mail, mail) // it had ended the connection meanwhile: nothing was handed over
	}
	return err
}

// transact hands one mail over.
func (s *Server) transact(ctx context.Context, to string, mail []byte) error {
	if s.open == nil {
		if err := s.rest.reason(); err != nil {
			return err
		}
		c, err := s.connect(ctx, func(notify.Step) {})
		s.rest.note(err)
		if err != nil {
			return err
		}
		s.open = c
	}
	release := s.open.bound(ctx)
	err := s.open.deliver(s.o.From.Mail, to, mail)
	release()
	switch {
	case err == nil:
	case isReply(err):
		if s.open.client.Reset() != nil {
			s.hangUp(false)
		}
	default:
		s.hangUp(false)
	}
	return err
}

// hangUp forgets the connection, with a farewell if there is time for one.
func (s *Server) hangUp(politely bool) {
	if s.open == nil {
		return
	}
	s.open.end(politely)
	s.open = nil
}

// endIdle ends a connection that nobody has used for a while.
func (s *Server) endIdle() {
	select {
	case s.turn <- struct{}{}:
		s.hangUp(true)
		<-s.turn
	default: // somebody is using it
	}
}

// connection is a session with a server that has accepted us.
type connection struct {
	conn   net.Conn // below TLS: its deadlines hold for all
	client *gosmtp.Client
}

// bound lets ctx end whatever the connection does, until release.
func (c *connection) bound(ctx context.Context) (release func()) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.conn.SetDeadline(deadline) // a connection that is gone says so at the next octet
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	return func() {
		if stop() {
			_ = c.conn.SetDeadline(time.Time{})
		}
	}
}

func (c *connection) end(politely bool) {
	if politely {
		_ = c.conn.SetDeadline(farewell())
		if c.client.Quit() == nil {
			return
		}
	}
	_ = c.client.Close() // whatever it says, the connection is of no more use
}

// errNoUTF8 is for an administrator: no header and no command can name the
// address to this server.
var errNoUTF8 = errors.New(notify.ProblemNoUTF8)

// deliver is one mail transaction (RFC 5321 section 3.3).
func (c *connection) deliver(from, to string, mail []byte) error {
	to, err := notify.OnTheWire(to)
	if err != nil {
		return reply{err}
	}
	plain := notify.IsASCII(from + to)
	if offered, _ := c.client.Extension("SMTPUTF8"); !plain && !offered {
		return notify.BadAddress(reply{errNoUTF8})
	}
	c.client.SkipSMTPUTF8(plain)
	if err := c.client.Mail("<" + from + ">"); err != nil {
		return failed(atSender, err)
	}
	if err := c.client.Rcpt("<" + to + ">"); err != nil {
		return failed(atRecipient, err)
	}
	w, err := c.client.Data()
	if err != nil {
		return failed(atContent, err)
	}
	if _, err := w.Write(mail); err != nil {
		return failed(atContent, lost(err))
	}
	if err := w.Close(); err != nil {
		err = lost(err)
		if _, answered := errors.AsType[*textproto.Error](err); !answered {
			err = notify.Unsure(err)
		}
		return failed(atContent, err)
	}
	return nil
}

// lost keeps the end of a connection after the content has begun from looking
// like one before it: the server may have the mail.
func lost(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the connection ended before the answer")
	}
	return err
}
