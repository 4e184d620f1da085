// Package directory owns people as Muster knows them, the directories they
// come from, and the rules by which a typed name means a person.
//
// It must not know how a directory is spoken to, nor how people sign in.
// Names are compared by RFC 8265 (PRECIS UsernameCaseMapped), telephone
// numbers are E.164.
package directory

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/secure/precis"
)

// MaxUsername is the longest user name in octets (RFC 2865 section 5.1).
const MaxUsername = 253

// Errors of Names.Key. Doors show none of them: such a name is an unknown user.
var (
	ErrMalformedName = errors.New("directory: not a user name")
	ErrForeignDomain = errors.New("directory: the domain is not one of ours")
)

// Names resolves what people type to the key a person is found by.
type Names struct {
	domains []string // lower case: NetBIOS and DNS names
}

// NewNames returns the rules for an installation whose own domains are given,
// NetBIOS ("CORP") or DNS ("corp.example.com"), in any case.
func NewNames(domains []string) Names {
	own := make([]string, len(domains))
	for i, d := range domains {
		own[i] = strings.ToLower(strings.TrimSuffix(d, "."))
	}
	return Names{domains: own}
}

// Key returns the key of `user`, `DOMAIN\user` or `user@domain`. It returns
// ErrForeignDomain for a domain that is not ours and ErrMalformedName for
// what no person can be called.
func (n Names) Key(typed string) (string, error) {
	if len(typed) == 0 || len(typed) > MaxUsername {
		return "", ErrMalformedName
	}
	user, domain, qualified := typed, "", false
	if d, u, ok := strings.Cut(typed, `\`); ok {
		user, domain, qualified = u, d, true
	} else if at := strings.LastIndexByte(typed, '@'); at >= 0 {
		user, domain, qualified = typed[:at], typed[at+1:], true
	}
	if qualified && !slices.Contains(n.domains, strings.ToLower(strings.TrimSuffix(domain, "."))) {
		return "", ErrForeignDomain
	}
	return fold(user)
}

// fold applies RFC 8265 section 3.3, and refuses what would make a second
// spelling of another form.
func fold(user string) (string, error) {
	if plain(user) {
		return user, nil
	}
	if strings.ContainsAny(user, `\@`) {
		return "", ErrMalformedName
	}
	key, err := precis.UsernameCaseMapped.String(user)
	if err != nil || key == "" {
		return "", ErrMalformedName
	}
	return key, nil
}

// plain reports whether user is its own key: the common case, for speed.
func plain(user string) bool {
	for i := range len(user) {
		c := user[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return user != ""
}
