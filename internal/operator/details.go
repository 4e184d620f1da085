package operator

import (
	"slices"
	"strings"

	"golang.org/x/text/language"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/timezone"
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
	if d.TimeZone, err = checkTimeZone(d.TimeZone); err != nil {
		return d, err
	}
	d.Groups, err = checkGroups(d.Groups)
	return d, err
}

func checkDisplayName(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case len(s) > directory.MaxDisplayName:
		return "", refuse(RefusedDisplayName, problem.Invalid, "the display name is longer than %d octets", directory.MaxDisplayName)
	case !directory.Showable(s):
		return "", refuse(RefusedDisplayName, problem.Invalid, "the display name has characters that cannot be shown")
	}
	return s, nil
}

func checkEmail(s string) (string, error) {
	address, err := directory.ParseEmail(s)
	if err != nil {
		return "", refuse(RefusedEmail, problem.Invalid, "the mail address is not one").WithHint("for example alice@example.com")
	}
	return address, nil
}

// checkPhone returns a number as E.164 has it. It must be international: which
// country the administrator sits in says nothing about the person.
func checkPhone(s string) (string, error) {
	number, err := directory.ParsePhone(s, "")
	if err != nil {
		return "", refuse(RefusedPhone, problem.Invalid, "the telephone number is not international").
			WithHint("a plus sign, the country's code and the number without its leading zero: +49 171 5550123")
	}
	return number, nil
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

func checkTimeZone(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if _, err := timezone.Parse(s); err != nil {
		return "", refuse(RefusedTimeZone, problem.Invalid, "the time zone is not an IANA time zone").WithHint("for example Europe/Berlin or UTC")
	}
	return s, nil
}

// checkGroups trims names, and leaves out empty ones and those that come twice.
func checkGroups(groups []string) ([]string, error) {
	var kept []string
	for _, g := range groups {
		g = strings.TrimSpace(g)
		switch {
		case g == "" || slices.Contains(kept, g):
			continue
		case len(g) > directory.MaxGroup:
			return nil, refuse(RefusedGroups, problem.Invalid, "the name of a group is longer than %d octets", directory.MaxGroup)
		case strings.Contains(g, ";") || !directory.Showable(g):
			return nil, refuse(RefusedGroups, problem.Invalid, "the name of a group has a semicolon or characters that cannot be shown")
		}
		kept = append(kept, g)
	}
	if len(kept) > directory.MaxGroups {
		return nil, refuse(RefusedGroups, problem.Invalid, "nobody can be in more than %d groups", directory.MaxGroups)
	}
	return kept, nil
}
