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
	"sync/atomic"

	"golang.org/x/text/secure/precis"

	"example.com/muster/internal/id"
)

// MaxUsername is the longest user name in octets (RFC 2865 section 5.1).
const MaxUsername = 253

// Errors of Names. Doors show none of them: such a name is an unknown user.
var (
	ErrMalformedName = errors.New("directory: not a user name")
	ErrForeignDomain = errors.New("directory: the domain is not one of ours")
)

// Names resolves what people type to the keys that a person may be found by.
// Copies share the directories, which may change at any time.
type Names struct {
	domains []string // lower case: NetBIOS and DNS names
	sources *atomic.Pointer[[]Source]
}

// NewNames returns the rules for an installation whose own domains are given,
// NetBIOS ("CORP") or DNS ("corp.example.com"), in any case.
func NewNames(domains []string) Names {
	own := make([]string, len(domains))
	for i, d := range domains {
		own[i] = strings.ToLower(strings.TrimSuffix(d, "."))
	}
	return Names{domains: own, sources: new(atomic.Pointer[[]Source])}
}

// SetSources says which directories there are now, for all copies of n.
func (n Names) SetSources(sources []Source) { n.sources.Store(&sources) }

func (n Names) configured() []Source {
	if n.sources == nil {
		return nil
	}
	if known := n.sources.Load(); known != nil {
		return *known
	}
	return nil
}

// Name is what somebody typed, taken apart.
type Name struct {
	User string // as compared, without a domain
	// Directory is the one that the typed domain belongs to; 0: none was typed,
	// or one that stands for the whole installation.
	Directory id.ID
	// Principal is the whole of `user@domain` as compared, empty for other
	// forms: to Active Directory that is first of all somebody's
	// userPrincipalName, and only then a user name with its domain (MS-ADTS
	// section 5.1.1.1.1).
	Principal string
}

// Parse takes `user`, `DOMAIN\user` or `user@domain` apart. It returns
// ErrForeignDomain for a domain that is not ours and ErrMalformedName for
// what no person can be called.
func (n Names) Parse(typed string) (Name, error) {
	if len(typed) == 0 || len(typed) > MaxUsername {
		return Name{}, ErrMalformedName
	}
	user, domain, qualified := typed, "", false
	if d, u, ok := strings.Cut(typed, `\`); ok {
		user, domain, qualified = u, d, true
	} else if at := strings.LastIndexByte(typed, '@'); at >= 0 {
		user, domain, qualified = typed[:at], typed[at+1:], true
	}
	var name Name
	if qualified {
		var ours bool
		if name.Directory, ours = n.owner(strings.ToLower(strings.TrimSuffix(domain, "."))); !ours {
			return Name{}, ErrForeignDomain
		}
	}
	var err error
	if name.User, err = fold(user); err != nil {
		return name, err
	}
	name.Principal, _ = Principal(typed)
	return name, nil
}

// Principal returns what a userPrincipalName is compared by, and reports
// whether it is one: `user@domain`, of whatever domain.
func Principal(text string) (key string, ok bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 || len(text) > MaxUsername {
		return "", false
	}
	user, err := fold(text[:at])
	domain := strings.ToLower(strings.TrimSuffix(text[at+1:], "."))
	if err != nil || domain == "" || !Showable(domain) {
		return "", false
	}
	return user + "@" + domain, true
}

// owner returns the directory that a domain belongs to. One that several
// directories have, or the configuration, stands for the whole installation.
// What somebody has typed counts before what a directory says of itself: none
// takes another's name.
func (n Names) owner(domain string) (directory id.ID, ours bool) {
	if domain == "" {
		return 0, false
	}
	given := func(s *Source) bool { return slices.Contains(s.Domains, domain) || s.Qualified("") == "@"+domain }
	if directory, ours = n.ownerBy(given); ours {
		return directory, true
	}
	if slices.Contains(n.domains, domain) {
		return 0, true
	}
	return n.ownerBy(func(s *Source) bool { return slices.Contains(s.Learned, domain) })
}

// ownerBy returns the one directory that has a domain, or 0 where several do.
func (n Names) ownerBy(has func(*Source) bool) (directory id.ID, ours bool) {
	known := n.configured()
	for i := range known {
		switch s := &known[i]; {
		case !has(s):
		case ours:
			return 0, true
		default:
			directory, ours = s.ID, true
		}
	}
	return directory, ours
}

// Keys returns where a record of somebody with this name may be: under the
// bare name, and under that name with the domain of a directory, where two
// directories have people of the same name (see Source.Qualified). A key
// belongs to somebody of the directory, or with 0 to anybody.
func (n Names) Keys(name Name) (bare string, qualified []string) {
	for _, s := range n.configured() {
		if name.Directory == 0 || name.Directory == s.ID {
			qualified = append(qualified, s.Qualified(name.User))
		}
	}
	return name.User, qualified
}

// Key returns the key that `user`, `DOMAIN\user` or `user@domain` means to
// whoever asks about records and logs without looking anybody up. It returns
// the errors of Parse.
func (n Names) Key(typed string) (string, error) {
	name, err := n.Parse(typed)
	return name.User, err
}

// fold applies RFC 8265 section 3.3, and refuses what would make a second
// spelling of another form.
func fold(user string) (string, error) {
	if plain(user) {
		return user, nil
	}
	key, err := precis.UsernameCaseMapped.String(user)
	if err != nil || key == "" || strings.ContainsAny(key, `\@`) || isReference(key) { // also full-width ones
		return "", ErrMalformedName
	}
	return key, nil
}

// isReference reports whether a name has the form of [ReferenceTo]: to
// administrators it would always mean somebody else.
func isReference(name string) bool {
	text, ok := strings.CutPrefix(name, ReferencePrefix)
	person, err := id.Parse(text)
	return ok && err == nil && person != 0
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
