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
	LongestPass = 48 // a temporary pass has from CodeLength to this
)

// codeAlphabet has no pair that looks alike: no 0 and O, no 1, I and L.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeFrom returns a code, each character drawn evenly from the bits of sum: 8
// octets are good for 7 characters.
func codeFrom(sum []byte, length int) string {
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

// FormatCode returns the code as it is shown: in groups of four, that of a
// set-up link as it is.
func FormatCode(code string) string {
	const group = 4
	if len(code) == SetUpLength {
		return code
	}
	var b strings.Builder
	for i := range len(code) {
		if i > 0 && i%group == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(code[i])
	}
	return b.String()
}

// NormalizeCode returns what was typed as a code was made: capitals, without
// separators. ok is false for what can be no code.
func NormalizeCode(typed string) (code string, ok bool) {
	if len(typed) > 4*LongestPass {
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
	return b.String(), b.Len() >= CodeLength && b.Len() <= LongestPass
}

// DeriveCode returns the code of the invitation, or of the waiting attempt,
// with this identifier. It is derived rather than drawn, so that a door can
// show it again without anything stored that would open it.
func DeriveCode(keys *keyring.Ring, of id.ID) secret.Text {
	sum := keys.MAC("invitation", octets(of))
	return secret.New(codeFrom(sum[:], CodeLength))
}

// DerivePass returns the code of the temporary pass with this identifier.
func DerivePass(keys *keyring.Ring, of id.ID, length int) secret.Text {
	one, more := keys.MAC("pass", octets(of)), keys.MAC("long pass", octets(of))
	return secret.New(codeFrom(append(one[:], more[:]...), length))
}

// DeriveSetUpCode returns the code of the set-up invitation with this
// identifier.
func DeriveSetUpCode(keys *keyring.Ring, of id.ID) secret.Text {
	sum := keys.MAC("set-up", octets(of))
	return secret.New(codeFrom(sum[:], SetUpLength))
}

// HashCode returns what is stored of a code, as NormalizeCode returned it.
func HashCode(keys *keyring.Ring, code secret.Text) CodeHash {
	sum := keys.MAC("invitation code", []byte(code.Reveal()))
	return CodeHash(sum[:16])
}

func octets(i id.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }
