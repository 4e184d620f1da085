package ldapsync

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
)

// The longest texts that are taken over, in octets. A longer optional one is
// left out; an entry with a longer name is refused.
const (
	maxText   = 256
	maxMail   = 254 // RFC 5321 section 4.5.3.1
	maxDN     = 4096
	maxGroups = 5000
)

// mailAddress is what the mail attribute tells; see directory.AttributeNames.
const mailAddress = "mail"

// mapping turns entries into people.
type mapping struct {
	attributes        directory.Attributes
	identityAttribute string
	principal         string // attribute, see directory.Preset.Principal
	binaryIdentity    bool
	status            func(*wire.Entry, *directory.Entry) (readable bool)
	wanted            []string // attributes to ask for
}

func newMapping(source directory.Source) mapping {
	m := mapping{attributes: source.Attributes, identityAttribute: source.Preset.Identity(), principal: source.Preset.Principal()}
	m.status = shadowStatus
	wanted := []string{m.identityAttribute}
	if source.Preset == directory.ActiveDirectory {
		m.binaryIdentity = true
		m.status = accountStatus
		wanted = append(wanted, "userAccountControl", "accountExpires", "lockoutTime", source.Preset.Principal())
	} else {
		wanted = append(wanted, "modifyTimestamp", "pwdAccountLockedTime", "shadowExpire")
	}
	a := &m.attributes
	for _, name := range []string{a.Username, a.DisplayName, a.Mail, a.Phone, a.Mobile, a.Language, a.Manager, a.Groups} {
		if name != "" && !slices.Contains(wanted, name) {
			wanted = append(wanted, name)
		}
	}
	m.wanted = wanted
	return m
}

// person reads an entry. Entry.Groups are those that the entry names itself.
func (m *mapping) person(e *wire.Entry) directory.EntryChange {
	change := directory.EntryChange{Entry: directory.Entry{DN: string(e.DN)}}
	entry := &change.Entry
	if !utf8.Valid(e.DN) || len(e.DN) > maxDN {
		entry.DN = strings.ToValidUTF8(string(e.DN[:min(len(e.DN), maxDN)]), "�")
		change.Refused = directory.RemarkUnreadableDN
		return change
	}
	var ok bool
	if entry.Object, ok = m.identity(e.Value(m.identityAttribute)); !ok {
		change.Refused = directory.RemarkNoIdentity.About(m.identityAttribute)
		return change
	}
	if !m.status(e, entry) {
		change.Refused = directory.RemarkHiddenStatus
		return change
	}
	switch value := e.Value(m.attributes.Username); {
	case len(value) == 0:
		change.Refused = directory.RemarkNoUsername.About(m.attributes.Username)
		return change
	case len(value) > directory.MaxUsername:
		change.Refused = directory.RemarkLongUsername
		return change
	case !isText(value):
		change.Refused = directory.RemarkUsernameNotText
		return change
	default:
		entry.Username = string(value)
	}
	r := remarker{e, &change}
	entry.Principal = r.text(m.principal, m.principal, maxText)
	entry.DisplayName = r.text("display-name", m.attributes.DisplayName, maxText)
	entry.Mail = r.text(mailAddress, m.attributes.Mail, maxMail)
	entry.Phone = r.text("phone", m.attributes.Phone, maxText)
	entry.Mobile = r.text("mobile", m.attributes.Mobile, maxText)
	entry.Manager = r.text("manager", m.attributes.Manager, maxDN)
	entry.Language = r.language(m.attributes.Language)
	entry.Groups = r.groups(m.attributes.Groups)
	return change
}

// remarker reads optional attributes, and remarks what it leaves out.
type remarker struct {
	entry  *wire.Entry
	change *directory.EntryChange
}

func (r remarker) remark(what directory.Remark) { r.change.Remarks = append(r.change.Remarks, what) }

// text returns the first value that is a text; what is one of
// directory.AttributeNames.
func (r remarker) text(what, attribute string, most int) string {
	if attribute == "" {
		return ""
	}
	values := r.entry.Values(attribute)
	if len(values) == 0 {
		return ""
	}
	if len(values) > 1 && what == mailAddress {
		r.remark(directory.RemarkSeveralMails)
	}
	for _, v := range values {
		if len(v) <= most && isText(v) {
			return strings.TrimSpace(string(v))
		}
	}
	r.remark(directory.RemarkLeftOut.About(what))
	return ""
}

// language reads preferredLanguage, which may be a list as browsers send it
// (RFC 2798 section 2.7).
func (r remarker) language(attribute string) string {
	text := r.text("language", attribute, maxText)
	if text == "" {
		return ""
	}
	first, _, _ := strings.Cut(text, ",")
	first, _, _ = strings.Cut(first, ";")
	tag, err := language.Parse(strings.TrimSpace(first))
	if err != nil {
		r.remark(directory.RemarkBadLanguage)
		return ""
	}
	return tag.String()
}

func (r remarker) groups(attribute string) []string {
	if attribute == "" {
		return nil
	}
	values := r.entry.Values(attribute)
	if len(values) > maxGroups {
		r.remark(directory.RemarkManyGroups)
		values = values[:maxGroups]
	}
	if len(values) == 0 {
		return nil
	}
	groups := make([]string, 0, len(values))
	for _, v := range values {
		if len(v) <= maxDN && isText(v) {
			groups = append(groups, string(v))
		}
	}
	return groups
}

// isText tells whether the octets are UTF-8 without control characters.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}
