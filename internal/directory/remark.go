package directory

import (
	"strings"

	"example.com/muster/internal/text"
)

// Remark is the stable name of why nothing of an entry can be used, of what of
// it was left out, or of why somebody would be shut out. It never holds a value
// of the entry. Some are about an attribute, whose name follows a space: see
// Remark.About.
type Remark string

// Why nothing of an entry is taken over.
const (
	RemarkNoIdentity      Remark = "no-identity"    // about the attribute that it should have
	RemarkUnreadableDN    Remark = "unreadable-dn"  // too long, or not text
	RemarkHiddenStatus    Remark = "hidden-status"  // whether the account is disabled
	RemarkNoUsername      Remark = "no-username"    // about the attribute that it should be in
	RemarkLongUsername    Remark = "long-username"  // more than MaxUsername
	RemarkUsernameNotText Remark = "username-bytes" // not UTF-8, or with control characters
	RemarkBadUsername     Remark = "bad-username"   // not one that can be typed
	RemarkForeignDomain   Remark = "foreign-domain"
	RemarkLocalName       Remark = "local-name" // a local user has it
	RemarkNameTwice       Remark = "name-twice" // another entry of the directory has it
	RemarkNameCollision   Remark = "name-collision"
	RemarkLastAdmin       Remark = "last-admin"
)

// What of an entry is left out, or to be looked at.
const (
	RemarkLeftOut       Remark = "left-out" // about an attribute that is too long or not text
	RemarkBadLanguage   Remark = "bad-language"
	RemarkBadPhone      Remark = "bad-phone"
	RemarkBadMail       Remark = "bad-mail"
	RemarkSeveralMails  Remark = "several-mails"
	RemarkSameMail      Remark = "same-mail" // as another person
	RemarkManyGroups    Remark = "many-groups"
	RemarkUnnamedGroups Remark = "unnamed-groups"
)

// Why somebody would be shut out: see RemarkHeld.
const (
	remarkHeld         = "held-"
	RemarkHeldGone     = Remark(remarkHeld + string(BarredGone))
	RemarkHeldDisabled = Remark(remarkHeld + string(BarredDisabled))
	RemarkHeldExpired  = Remark(remarkHeld + string(BarredExpired))
)

// Remarks lists them all.
func Remarks() []Remark {
	return []Remark{
		RemarkNoIdentity, RemarkUnreadableDN, RemarkHiddenStatus, RemarkNoUsername, RemarkLongUsername, RemarkUsernameNotText,
		RemarkBadUsername, RemarkForeignDomain, RemarkLocalName, RemarkNameTwice, RemarkNameCollision, RemarkLastAdmin,
		RemarkLeftOut, RemarkBadLanguage, RemarkBadPhone, RemarkBadMail, RemarkSeveralMails, RemarkSameMail,
		RemarkManyGroups, RemarkUnnamedGroups, RemarkHeldGone, RemarkHeldDisabled, RemarkHeldExpired,
	}
}

// RemarkHeld returns the remark about somebody whom the directory keeps out.
func RemarkHeld(b Barred) Remark { return Remark(remarkHeld + string(b)) }

// About returns a remark about an attribute: its name in the directory, or one
// of AttributeNames.
func (r Remark) About(attribute string) Remark { return r + " " + Remark(attribute) }

// The words of remarks, and of what people call attributes.
const (
	remarkWords    text.Key = "directory.remark."
	attributeWords text.Key = "console.attribute."
)

// Words says a remark. One that the catalogue does not know, written by another
// version perhaps, is said as it is.
func (r Remark) Words(p *text.Printer) string {
	if r == "" {
		return ""
	}
	name, about, _ := strings.Cut(string(r), " ")
	key := remarkWords + text.Key(name)
	if !p.Has(key) {
		return string(r)
	}
	if known := attributeWords + text.Key(about); about != "" && p.Has(known) {
		about = p.T(known)
	}
	return p.T(key, "Attribute", about)
}
