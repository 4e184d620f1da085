package smtp

import (
	"errors"
	"net/textproto"
	"time"
)

// How long a server that did not accept our password is left alone. Tried again
// with each mail that waits, a wrong one would lock the account.
const (
	shortestPause = time.Minute
	longestPause  = 15 * time.Minute
)

// notAccepted is that the server does not accept the user name and the password,
// and will not by itself.
type notAccepted struct{ error }

func (n notAccepted) Unwrap() error { return n.error }

// isFinal reports whether a server's answer is about what it was asked rather
// than about the moment (RFC 5321 section 4.2.1).
func isFinal(err error) bool {
	answer, ok := errors.AsType[*textproto.Error](err)
	return ok && answer.Code >= 500
}

// pause keeps mails from a server that did not accept us. It belongs to whoever
// talks to the server.
type pause struct {
	why    error // nil: there is none
	over   <-chan time.Time
	length time.Duration // of the last one in a row
}

// reason returns why nothing is tried now, nil if it may be.
func (p *pause) reason() error {
	select {
	case <-p.over:
		p.why = nil
	default:
	}
	return p.why
}

// note takes the result of opening a connection.
func (p *pause) note(err error) {
	if _, refused := errors.AsType[notAccepted](err); !refused {
		*p = pause{}
		return
	}
	p.length = min(max(2*p.length, shortestPause), longestPause)
	p.why, p.over = err, time.After(p.length)
}
