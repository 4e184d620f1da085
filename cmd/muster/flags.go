package main

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// secretText is a flag whose value is secret, such as a code. It crosses the
// socket as JSON: that is the one way out that it has besides Reveal. It
// prints like every secret.
//
//nolint:recvcheck // decoding changes it; encoding must work on a copy
type secretText struct{ secret.Text }

// Decode implements [kong.MapperValue].
func (f *secretText) Decode(ctx *kong.DecodeContext) error {
	var s string
	err := ctx.Scan.PopValueInto("value", &s)
	f.Text = secret.New(s)
	return err
}

// MarshalJSON reveals the secret, for the socket.
func (f secretText) MarshalJSON() ([]byte, error) { return json.Marshal(f.Reveal()) }

// UnmarshalJSON takes what MarshalJSON made.
func (f *secretText) UnmarshalJSON(b []byte) error {
	var s string
	err := json.Unmarshal(b, &s)
	f.Text = secret.New(s)
	return err
}

// secretFile is a flag that names a file with a secret; "-" is the standard
// input. The client reads the file, because the server may not be able to.
type secretFile struct{ secretText }

// Decode implements [kong.MapperValue].
func (f *secretFile) Decode(ctx *kong.DecodeContext) error {
	var path string
	err := ctx.Scan.PopValueInto("file", &path)
	switch {
	case err != nil:
	case path == "-":
		f.Text, err = config.ReadSecret(os.Stdin, "the standard input")
	default:
		f.Text, err = config.ReadSecretFile(path)
	}
	return err
}

// moment is a flag for an instant in the past: "24h" or "7d" before now, a
// day, or an instant of RFC 3339.
type moment string

// Validate is called by kong.
func (m moment) Validate() error {
	_, err := m.at(clock.Now(), time.UTC)
	return err
}

// at returns the instant, the zero time for an empty moment. A day begins at
// midnight in zone.
func (m moment) at(now time.Time, zone *time.Location) (time.Time, error) {
	s := string(m)
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if d, err := time.ParseDuration(days + "h"); err == nil && d >= 0 {
			return now.Add(-24 * d), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, "not an instant").
			WithHint("for example 24h, 7d, 2025-12-31 or 2025-12-31T16:00:00Z")
	}
	return t, nil
}

var (
	_ kong.MapperValue = (*secretText)(nil)
	_ kong.MapperValue = (*secretFile)(nil)
)
