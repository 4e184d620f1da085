// Package enrollment owns getting people their factors: invitations, the
// wizard's unfinished work, and the rules about who may enroll on what proof.
//
// The rules are pure. It must not know pages, prompts or tables.
package enrollment

import (
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// The limits.
const (
	PasswordAlone  = 30 * 24 * time.Hour // after creation or import
	DoorCode       = 10 * time.Minute    // a short code shown at a door
	LinkLifetime   = 24 * time.Hour      // a link from an administrator, unless told otherwise
	AdminLink      = time.Hour           // a set-up link for an administrator
	MailEvery      = time.Hour           // a link mailed because a door is mute
	WizardLifetime = time.Hour           // an unfinished enrollment in one browser
)

// Origin says where an invitation comes from, and so what it proves.
type Origin string

// The origins.
const (
	FromDoor   Origin = "door"   // shown at a waiting sign-in: proves nothing but that somebody waits there
	FromMail   Origin = "mail"   // reached the person's mailbox
	FromAdmin  Origin = "admin"  // handed over by an administrator
	Pass       Origin = "pass"   // a temporary pass: besides the password, for one enrollment
	ForAdminUp Origin = "set-up" // makes an administrator: chooses a password, enrolls, and is spent by both
)

// CodeHash is the keyed hash of an invitation's code. The code is not stored.
type CodeHash [16]byte

// Invitation lets one person enroll once.
type Invitation struct {
	ID        id.ID
	Code      CodeHash
	Person    id.ID
	Origin    Origin
	Attempt   id.ID // the waiting sign-in, if there is one
	Client    string
	Source    string // where the waiting sign-in comes from: "is this you, now?"
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   time.Time // zero: open
}

// Open reports whether the invitation can be used at now.
func (i Invitation) Open(now time.Time) bool {
	return i.SpentAt.IsZero() && now.Before(i.ExpiresAt)
}

// Proves reports whether having the code proves more than the password does.
func (i Invitation) Proves() bool { return i.Origin != FromDoor }

// BrowserHash is the SHA-256 of the token that ties a wizard to one browser.
type BrowserHash [32]byte

// Pending is an enrollment that has begun and is not verified. There is one
// for each person: a second browser starts over and voids the first.
type Pending struct {
	Person     id.ID
	Browser    BrowserHash
	Factor     id.ID // the identifier the factor will have
	Kind       factor.Kind
	Sealed     []byte // sealed for table "factor", Factor, column "secret"
	CodeDigits int
	Invitation id.ID  // what it was begun with; zero: the password alone or a session
	Replaces   id.ID  // the factor that goes when this one is verified; zero: none
	Password   []byte // a password chosen on the way, hashed and sealed for the person; nil: none
	Superseded bool   // it voided an unfinished one in another browser
	Wrong      int    // wrong codes at the live check
	StartedAt  time.Time
}

// goesOn reports whether p is the unfinished enrollment, of a factor of this
// kind, that r gives the right to go on with.
func goesOn(p *Pending, r Right, k factor.Kind, now time.Time) bool {
	return p != nil && p.Browser == r.Browser && p.Live(now) && p.Kind == k && p.Replaces == r.Replaces && len(p.Sealed) > 0
}

// Live reports whether the enrollment can be finished at now.
func (p Pending) Live(now time.Time) bool { return now.Sub(p.StartedAt) < WizardLifetime }

// Permission says whether a person may enroll, and if not, what is missing.
type Permission int

// The permissions. The zero value refuses.
const (
	NeedsInvitation Permission = iota // a mailed link or one from an administrator is needed besides
	Suspended                         // "this was not me" was said; the help desk decides
	May
)

// MayEnroll is the rule for a first factor: who knows the password may enroll
// for a while after creation, or while a requirement with a date runs;
// afterwards, and for everyone with a role, an invitation that proves more is
// needed besides. After a reset or "this was not me" the password alone never
// enrolls again: PasswordEnrollsUntil is zero.
func MayEnroll(p *directory.Person, factors []factor.Factor, required []policy.Requirement, invited *Invitation, now time.Time) Permission {
	for _, f := range factors {
		if f.Suspended {
			return Suspended
		}
	}
	if invited != nil && invited.Person == p.ID && invited.Open(now) && invited.Proves() {
		return May
	}
	if p.EffectiveRole() != directory.NoRole || p.PasswordEnrollsUntil.IsZero() {
		return NeedsInvitation
	}
	if now.Before(p.PasswordEnrollsUntil) || policy.Dated(required, factors, now) {
		return May
	}
	return NeedsInvitation
}
