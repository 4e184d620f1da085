// Package recovery owns recovery codes: a short list, shown once, each good
// for one sign-in without the usual factor.
//
// It makes codes, reads them as people type them and finds them among the
// hashes kept. It must not know where hashes are kept or when a code may be
// used.
package recovery

import (
	"crypto/subtle"
	"io"
	"strings"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// How many codes a person gets.
const (
	DefaultCount = 10
	MinCount     = 4
	MaxCount     = 20
)

const (
	// alphabet is Crockford's: no two of its 32 characters look alike. O is
	// read as 0, I and L as 1; U is left out, so that no code is a rude word.
	alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

	// length is in characters, of five bits each: 50 bits. Codes are hashed
	// with a key (see [Keyed]), so that needs no slow hash.
	length     = 10
	groupAfter = 5

	purpose = "recovery code"
)

// Hash is what is kept of a code.
type Hash [32]byte

// Keyed is a keyed hash that tells purposes and lists of parts apart, such as
// the keyring's MAC. Without its key, hashes tell nothing about codes.
type Keyed func(purpose string, parts ...[]byte) [32]byte

// Generate returns count different codes from random, which is
// crypto/rand.Reader but in tests, as people see them: "abcde-fghjk". A count
// outside [MinCount] and [MaxCount] is a [problem.Invalid].
func Generate(random io.Reader, count int) ([]secret.Text, error) {
	if count < MinCount || count > MaxCount {
		return nil, problem.New(problem.Invalid, "a person has %d to %d recovery codes", MinCount, MaxCount)
	}
	codes := make([]secret.Text, 0, count)
	seen := make(map[string]bool, count)
	for len(codes) < count {
		var raw [length]byte
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return nil, problem.Wrap(problem.Internal, err, "making recovery codes")
		}
		for i, b := range raw {
			raw[i] = alphabet[b%32] // 32 divides 256: no character is likelier
		}
		code := string(raw[:])
		if seen[code] {
			continue
		}
		seen[code] = true
		codes = append(codes, secret.New(code[:groupAfter]+"-"+code[groupAfter:]))
	}
	return codes, nil
}

// HashOf returns what to keep of a code. It is bound to its owner, so that a
// hash moved to another person fits no code of theirs. A text that is no code
// is a [problem.Invalid] without the text.
func HashOf(keyed Keyed, owner string, code secret.Text) (Hash, error) {
	plain, ok := normalise(code)
	if !ok {
		return Hash{}, problem.New(problem.Invalid, "this is no recovery code")
	}
	return keyed(purpose, []byte(owner), plain[:]), nil
}

// Match finds a code, as typed, among the hashes of owner. It looks at all of
// them, in a time that depends on their number only. The caller must consume
// the hash by compare-and-set.
func Match(keyed Keyed, owner string, hashes []Hash, code secret.Text) (index int, ok bool) {
	plain, valid := normalise(code)
	typed := keyed(purpose, []byte(owner), plain[:])
	matched := 0
	for i, h := range hashes {
		same := subtle.ConstantTimeCompare(h[:], typed[:])
		index = subtle.ConstantTimeSelect(same, i, index)
		matched |= same
	}
	return index, valid && matched == 1
}

// LooksLikeCode reports whether text has the form of a recovery code. Codes of
// authenticators, which are digits only and shorter, never do.
func LooksLikeCode(text secret.Text) bool {
	_, ok := normalise(text)
	return ok
}

// normalise reads a code as people type it: in any case, with spaces and
// hyphens anywhere, with the look-alikes of what the alphabet has.
func normalise(code secret.Text) (plain [length]byte, ok bool) {
	const longest = 64 // octets; with generous spacing a code has fewer
	text := code.Reveal()
	if len(text) > longest {
		return plain, false
	}
	n := 0
	for _, r := range text {
		switch r {
		case ' ', '\t', '\r', '\n', '-', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case 'o', 'O':
			r = '0'
		case 'i', 'I', 'l', 'L':
			r = '1'
		}
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		if n == length || !strings.ContainsRune(alphabet, r) {
			return [length]byte{}, false
		}
		plain[n] = byte(r)
		n++
	}
	if n < length {
		return [length]byte{}, false
	}
	return plain, true
}
