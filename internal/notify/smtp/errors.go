package smtp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"
	"time"
	"unicode"

	"example.com/muster/internal/notify"
)

// stage is how far a mail transaction got.
type stage string

const (
	atSender    stage = "the sender"
	atRecipient stage = "the address"
	atContent   stage = "the mail"
)

// reply is a refusal by the server; the connection is still good.
type reply struct{ error }

func (r reply) Unwrap() error { return r.error }

// isReply reports whether the server has answered, so that the connection can
// be used again.
func isReply(err error) bool {
	_, ok := errors.AsType[reply](err)
	return ok
}

// gone is the end of a connection before the server took anything.
type gone struct{ error }

func (g gone) Unwrap() error { return g.error }

func isGone(err error) bool {
	_, ok := errors.AsType[gone](err)
	return ok
}

// failed says what an error of a mail transaction means (RFC 5321 section
// 4.2.1): 5yz is permanent, and about the address if that is what the server
// was asked about; everything else may be better later.
func failed(at stage, err error) error {
	answer, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		broken := fmt.Errorf("the mail server ended the connection at %s: %w", at, err)
		if at != atContent && isEnd(err) {
			return gone{broken}
		}
		return broken
	}
	told := fmt.Errorf("the mail server refuses %s: %s", at, words(err))
	switch {
	case answer.Code == 421: // section 3.8: it ends the connection
		if at == atSender {
			return gone{told}
		}
		return told
	case answer.Code < 500 || answer.Code > 599:
		return reply{told}
	case at == atRecipient:
		return notify.BadAddress(reply{told})
	default:
		return notify.Permanent(reply{told})
	}
}

func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// refused tells of a step that failed, and returns the error of the whole, which
// stands beside each mail that waits: with what helps, if anything is known to.
func refused(tell func(notify.Step), name, finding, hint string, cause error) error {
	tell(notify.Step{Name: name, Finding: finding, Hint: hint})
	if hint != "" {
		finding += "; " + hint
	}
	return &stepError{text: finding, cause: cause}
}

// stepError is why no connection came about. It is never permanent: the mail
// is not at fault.
type stepError struct {
	text  string
	cause error
}

func (e *stepError) Error() string { return e.text }
func (e *stepError) Unwrap() error { return e.cause }

// words returns what the server said, or what went wrong with the connection.
func words(err error) string {
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Sprintf("%d %s", answer.Code, oneLine(answer.Msg))
	}
	if errors.Is(err, io.EOF) {
		return "it ended the connection"
	}
	return plain(err)
}

// plain is the innermost text of a network error: the outer ones repeat
// addresses.
func plain(err error) string {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "no answer in time"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return oneLine(e.Err)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return oneLine(e.Err.Error())
	}
	return oneLine(err.Error())
}

// oneLine makes what a server says fit to be shown and kept.
func oneLine(s string) string {
	const longest = 300
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}

// farewell is how long a polite end may take: nobody waits for it gladly.
func farewell() time.Time {
	const patience = 2 * time.Second
	return time.Now().Add(patience) //nolint:forbidigo // a deadline of a connection is by the machine's clock
}
