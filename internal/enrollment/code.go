package enrollment

import (
	"encoding/binary"
	"strings"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

// The lengths of an invitation's code, in characters.
const (
	CodeLength  = 8  // for people to type; short-lived or of little power
	SetUpLength = 26 // makes an administrator: 128 bits, for links
)

// codeAlphabet has no pair that looks alike: no 0 and O, no 1, I and L.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeFrom returns a code of up to 28 characters, each drawn evenly from the
// bits of sum: 8 octets are good for 7 characters.
func codeFrom(sum [32]byte, length int) string {
	const n, chunk = uint64(len(codeAlphabet)), 7
	b := make([]byte, length)
	var bits uint64
	for i := range b {
		if i%chunk == 0 {
			bits = binary.BigEndian.Uint64(sum[i/chunk*8:])
		}
		b[i] = codeAlphabet[bits%n]
		bits /= n
	}
	return string(b)
}

// FormatCode returns the code as it is shown: two groups of four, a long one
// as it is.
func FormatCode(code string) string {
	if len(code) != CodeLength {
		return code
	}
	return code[:CodeLength/2] + "-" + code[CodeLength/2:]
}

// NormalizeCode returns what was typed as a code was made: capitals, without
// separators. ok is false for what can be no code.
func NormalizeCode(typed string) (code string, ok bool) {
	if len(typed) > 4*SetUpLength {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case r == ' ' || r == '-' || r == '\u2011' || r == '\u2013':
		case strings.ContainsRune(codeAlphabet, r):
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return b.String(), b.Len() == CodeLength || b.Len() == SetUpLength
}

// DeriveCode returns the code of the invitation, or of the waiting attempt,
// with this identifier. It is derived rather than drawn, so that a door can
// show it again without anything stored that would open it.
func DeriveCode(keys *keyring.Ring, of id.ID) secret.Text {
	return secret.New(codeFrom(keys.MAC("invitation", octets(of)), CodeLength))
}

// DeriveSetUpCode returns the code of the set-up invitation with this
// identifier.
func DeriveSetUpCode(keys *keyring.Ring, of id.ID) secret.Text {
	return secret.New(codeFrom(keys.MAC("set-up", octets(of)), SetUpLength))
}

// HashCode returns what is stored of a code, as NormalizeCode returned it.
func HashCode(keys *keyring.Ring, code secret.Text) CodeHash {
	sum := keys.MAC("invitation code", []byte(code.Reveal()))
	return CodeHash(sum[:16])
}

func octets(i id.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }
