package ldapsync

import (
	"context"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
)

// DomainNames returns the NetBIOS name of the domain that the source's base is
// in, in lower case, as the forest lists its domains (MS-ADTS section
// 6.1.1.2.1.1): every account may read that. Other domains of the forest are
// not named: `CHILD\alice` must not mean somebody of this one. A directory of
// another kind has no such names.
func (r *Reader) DomainNames(ctx context.Context) ([]string, error) {
	if !r.activeDirectory() {
		return nil, nil
	}
	session, err := r.directory.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	root, err := session.Root(ctx)
	if err != nil || root.ConfigContext == "" {
		return nil, err
	}
	name, holder := "", ""
	err = session.Search(ctx, wire.Search{
		Base: "CN=Partitions," + root.ConfigContext, Scope: wire.SingleLevel,
		Filter:     wire.And(wire.Equal("objectClass", "crossRef"), wire.Present("nETBIOSName")),
		Attributes: []string{"nCName", "nETBIOSName"},
	}, pageSize, func(e *wire.Entry) error {
		domain := string(e.Value("nCName"))
		if domain != "" && within(r.source.Base, domain) && len(domain) > len(holder) {
			name, holder = strings.ToLower(string(e.Value("nETBIOSName"))), domain
		}
		return nil
	})
	if err != nil || !directory.IsDomain(name) {
		return nil, err
	}
	return []string{name}, nil
}

// DomainNames implements [roster.Reader]; see [Reader.DomainNames].
func (d *Directories) DomainNames(ctx context.Context, s directory.Source) ([]string, error) {
	_, reader, err := d.Of(s)
	if err != nil {
		return nil, err
	}
	return reader.DomainNames(ctx)
}
