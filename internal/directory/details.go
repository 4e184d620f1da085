package directory

import (
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// The limits of what describes a person, in octets.
const (
	MaxDisplayName = 256
	MaxEmail       = 254 // RFC 5321 section 4.5.3.1.3, without the brackets
	MaxGroup       = 128
	MaxGroups      = 500
)

// ErrEmail is returned for a text that is no mail address.
var ErrEmail = errors.New("directory: not a mail address")

// ParseEmail trims an address of RFC 5322, without a name or brackets around
// it. The empty text is returned as it is.
func ParseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > MaxEmail || !Showable(s) {
		return "", ErrEmail
	}
	return s, nil
}

// Showable reports whether a text is one, without control characters.
func Showable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// CleanName makes a display name of any text: on one line, not too long.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	for len(s) > MaxDisplayName {
		_, last := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-last]
	}
	return strings.TrimSpace(s)
}

// PreferredLanguage returns the first language of a list in the form of
// Accept-Language, as attribute preferredLanguage has it (RFC 2798 section
// 2.7); empty if there is none.
func PreferredLanguage(s string) string {
	const longest = 128
	if s == "" || len(s) > longest {
		return ""
	}
	tags, _, err := language.ParseAcceptLanguage(s)
	if err != nil || len(tags) == 0 || tags[0] == language.Und {
		return ""
	}
	return tags[0].String()
}

// GroupName returns what to call the group with this DN: the value of its
// first component (RFC 4514). It is empty for what is no DN or cannot be shown.
func GroupName(dn string) string {
	_, rest, ok := strings.Cut(dn, "=")
	if !ok {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(rest) && rest[i] != ',' && rest[i] != '+'; i++ {
		if rest[i] != '\\' || i+1 == len(rest) {
			b.WriteByte(rest[i])
			continue
		}
		if i+2 < len(rest) {
			if octet, err := hex.DecodeString(rest[i+1 : i+3]); err == nil {
				b.Write(octet)
				i += 2
				continue
			}
		}
		i++
		b.WriteByte(rest[i])
	}
	name := strings.ReplaceAll(strings.TrimSpace(b.String()), ";", ",") // lists of groups are separated by semicolons
	if len(name) > MaxGroup || !Showable(name) {
		return ""
	}
	return name
}
