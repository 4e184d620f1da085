package ldapsync

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
)

// mostSpellings is how many entries may match one name as a directory compares
// names: Active Directory takes "muller" for "müller" too.
const mostSpellings = 20

// Find looks for the person with the bare user name, or where principal is not
// empty with that user principal name, anywhere below the source's base. Nothing
// in the name has a meaning of its own. A directory is more generous than we are
// about what is the same name (Samba even stops at a NUL), so what it finds must
// have the name by our rules, too. ErrAmbiguous: several have it, or one the
// name and another the principal. Groups are those that the entry names itself.
func (r *Reader) Find(ctx context.Context, username, principal string) (found directory.EntryChange, ok bool, err error) {
	names := directory.NewNames(nil)
	key, err := names.Key(username)
	if err != nil {
		return directory.EntryChange{}, false, nil //nolint:nilerr // nobody can be called so
	}
	people, err := wire.ParseFilter(r.source.Preset.Filter())
	if err != nil {
		return directory.EntryChange{}, false, err
	}
	called := wire.Equal(r.mapping.attributes.Username, username)
	if principal != "" && r.mapping.principal != "" {
		called = wire.Or(called, wire.Equal(r.mapping.principal, principal))
	}
	count := 0
	err = r.directory.Search(ctx, wire.Search{
		Base: r.source.Base, Scope: wire.Subtree,
		Filter:     wire.And(called, people),
		Attributes: r.mapping.wanted, SizeLimit: mostSpellings,
	}, 0, func(e *wire.Entry) error {
		change := r.mapping.person(e)
		got, err := names.Key(change.Entry.Username)
		second, ok := directory.Principal(change.Entry.Principal)
		if err == nil && got == key || ok && second == principal {
			found = change
			count++
		}
		return nil
	})
	code, _ := ldap.CodeOf(err)
	switch {
	case code == wire.SizeLimitExceeded, err == nil && count > 1:
		return directory.EntryChange{}, false, ErrAmbiguous
	case err != nil:
		return directory.EntryChange{}, false, err
	default:
		return found, count == 1, nil
	}
}
