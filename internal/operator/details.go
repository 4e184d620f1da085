package operator

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"example.com/muster/internal/problem"
)

// The limits of a person's details, in octets.
const (
	maxDisplayName = 256
	maxEmail       = 254 // RFC 5321 section 4.5.3.1.3, without the brackets
	maxGroup       = 128
	maxGroups      = 500
)

// check returns the details as they are kept: trimmed, the telephone number
// without what people put between digits. The error is a problem.Invalid.
func (d Details) check() (Details, error) {
	var err error
	if d.DisplayName, err = checkDisplayName(d.DisplayName); err != nil {
		return d, err
	}
	if d.Email, err = checkEmail(d.Email); err != nil {
		return d, err
	}
	if d.Phone, err = checkPhone(d.Phone); err != nil {
		return d, err
	}
	if d.Language, err = checkLanguage(d.Language); err != nil {
		return d, err
	}
	d.Groups, err = checkGroups(d.Groups)
	return d, err
}

func checkDisplayName(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case len(s) > maxDisplayName:
		return "", refuse(RefusedDisplayName, problem.Invalid, "the display name is longer than %d octets", maxDisplayName)
	case !showable(s):
		return "", refuse(RefusedDisplayName, problem.Invalid, "the display name has characters that cannot be shown")
	}
	return s, nil
}

func checkEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail || !showable(s) {
		return "", refuse(RefusedEmail, problem.Invalid, "the mail address is not one").WithHint("for example alice@example.com")
	}
	return s, nil
}

// checkPhone reads a number as people write it and returns it as E.164 has
// it: a plus sign and at most 15 digits, the country's code first.
func checkPhone(s string) (string, error) {
	bad := refuse(RefusedPhone, problem.Invalid, "the telephone number is not international").
		WithHint("a plus sign, the country's code and the number without its leading zero: +49 171 5550123")
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if strings.Contains(s, "(0)") || !strings.HasPrefix(s, "+") {
		return "", bad
	}
	var b strings.Builder
	b.WriteByte('+')
	for _, r := range s[1:] {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u00a0\u2011\u2013", r):
		default:
			return "", bad
		}
	}
	const shortest, longest = 7, 15 // digits
	if n := b.Len() - 1; n < shortest || n > longest || b.String()[1] == '0' {
		return "", bad
	}
	return b.String(), nil
}

func checkLanguage(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	tag, err := language.Parse(s)
	if err != nil {
		return "", refuse(RefusedLanguage, problem.Invalid, "the language is not a language tag").WithHint("for example en or de-AT")
	}
	return tag.String(), nil
}

// checkGroups trims names, and leaves out empty ones and those that come twice.
func checkGroups(groups []string) ([]string, error) {
	var kept []string
	for _, g := range groups {
		g = strings.TrimSpace(g)
		switch {
		case g == "" || slices.Contains(kept, g):
			continue
		case len(g) > maxGroup:
			return nil, refuse(RefusedGroups, problem.Invalid, "the name of a group is longer than %d octets", maxGroup)
		case strings.Contains(g, ";") || !showable(g):
			return nil, refuse(RefusedGroups, problem.Invalid, "the name of a group has a semicolon or characters that cannot be shown")
		}
		kept = append(kept, g)
	}
	if len(kept) > maxGroups {
		return nil, refuse(RefusedGroups, problem.Invalid, "nobody can be in more than %d groups", maxGroups)
	}
	return kept, nil
}

func showable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
