package totp

import (
	"encoding/base32"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

const (
	minKeySize  = 10  // octets: 80 bits, what RFC 4226 authors once issued and imports bring
	maxKeySize  = 128 // octets: a block of SHA-512
	groupLength = 4   // characters of a key shown together
)

var base32Alphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// KeySize returns how long a fresh secret is, in octets: the output of the
// hash, as RFC 4226 section 4 (R6) and RFC 6238 section 5.1 recommend.
func (a Algorithm) KeySize() int {
	switch a {
	case SHA256:
		return 32
	case SHA512:
		return 64
	default:
		return 20
	}
}

// Generate returns a fresh secret from random, which is crypto/rand.Reader but
// in tests. An error is random's.
func Generate(random io.Reader, p Params) (secret.Bytes, error) {
	key := make([]byte, p.Algorithm.KeySize())
	if _, err := io.ReadFull(random, key); err != nil {
		return secret.Bytes{}, problem.Wrap(problem.Internal, err, "making a TOTP secret")
	}
	return secret.NewBytes(key), nil
}

// FormatBase32 returns the secret as people type it: base32 in groups of four,
// without padding.
func FormatBase32(key secret.Bytes) secret.Text {
	plain := base32Alphabet.EncodeToString(key.Reveal())
	var b strings.Builder
	for i := 0; i < len(plain); i += groupLength {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(plain[i:min(i+groupLength, len(plain))])
	}
	return secret.New(b.String())
}

// ParseBase32 reads a secret as other systems write it: in any case, with or
// without spaces, hyphens and padding, of 80 to 1024 bits. The
// [problem.Invalid] it returns otherwise has nothing of the text in it.
func ParseBase32(text secret.Text) (secret.Bytes, error) {
	const longest = 4 * maxKeySize // characters, with spaces and padding
	if len(text.Reveal()) > longest {
		return secret.Bytes{}, problem.New(problem.Invalid, "the TOTP secret has more than %d bits", 8*maxKeySize)
	}
	compact := strings.Map(func(r rune) rune {
		if isSpace(r) || r == '-' {
			return -1
		}
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text.Reveal())
	compact = strings.TrimRight(compact, "=")
	key, err := base32Alphabet.DecodeString(compact)
	switch {
	case err != nil || base32Alphabet.EncodedLen(len(key)) != len(compact): // it overlooks a cut last group
		return secret.Bytes{}, problem.New(problem.Invalid, "the TOTP secret is no base32").
			WithHint("it has the letters A to Z and the digits 2 to 7")
	case len(key) < minKeySize:
		return secret.Bytes{}, problem.New(problem.Invalid, "the TOTP secret has less than %d bits", 8*minKeySize)
	case len(key) > maxKeySize:
		return secret.Bytes{}, problem.New(problem.Invalid, "the TOTP secret has more than %d bits", 8*maxKeySize)
	}
	return secret.NewBytes(key), nil
}

// URI returns the otpauth address that authenticator apps scan, in the Key URI
// format (github.com/google/google-authenticator/wiki/Key-Uri-Format). It is
// as secret as the key in it. Colons in the names, which the format has no
// place for, become spaces.
func URI(issuer, account string, key secret.Bytes, p Params) secret.Text {
	issuer, account = escape(issuer), escape(account)
	label := account
	if issuer != "" {
		label = issuer + ":" + account
	}
	// Written by hand: url.Values sorts, and writes a space as "+", which
	// some apps show to the person.
	uri := "otpauth://totp/" + label + "?secret=" + base32Alphabet.EncodeToString(key.Reveal())
	if issuer != "" {
		uri += "&issuer=" + issuer
	}
	return secret.New(uri + "&algorithm=" + p.Algorithm.String() +
		"&digits=" + strconv.Itoa(p.Digits) +
		"&period=" + strconv.FormatInt(int64(p.Period/time.Second), 10))
}

// escape percent-encodes all but unreserved characters, good for a label and
// a parameter alike.
func escape(name string) string {
	name = strings.TrimSpace(strings.ReplaceAll(name, ":", " "))
	return strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
