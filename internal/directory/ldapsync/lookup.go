package ldapsync

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
)

// Find looks for the person with the bare user name, anywhere below the
// source's base. It is compared as the directory compares names; nothing in it
// has a meaning of its own. ErrAmbiguous: several have it. Groups are those
// that the entry names itself.
func (r *Reader) Find(ctx context.Context, username string) (found directory.EntryChange, ok bool, err error) {
	people, err := wire.ParseFilter(r.source.Preset.Filter())
	if err != nil {
		return directory.EntryChange{}, false, err
	}
	count := 0
	err = r.directory.Search(ctx, wire.Search{
		Base: r.source.Base, Scope: wire.Subtree, Filter: wire.And(wire.Equal(r.mapping.attributes.Username, username), people),
		Attributes: r.mapping.wanted, SizeLimit: 2,
	}, 0, func(e *wire.Entry) error {
		count++
		found = r.mapping.person(e)
		return nil
	})
	if code, answered := ldap.CodeOf(err); answered && code == wire.SizeLimitExceeded {
		err = nil
	}
	switch {
	case err != nil:
		return directory.EntryChange{}, false, err
	case count > 1:
		return directory.EntryChange{}, false, ErrAmbiguous
	default:
		return found, count == 1, nil
	}
}
