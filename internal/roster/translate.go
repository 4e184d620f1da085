package roster

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/maphash"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
)

// translator makes people of entries.
type translator struct {
	source directory.Source
	names  directory.Names // the directory's and the installation's
	sum    hash.Hash
	seed   []byte

	hashSeed maphash.Seed
}

// newTranslator returns the translator of a directory; domains are the
// installation's own.
func newTranslator(s directory.Source, domains []string) *translator {
	t := &translator{source: s, names: directory.NewNames(slices.Concat(domains, s.AllDomains())), sum: sha256.New(), hashSeed: maphash.MakeSeed()}
	// What the result depends on besides the entry.
	t.seed = []byte("1\x00" + s.Region + "\x00")
	return t
}

// digest is a fingerprint of what is taken over from an entry, but for who
// may in. It is never 0.
func (t *translator) digest(e *directory.Entry) int64 {
	t.sum.Reset()
	t.sum.Write(t.seed)
	for _, s := range []string{e.DN, e.Username, e.DisplayName, e.Mail, e.Phone, e.Mobile, e.Language, e.Manager} {
		t.write(s)
	}
	if e.Principal != "" {
		t.write("\x00" + e.Principal) // apart from groups
	}
	if !slices.IsSorted(e.Groups) {
		slices.Sort(e.Groups) // a directory may say them in any order
	}
	for _, g := range e.Groups {
		t.write(g)
	}
	var sum [sha256.Size]byte
	return int64(binary.BigEndian.Uint64(t.sum.Sum(sum[:0])) | 1)
}

func (t *translator) write(s string) {
	var length [binary.MaxVarintLen64]byte
	t.sum.Write(binary.AppendUvarint(length[:0], uint64(len(s))))
	t.sum.Write([]byte(s))
}

// name returns an entry's user name as it is written and as it is compared,
// or why it has none that can be used.
func (t *translator) name(e *directory.Entry) (username, key string, refused directory.Remark) {
	if e.Username == "" {
		return "", "", directory.RemarkNoUsername.About(t.source.Attributes.Username)
	}
	key, err := t.names.Key(e.Username)
	switch {
	case errors.Is(err, directory.ErrForeignDomain):
		return "", "", directory.RemarkForeignDomain
	case err != nil:
		return "", "", directory.RemarkBadUsername
	}
	username = e.Username
	if at := strings.LastIndexByte(username, '@'); at >= 0 {
		username = username[:at]
	} else if _, user, ok := strings.Cut(username, `\`); ok {
		username = user
	}
	return username, key, ""
}

// person writes what an entry tells into a person, and says what of it cannot
// be used.
func (t *translator) person(e *directory.Entry, p *directory.Person) (warnings []directory.Remark) {
	p.DisplayName = directory.CleanName(e.DisplayName)
	p.Language = directory.PreferredLanguage(e.Language)
	var err error
	if p.Email, err = directory.ParseEmail(e.Mail); err != nil {
		warnings = append(warnings, directory.RemarkBadMail)
	}
	bad := false
	for _, number := range []string{e.Mobile, e.Phone} {
		if p.Phone, err = directory.ParsePhone(number, t.source.Region); p.Phone != "" {
			break
		}
		bad = bad || err != nil
	}
	if bad && p.Phone == "" {
		warnings = append(warnings, directory.RemarkBadPhone)
	}
	p.Groups = make([]string, 0, len(e.Groups))
	unnamed := false
	for _, dn := range e.Groups {
		name := directory.GroupName(dn)
		if name == "" {
			unnamed = true
		} else if !slices.Contains(p.Groups, name) {
			p.Groups = append(p.Groups, name)
		}
	}
	if unnamed {
		warnings = append(warnings, directory.RemarkUnnamedGroups)
	}
	if len(p.Groups) > directory.MaxGroups {
		p.Groups, warnings = p.Groups[:directory.MaxGroups], append(warnings, directory.RemarkManyGroups)
	}
	p.Origin = directory.Origin{
		Directory: t.source.ID, Object: e.Object, DN: e.DN, Barred: e.Barred, ExpiresAt: e.ExpiresAt,
	}
	p.Origin.Principal, _ = directory.Principal(e.Principal)
	return warnings
}

// shown is what people look at.
func shown(e *directory.Entry) Shown {
	return Shown{
		Phone: directory.CleanName(e.Phone), Mobile: directory.CleanName(e.Mobile), Manager: directory.CleanName(e.Manager),
		Language: directory.PreferredLanguage(e.Language),
	}
}

// hash tells texts apart for as long as the process lives.
func (t *translator) hash(text string) uint64 { return maphash.String(t.hashSeed, text) }
