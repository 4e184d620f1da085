package directory

import (
	"strings"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/timezone"
)

// Role is what a person may do in the console.
type Role string

// The roles, from nothing to everything.
const (
	NoRole        Role = ""
	Auditor       Role = "auditor"       // reads everything
	HelpDesk      Role = "help-desk"     // and helps people without a role: reset, unlock, invite
	Administrator Role = "administrator" // and configures
)

// Rank orders the roles: nobody acts on a person of a higher rank.
func (r Role) Rank() int {
	switch r {
	case Auditor:
		return 1
	case HelpDesk:
		return 2
	case Administrator:
		return 3
	default:
		return 0
	}
}

// Person is somebody who may sign in.
type Person struct {
	ID          id.ID
	Username    string // as entered
	Key         string // Username as compared: RFC 8265 UsernameCaseMapped
	DisplayName string
	Email       string
	Phone       string // E.164, or empty
	Language    string // BCP 47; empty: not known
	TimeZone    string // IANA; empty: not known
	Groups      []string
	Role        Role // given by hand
	GroupRole   Role // by membership in a group of their directory
	Disabled    bool // by an administrator; see Excluded
	CreatedAt   time.Time
	// PasswordEnrollsUntil is the instant until which the password alone may
	// enroll a factor; zero: it never may again, whatever is required.
	PasswordEnrollsUntil time.Time
	// LinkMailedAt is when an enrollment link was last mailed, because a door
	// could not show one or by an administrator.
	LinkMailedAt time.Time
	// HasPassword tells whether a local password is set.
	HasPassword bool
	// Origin is the directory entry that the person is; zero: a local user.
	Origin Origin
}

// EffectiveRole is the higher of the role given by hand and the one by a group.
func (p *Person) EffectiveRole() Role {
	if p.GroupRole.Rank() > p.Role.Rank() {
		return p.GroupRole
	}
	return p.Role
}

// Name returns what to call the person: the display name, else the user name.
func (p *Person) Name() string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Username
}

// Zone returns the zone to tell the person times in: their own, or other where
// none is known.
func (p *Person) Zone(other *time.Location) *time.Location { return timezone.Or(p.TimeZone, other) }

// QualifiedName returns what means this person and nobody else where a name is
// typed: the user name, and with it the domain of their directory where somebody
// of another has the same. Whoever is gone has no such name: theirs may be
// somebody else's by now.
func (p *Person) QualifiedName() string {
	_, domain, qualified := strings.Cut(p.Key, "@")
	if !qualified || p.Nameless() {
		return p.Username
	}
	return p.Username + "@" + domain
}

// Nameless reports whether nothing that anybody can type means the person any
// more: they are gone from their directory, or renamed and not yet named anew.
func (p *Person) Nameless() bool {
	_, object, _ := strings.Cut(p.Key, "@")
	_, released := ParseObject(object)
	return released
}

// ReferencePrefix begins a reference to a person by their ID.
const ReferencePrefix = "id:"

// Reference returns what means this person and nobody else where people are
// administered: QualifiedName, or for the nameless their ID.
func (p *Person) Reference() string {
	if p.Nameless() {
		return ReferenceTo(p.ID)
	}
	return p.QualifiedName()
}

// ReferenceTo returns what means the person with an ID where people are
// administered.
func ReferenceTo(person id.ID) string { return ReferencePrefix + person.String() }

// SealedPassword is a person's password hash as it is stored.
type SealedPassword struct {
	Person id.ID
	Sealed []byte
}

// PasswordPlace is where a person's password hash is sealed.
func PasswordPlace(p id.ID) keyring.Place {
	return keyring.Place{Table: "person", RowID: int64(p), Column: "password"}
}
