// Package problem owns errors with two faces: a public one that an
// administrator or a person may read, and a private cause for the log.
//
// It must not know any protocol: each door maps a [Kind] to its own answer,
// once. An error that is not a problem is [Internal], and its text stays
// inside.
package problem

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what sort of trouble it is.
type Kind int

// The kinds. The zero value is Internal, so that a forgotten kind tells
// nothing outside.
const (
	Internal    Kind = iota // our fault, or unknown
	Invalid                 // the input is wrong; the text says how
	NotFound                // what was named does not exist
	Conflict                // it exists already, or changed meanwhile
	Forbidden               // the caller may not do this
	Unavailable             // something we need is away; try again later
)

// String returns the kind's name as used in logs.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Forbidden:
		return "forbidden"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is an error with a public face.
type Error struct {
	Kind   Kind
	Public string // lower case, no period: "no user is named alice"
	Hint   string // what to do about it; may be empty
	Cause  error  // for the log only; may be nil
}

// Error returns both faces, for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Public + ": " + e.Cause.Error()
	}
	return e.Public
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a problem from a format. The text is public.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Public: fmt.Sprintf(format, args...)}
}

// Wrap gives cause a public face.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Public: fmt.Sprintf(format, args...), Cause: cause}
}

// WithHint returns a copy of e that says what to do about it.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// KindOf returns the kind of the first problem in err's chain, Internal if
// there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Public returns what may be shown of err: the text and hint of the first
// problem in its chain, unless that is Internal: then "internal error".
func Public(err error) (text, hint string) {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Public, e.Hint
	}
	return "internal error", ""
}

// FromStore gives an error of a database its public face, unless it has one,
// or whoever asked has given up. Nil stays nil.
func FromStore(err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return Wrap(Unavailable, err, "the database cannot be asked right now")
}
