package directory

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
)

// Preset is a kind of directory whose ways are known.
type Preset string

// The presets.
const (
	ActiveDirectory Preset = "ad"       // Active Directory, also Samba's
	OpenLDAP        Preset = "openldap" // OpenLDAP, and what follows RFC 4512 and 4530
)

// Presets lists them.
func Presets() []Preset { return []Preset{ActiveDirectory, OpenLDAP} }

// Source is a directory that people come from.
type Source struct {
	ID       id.ID
	Name     string
	Preset   Preset
	Servers  []string // URLs, ldap:// or ldaps://, in the order in which they are tried
	StartTLS bool     // for ldap://
	CA       string   // PEM: whom to trust for its certificates; empty: the system's
	Base     string   // DN below which people are
	BindDN   string   // the account that reads
	Password []byte   // of that account, sealed; see BindPasswordPlace

	// Domains are the names that belong to it, DNS or NetBIOS, lower case. The
	// first one tells its people from those of the same name elsewhere.
	Domains []string
	// Learned are further names of its domains, lower case, as the directory
	// itself says them: the NetBIOS names of Active Directory. One that another
	// directory has among its Domains, or the installation, is theirs.
	Learned    []string
	Attributes Attributes
	Region     string // ISO 3166 code of the country whose telephone numbers are written without a country code; empty: none
	CreatedAt  time.Time
}

// BindPasswordPlace is where the password of a directory's account is sealed.
func BindPasswordPlace(source id.ID) keyring.Place {
	return keyring.Place{Table: "directory", RowID: int64(source), Column: "password"}
}

// Names returns the rules for names typed with a domain of the directory.
func (s *Source) Names() Names { return NewNames(s.AllDomains()) }

// AllDomains returns the names that belong to it: those it was given, and those
// that it has said of itself.
func (s *Source) AllDomains() []string {
	all := slices.Clone(s.Domains)
	for _, d := range s.Learned {
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// IsDomain reports whether a text, lower case, can stand before or after a name.
func IsDomain(text string) bool {
	return text != "" && !strings.ContainsAny(text, "@\\ ,=") && Showable(text)
}

// Qualified returns the key of somebody whose bare name is also that of a
// person of another directory.
func (s *Source) Qualified(bare string) string {
	if len(s.Domains) == 0 {
		return bare + "@" + strings.ToLower(s.Name)
	}
	return bare + "@" + s.Domains[0]
}

// DomainOf returns the DNS domain that the dc components of a DN spell, empty
// if there are none (RFC 2247).
func DomainOf(dn string) string {
	var labels []string
	for part := range strings.SplitSeq(dn, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && strings.EqualFold(strings.TrimSpace(name), "dc") {
			labels = append(labels, strings.ToLower(strings.TrimSpace(value)))
		}
	}
	return strings.Join(labels, ".")
}

// Attributes say which attribute of an entry tells what about a person. An
// empty one is not read.
type Attributes struct {
	Username    string
	DisplayName string
	Mail        string
	Phone       string // used where there is no usable Mobile
	Mobile      string
	Language    string
	Manager     string
	Groups      string // DNs of the groups that the entry is a member of
}

// attributeNames are the names under which attributes are configured.
var attributeNames = []struct {
	name string
	of   func(*Attributes) *string
}{
	{"username", func(a *Attributes) *string { return &a.Username }},
	{"display-name", func(a *Attributes) *string { return &a.DisplayName }},
	{"mail", func(a *Attributes) *string { return &a.Mail }},
	{"phone", func(a *Attributes) *string { return &a.Phone }},
	{"mobile", func(a *Attributes) *string { return &a.Mobile }},
	{"language", func(a *Attributes) *string { return &a.Language }},
	{"manager", func(a *Attributes) *string { return &a.Manager }},
	{"groups", func(a *Attributes) *string { return &a.Groups }},
}

// AttributeNames lists what Set and Get know, in the order of Attributes.
func AttributeNames() []string {
	names := make([]string, len(attributeNames))
	for i, a := range attributeNames {
		names[i] = a.name
	}
	return names
}

// Set sets one by its configured name, and reports whether there is one.
func (a *Attributes) Set(name, attribute string) bool {
	i := slices.Index(AttributeNames(), name)
	if i >= 0 {
		*attributeNames[i].of(a) = attribute
	}
	return i >= 0
}

// Get returns one by its configured name.
func (a *Attributes) Get(name string) string {
	if i := slices.Index(AttributeNames(), name); i >= 0 {
		return *attributeNames[i].of(a)
	}
	return ""
}

// Attributes returns what the preset reads.
func (p Preset) Attributes() Attributes {
	a := Attributes{
		Username: "uid", DisplayName: "cn", Mail: "mail", Phone: "telephoneNumber", Mobile: "mobile",
		Language: "preferredLanguage", Manager: "manager", Groups: "memberOf",
	}
	if p == ActiveDirectory {
		a.Username, a.DisplayName = "sAMAccountName", "displayName"
	}
	return a
}

// Identity returns the attribute that identifies an entry for good.
func (p Preset) Identity() string {
	if p == ActiveDirectory {
		return "objectGUID"
	}
	return "entryUUID" // RFC 4530
}

// Principal is the attribute with a second name that people of the directory
// may have, in the form `user@domain`; empty: there is none.
func (p Preset) Principal() string {
	if p == ActiveDirectory {
		return "userPrincipalName"
	}
	return ""
}

// Filter returns what selects people where an item has no filter of its own
// (RFC 4515).
func (p Preset) Filter() string {
	if p == ActiveDirectory {
		// Critical to the system (MS-ADA1, MS-SAMR) are the accounts that it has
		// made for itself: krbtgt, Guest, the built-in Administrator, those of DNS
		// servers and of trusted domains. Others do not have the attribute.
		return "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))"
	}
	return "(objectClass=inetOrgPerson)"
}
