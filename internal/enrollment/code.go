package enrollment

import (
	"encoding/binary"
	"strings"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

// CodeLength is the length of an invitation's code, in characters.
const CodeLength = 8

// codeAlphabet has no pair that looks alike: no 0 and O, no 1, I and L.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeFrom returns a code that is drawn evenly from the bits of sum, of which
// 16 octets are used.
func codeFrom(sum [32]byte) string {
	const n = uint64(len(codeAlphabet))
	hi, lo := binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])
	var b [CodeLength]byte
	for i := range b {
		if i < CodeLength/2 {
			b[i] = codeAlphabet[hi%n]
			hi /= n
		} else {
			b[i] = codeAlphabet[lo%n]
			lo /= n
		}
	}
	return string(b[:])
}

// FormatCode returns the code as it is shown: two groups of four.
func FormatCode(code string) string {
	if len(code) != CodeLength {
		return code
	}
	return code[:CodeLength/2] + "-" + code[CodeLength/2:]
}

// NormalizeCode returns what was typed as a code was made: capitals, without
// separators. ok is false for what can be no code.
func NormalizeCode(typed string) (code string, ok bool) {
	if len(typed) > 4*CodeLength {
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
	return b.String(), b.Len() == CodeLength
}

// DeriveCode returns the code of the invitation, or of the waiting attempt,
// with this identifier. It is derived rather than drawn, so that a door can
// show it again without anything stored that would open it.
func DeriveCode(keys *keyring.Ring, of id.ID) secret.Text {
	return secret.New(codeFrom(keys.MAC("invitation", octets(of))))
}

// HashCode returns what is stored of a code, as NormalizeCode returned it.
func HashCode(keys *keyring.Ring, code secret.Text) CodeHash {
	sum := keys.MAC("invitation code", []byte(code.Reveal()))
	return CodeHash(sum[:16])
}

func octets(i id.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }
