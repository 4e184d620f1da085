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
func (r *Reader) Find(ctx context.Context, username string) (directory.EntryChange, bool, error) {
	return r.one(ctx, wire.Equal(r.mapping.attributes.Username, username))
}

// ByObject looks for the person with the identity (see directory.Origin),
// wherever below the source's base the entry is now.
func (r *Reader) ByObject(ctx context.Context, object string) (directory.EntryChange, bool, error) {
	filter, ok := r.mapping.hasIdentity(object)
	if !ok {
		return directory.EntryChange{}, false, nil
	}
	return r.one(ctx, filter)
}

func (r *Reader) one(ctx context.Context, filter wire.Filter) (found directory.EntryChange, ok bool, err error) {
	people, err := wire.ParseFilter(r.source.Preset.Filter())
	if err != nil {
		return directory.EntryChange{}, false, err
	}
	count := 0
	err = r.directory.Search(ctx, wire.Search{
		Base: r.source.Base, Scope: wire.Subtree, Filter: wire.And(filter, people),
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
