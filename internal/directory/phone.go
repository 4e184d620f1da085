package directory

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrPhone is returned for a text that is no telephone number.
var ErrPhone = errors.New("directory: not a telephone number")

// ParsePhone reads a telephone number as people write it and returns it in the
// form of E.164: a plus sign, the country's code and the number. Region is the
// country of numbers without a country's code (ISO 3166-1 alpha-2); empty:
// such numbers are none. An extension makes it no number that can be reached
// from outside. The empty text is returned as it is.
func ParsePhone(s, region string) (string, error) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	if number := plainPhone(s); number != "" {
		return number, nil
	}
	const longest = 64 // octets, however it is written
	if len(s) > longest || strings.LastIndexByte(s, '+') > 0 || strings.ContainsFunc(s, foreignToPhone) {
		return "", ErrPhone
	}
	if region == "" {
		region = "ZZ" // that of no country
	}
	number, err := formatPhone(s, region)
	if err != nil {
		return "", err
	}
	// A number that is read anew is another one where too many zeros stand at
	// its beginning: it never was one.
	if again, err := formatPhone(number, "ZZ"); err != nil || again != number {
		return "", ErrPhone
	}
	return number, nil
}

func formatPhone(s, region string) (string, error) {
	n, err := phonenumbers.Parse(s, region)
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsPossibleNumber(n) {
		return "", ErrPhone
	}
	number := phonenumbers.Format(n, phonenumbers.E164)
	if digits := len(number) - len("+"); digits < shortestPhone || digits > longestPhone {
		return "", ErrPhone
	}
	return number, nil
}

// The lengths of a number with its country's code, in digits.
const (
	shortestPhone = 7
	longestPhone  = 15 // E.164 section 6.1
)

// phoneSeparators is what people put between digits.
const phoneSeparators = " -./\u00a0\u2011\u2013"

// foreignToPhone reports whether a telephone number has no such character.
// Letters are none: what stands behind them is an extension, or a pun.
func foreignToPhone(r rune) bool {
	return (r < '0' || r > '9') && !strings.ContainsRune("+()"+phoneSeparators, r)
}

// plainPhone is the quick way for what is international and leaves no doubt:
// there is no zero where somebody may have kept the one that is dialled
// within the country. It returns "" for anything else.
func plainPhone(s string) string {
	if !strings.HasPrefix(s, "+") {
		return ""
	}
	var b strings.Builder
	b.WriteByte('+')
	for _, r := range s[1:] {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(phoneSeparators, r):
		default:
			return ""
		}
	}
	const codes = 4 // digits that a country's code and such a zero are among
	digits := b.String()[1:]
	if len(digits) < shortestPhone || len(digits) > longestPhone || strings.Contains(digits[:codes], "0") {
		return ""
	}
	return b.String()
}
