// Package totp owns time-based one-time codes: their arithmetic (RFC 6238 over
// RFC 4226), the making and reading of secrets, and the otpauth address that
// authenticator apps scan.
//
// It judges a code; it must not know where secrets and spent steps are kept,
// nor count failures.
package totp

import (
	"crypto/subtle"
	"fmt"
	"time"

	"example.com/muster/internal/problem"
)

// Algorithm is the hash below HMAC. The zero value is SHA1, the only one that
// every authenticator app knows.
type Algorithm uint8

// The algorithms of RFC 6238 section 1.2.
const (
	SHA1 Algorithm = iota
	SHA256
	SHA512
)

// algorithmNames are as in otpauth addresses.
var algorithmNames = [...]string{SHA1: "SHA1", SHA256: "SHA256", SHA512: "SHA512"}

// String returns the name as otpauth addresses write it.
func (a Algorithm) String() string {
	if int(a) < len(algorithmNames) {
		return algorithmNames[a]
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// ParseAlgorithm is the inverse of [Algorithm.String].
func ParseAlgorithm(name string) (Algorithm, error) {
	for a, known := range algorithmNames {
		if name == known {
			return Algorithm(a), nil
		}
	}
	return 0, problem.New(problem.Invalid, "no TOTP algorithm has this name").
		WithHint("use SHA1, SHA256 or SHA512")
}

// Params is what a person's authenticator was set up with, and how far its
// clock may be off.
type Params struct {
	Algorithm Algorithm
	Digits    int           // 6 or 8
	Period    time.Duration // length of a step: 30 s or 60 s
	Skew      int           // steps accepted before and after the present one: 0 to 3
}

// Defaults returns SHA-1, 6 digits, 30 s, one step either way: what every
// authenticator app assumes.
func Defaults() Params {
	return Params{Algorithm: SHA1, Digits: 6, Period: 30 * time.Second, Skew: 1}
}

// Validate returns a [problem.Invalid] unless every value is one that
// [Params] names.
func (p Params) Validate() error {
	switch {
	case p.Algorithm > SHA512:
		return problem.New(problem.Invalid, "no TOTP algorithm has this number")
	case p.Digits != 6 && p.Digits != 8:
		return problem.New(problem.Invalid, "TOTP codes have 6 or 8 digits")
	case p.Period != 30*time.Second && p.Period != 60*time.Second:
		return problem.New(problem.Invalid, "a TOTP step takes 30 or 60 seconds")
	case p.Skew < 0 || p.Skew > maxSkew:
		return problem.New(problem.Invalid, "the TOTP skew is 0 to %d steps", maxSkew)
	}
	return nil
}

const (
	maxSkew = 3

	// driftWindow is how many steps either way a refused code is looked
	// for, to tell a wrong clock from a wrong code: 5 min of 30 s steps.
	driftWindow = 10
)

// Step returns the number of the step at now (T of RFC 6238 section 4.2).
func (p Params) Step(now time.Time) int64 {
	period, seconds := int64(p.Period/time.Second), now.Unix()
	step := seconds / period
	if seconds%period < 0 {
		step--
	}
	return step
}

// Verdict is what became of a code. Only [Accepted] lets anybody in; the
// others differ for the log alone, never for the person.
type Verdict uint8

// The verdicts. The zero value refuses.
const (
	Wrong    Verdict = iota // of no step near now
	Accepted                // of a step in the window that was not spent
	Reused                  // of a step in the window that is spent, or older than one that is
	Drifted                 // of a step outside the window: the clocks differ
)

// String returns the verdict's name as used in logs.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Reused:
		return "reused"
	case Drifted:
		return "drifted"
	default:
		return "wrong"
	}
}

// Verify judges a code as typed. lastStep is the last step spent, or any
// negative number. The step returned is the one the code belongs to, 0 if it
// is [Wrong]; the caller must spend an [Accepted] one by compare-and-set.
//
// All steps of the window are computed whatever they yield. Should a code
// belong to two of them, the later one is spent, so that no code is accepted
// twice. p must be valid.
func Verify(key []byte, p Params, code string, now time.Time, lastStep int64) (step int64, verdict Verdict) {
	typed, ok := normalise(code, p.Digits)
	if !ok {
		return 0, Wrong
	}
	present := p.Step(now)
	step, found := latestMatch(key, p, typed, present, p.Skew)
	switch {
	case found && step > lastStep:
		return step, Accepted
	case found:
		return step, Reused
	}
	if step, found = latestMatch(key, p, typed, present, driftWindow); found {
		return step, Drifted
	}
	return 0, Wrong
}

// latestMatch returns the last step within distance of present that has this
// code. Its time depends on the number of steps only.
func latestMatch(key []byte, p Params, code uint32, present int64, distance int) (step int64, found bool) {
	var m mac
	m.init(p.Algorithm, key)
	matched := 0
	for s := max(present-int64(distance), 0); s <= present+int64(distance); s++ {
		same := subtle.ConstantTimeEq(int32(m.code(s, p.Digits)), int32(code))
		step = int64(subtle.ConstantTimeSelect(same, int(s), int(step)))
		matched |= same
	}
	return step, matched == 1
}

// Code returns the code of a step, with leading zeros. It is the person's side
// of the protocol.
func Code(key []byte, p Params, step int64) string {
	var m mac
	m.init(p.Algorithm, key)
	return fmt.Sprintf("%0*d", p.Digits, m.code(step, p.Digits))
}

// normalise reads a code as people type it: spaces anywhere, digits in ASCII,
// full width or Arabic. Anything else, also a wrong number of digits, is no
// code.
func normalise(code string, digits int) (value uint32, ok bool) {
	const longest = 64 // octets; with generous spacing a code has fewer
	if len(code) > longest {
		return 0, false
	}
	n := 0
	for _, r := range code {
		if isSpace(r) {
			continue
		}
		d, ok := digit(r)
		if n++; !ok || n > digits {
			return 0, false
		}
		value = 10*value + d
	}
	return value, n == digits
}

// isSpace knows what keyboards and copied texts put between groups.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', '\u00a0', '\u2007', '\u2009', '\u202f':
		return true
	}
	return false
}

// digit returns the value of a decimal digit from the blocks that phone
// keyboards type.
func digit(r rune) (uint32, bool) {
	for _, zero := range [...]rune{'0', '０', '٠', '۰'} {
		if d := uint32(r - zero); d <= 9 {
			return d, true
		}
	}
	return 0, false
}
