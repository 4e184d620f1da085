package notify

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
)

// Address is who a mail goes to.
type Address struct {
	Name string // may be empty
	Mail string // addr-spec alone (RFC 5322 section 3.4.1): "alice@example.com"
}

// Envelope is a message with its words, ready for a transport. The two bodies
// say the same; they may hold a code or a link that must not reach a log.
type Envelope struct {
	ID       id.ID // of the message, the same at each attempt: a transport can tell a repetition
	Kind     Kind
	To       Address
	Language string    // BCP 47
	At       time.Time // when the message was queued
	Subject  string    // holds no secret
	Text     secret.Text
	HTML     secret.Text
	Logo     *Picture // that HTML shows as cid:logo; nil: none
}

// Transport carries mail away.
type Transport interface {
	// Send hands e over, and returns when that is certain. An error made by
	// [Permanent] means that trying again is of no use; after every other
	// error nothing was handed over, as far as the transport knows. A
	// transport that is sent the same ID twice should keep it from arriving
	// twice where it can.
	Send(ctx context.Context, e Envelope) error
}

// permanentError is an error that trying again does not mend.
type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }
func (e *permanentError) Unwrap() error { return e.cause }

// Permanent marks err as one that trying again does not mend. It returns nil
// for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err is marked so.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// unsureError is the loss of an answer.
type unsureError struct{ cause error }

func (e *unsureError) Error() string { return e.cause.Error() }
func (e *unsureError) Unwrap() error { return e.cause }

// Unsure marks err as one after which nobody knows whether the mail was taken.
// It returns nil for nil.
func Unsure(err error) error {
	if err == nil {
		return nil
	}
	return &unsureError{err}
}

// IsUnsure reports whether err is marked so.
func IsUnsure(err error) bool {
	_, ok := errors.AsType[*unsureError](err)
	return ok
}

// badAddressError is an error about the address of the person.
type badAddressError struct{ cause error }

func (e *badAddressError) Error() string { return e.cause.Error() }
func (e *badAddressError) Unwrap() error { return e.cause }

// BadAddress marks err as one about the person's address: it is permanent until
// somebody corrects the address. It returns nil for nil.
func BadAddress(err error) error {
	if err == nil {
		return nil
	}
	return Permanent(&badAddressError{err})
}

// IsBadAddress reports whether err is marked so.
func IsBadAddress(err error) bool {
	_, ok := errors.AsType[*badAddressError](err)
	return ok
}

// Off is the transport of an installation that sends no mail: each message is
// given up at once, so that its body is not kept for nothing.
type Off struct{}

// Send implements [Transport].
func (Off) Send(context.Context, Envelope) error {
	return Permanent(errors.New(ProblemOff))
}

// Check refuses an envelope that could write header lines of its own, or whose
// address no mail can reach. Every transport calls it before anything else.
// The error is permanent and repeats nothing of the address.
func (e Envelope) Check() error {
	switch {
	case !headerSafe(e.Subject), e.Subject == "":
		return Permanent(errors.New(ProblemSubjectLines))
	case !headerSafe(e.To.Name):
		return Permanent(errors.New(ProblemNameLines))
	case !ValidAddress(e.To.Mail):
		return BadAddress(errors.New(ProblemMalformed))
	}
	return nil
}

// ValidAddress reports whether s is a mail address and nothing else: no name,
// no list, no comment, no line break.
func ValidAddress(s string) bool {
	const longest = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets
	if len(s) > longest || !headerSafe(s) || strings.ContainsAny(s, " <>,;\"") {
		return false
	}
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Name == "" && parsed.Address == s
}

// headerSafe reports whether s can stand in one header line.
func headerSafe(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// Step is one step on the way of a mail, and how it went.
type Step struct {
	Name    string // "TLS"
	OK      bool
	Finding string // what was found, for administrators
	Hint    string // what to do about it; may be empty
}

// Tester is a transport that can say where a mail gets stuck.
type Tester interface {
	Transport

	// Test sends e and returns how each step went, in order. A step that
	// failed is the last.
	Test(ctx context.Context, e Envelope) []Step
}
