package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

// shortAnswer bounds the answer to a bind or an extended operation, in octets:
// a code and a line of text.
const shortAnswer = 64 << 10

// conn is one connection, used by one caller at a time. After any error but a
// server's refusal it is broken and must be closed: what would come next is
// the answer to an old question.
type conn struct {
	net    net.Conn
	reader *wire.Reader
	limits Limits
	lastID int32
	out    []byte
	broken bool
	heard  bool // whether anything was answered since it was taken from its pool
	used   bool // whether it has been put back into a pool once
	freed  time.Time
}

func newConn(raw net.Conn, limits Limits) *conn {
	return &conn{net: raw, reader: wire.NewReader(raw, shortAnswer), limits: limits}
}

func (c *conn) nextID() int32 {
	c.lastID++
	if c.lastID <= 0 {
		c.lastID = 1
	}
	return c.lastID
}

// close says good-bye where the connection still works.
func (c *conn) close() {
	if !c.broken {
		_ = c.net.SetDeadline(soon(time.Second))
		_, _ = c.net.Write(wire.AppendUnbind(nil, c.nextID()))
	}
	c.broken = true
	c.net.Close()
}

// soon is a deadline for the network, which knows the machine's clock only.
func soon(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // deadlines of connections are compared with the machine's clock
}

// send writes a request and arranges that ctx, too, ends the waiting; done
// must be called when the answer is complete.
func (c *conn) send(ctx context.Context, patience time.Duration, request []byte) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_ = c.net.SetDeadline(soon(patience))
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	if _, err := c.net.Write(request); err != nil {
		stop()
		return nil, c.failed(ctx, err)
	}
	return func() {
		if !stop() {
			c.broken = true // its deadline may be touched from now on
		}
	}, nil
}

// receive returns the next message of the operation in progress.
func (c *conn) receive(ctx context.Context) (wire.Message, error) {
	m, err := c.reader.Next()
	if err != nil {
		return wire.Message{}, c.failed(ctx, err)
	}
	c.heard = true
	if m.ID == 0 && m.Op == wire.ExtendedResponse { // RFC 4511 section 4.4.1
		result, err := m.Result()
		if err != nil {
			return wire.Message{}, c.failed(ctx, err)
		}
		return wire.Message{}, c.failed(ctx, fmt.Errorf("the server ends the connection: %v %s", result.Code, result.Diagnostic))
	}
	if m.ID != c.lastID {
		return wire.Message{}, c.failed(ctx, fmt.Errorf("an answer to another question: %w", wire.ErrMalformed))
	}
	return m, nil
}

// failed marks the connection and prefers the caller's own reason to stop.
func (c *conn) failed(ctx context.Context, err error) error {
	c.broken = true
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the server has closed the connection: %w", err)
	}
	return err
}

// exchange sends a request with one answer, which must be of the kind.
func (c *conn) exchange(ctx context.Context, patience time.Duration, kind wire.Op, request []byte) (wire.Message, error) {
	c.reader.SetLimit(shortAnswer)
	done, err := c.send(ctx, patience, request)
	if err != nil {
		return wire.Message{}, err
	}
	defer done()
	m, err := c.receive(ctx)
	if err == nil && m.Op != kind {
		err = c.failed(ctx, fmt.Errorf("an answer of another kind (%#x): %w", byte(m.Op), wire.ErrMalformed))
	}
	return m, err
}

// bind sends a simple bind. It refuses by itself what a server might take for
// an unauthenticated or anonymous bind (RFC 4513 section 5.1.2), which
// succeeds whoever asks.
func (c *conn) bind(ctx context.Context, name string, password secret.Text) (wire.Message, wire.Result, error) {
	if !mayBind(name, password) {
		return wire.Message{}, wire.Result{Code: wire.InvalidCredentials}, nil
	}
	c.out = wire.AppendBind(c.out[:0], c.nextID(), name, password.Reveal(), wire.Policy())
	answer, err := c.exchange(ctx, c.limits.Operation, wire.BindResponse, c.out)
	clear(c.out)
	if err != nil {
		return wire.Message{}, wire.Result{}, err
	}
	result, err := answer.Result()
	if err != nil {
		return wire.Message{}, wire.Result{}, c.failed(ctx, err)
	}
	return answer, result, nil
}

// handler takes what a search yields. Entries and messages are valid during
// the call only. An error of its own ends the search and is returned.
type handler struct {
	entry func(wire.Message, *wire.Entry) error
	info  func(wire.SyncInfo) error // nil: not expected, passed over
}

// search sends a search and returns its last message. References to other
// servers are passed over. Time-outs count from each piece of the answer; the
// server is asked to give up shortly before, so that a search that is too much
// for it is an answer and does not look as if it were hanging.
func (c *conn) search(ctx context.Context, s wire.Search, h handler) (wire.Message, error) {
	c.reader.SetLimit(c.limits.Message)
	s.TimeLimit = max(1, int32(c.limits.Operation/time.Second)-1)
	c.out = wire.AppendSearch(c.out[:0], c.nextID(), s)
	done, err := c.send(ctx, c.limits.Operation, c.out)
	if err != nil {
		return wire.Message{}, err
	}
	defer done()
	var entry wire.Entry
	for {
		if !c.reader.Buffered() && ctx.Err() == nil {
			_ = c.net.SetReadDeadline(soon(c.limits.Operation))
		}
		m, err := c.receive(ctx)
		if err != nil {
			return wire.Message{}, err
		}
		switch m.Op {
		case wire.SearchEntry:
			if err = m.ReadEntry(&entry); err == nil {
				err = ownError(h.entry(m, &entry))
			}
		case wire.SearchReference:
		case wire.Intermediate:
			err = h.intermediate(m)
		case wire.SearchDone:
			result, err := m.Result()
			if err != nil {
				return wire.Message{}, c.failed(ctx, err)
			}
			return m, refused("search", result)
		default:
			err = fmt.Errorf("an answer of another kind (%#x): %w", byte(m.Op), wire.ErrMalformed)
		}
		if err != nil {
			c.broken = true // the rest of the answer stays unread
			return wire.Message{}, err
		}
	}
}

func (h handler) intermediate(m wire.Message) error {
	if h.info == nil {
		return nil
	}
	info, err := m.SyncInfo()
	if err != nil {
		return err
	}
	return ownError(h.info(info))
}

// callerError is the error of a caller's own function, which speaks against no
// server.
type callerError struct{ err error }

func (e *callerError) Error() string { return e.err.Error() }
func (e *callerError) Unwrap() error { return e.err }

func ownError(err error) error {
	if err == nil {
		return nil
	}
	return &callerError{err}
}
