// Package secret owns the types for values that must never be printed:
// passwords, shared secrets, keys and codes.
//
// A secret can be compared and revealed, on purpose and by name. Every other
// way out (fmt in all its verbs, slog, JSON, text encoding) yields "[secret]".
// The package must not know what a secret is used for.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[secret]"

// Text is a secret string. The zero value is empty.
type Text struct{ value string }

// New wraps s.
func New(s string) Text { return Text{value: s} }

// Reveal returns the secret itself. Every call is a place for review.
func (t Text) Reveal() string { return t.value }

// Empty reports whether there is nothing to hide.
func (t Text) Empty() bool { return t.value == "" }

// Equal compares in time that depends on the lengths only.
func (t Text) Equal(other Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.value), []byte(other.value)) == 1
}

// Format implements [fmt.Formatter]: no verb or flag shows the value.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String implements [fmt.Stringer].
func (t Text) String() string { return redacted }

// LogValue implements [slog.LogValuer].
func (t Text) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], and so JSON and YAML.
func (t Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Bytes is a secret byte string: a key, a TOTP seed. The zero value is empty.
type Bytes struct{ value []byte }

// NewBytes wraps b without copying it.
func NewBytes(b []byte) Bytes { return Bytes{value: b} }

// Reveal returns the secret itself, not a copy.
func (b Bytes) Reveal() []byte { return b.value }

// Empty reports whether there is nothing to hide.
func (b Bytes) Empty() bool { return len(b.value) == 0 }

// Equal compares in time that depends on the lengths only.
func (b Bytes) Equal(other Bytes) bool {
	return subtle.ConstantTimeCompare(b.value, other.value) == 1
}

// Format implements [fmt.Formatter]: no verb or flag shows the value.
func (b Bytes) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String implements [fmt.Stringer].
func (b Bytes) String() string { return redacted }

// LogValue implements [slog.LogValuer].
func (b Bytes) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], and so JSON and YAML.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(redacted), nil }
