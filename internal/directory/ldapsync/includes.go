package ldapsync

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
)

// mostAbove is how many groups above somebody are followed.
const mostAbove = 5000

// Includes reports whether a reading of the item would hand out the entry, by
// some searches. An item whose base or group is not there includes nobody.
func (r *Reader) Includes(ctx context.Context, item directory.Item, object string) (bool, error) {
	s, err := r.scopeOf(item)
	if err != nil {
		return false, err
	}
	run := &run{Reader: r, scope: s}
	if run.session, err = r.directory.Open(ctx); err != nil {
		return false, err
	}
	defer run.session.Close()
	included, err := run.includes(ctx, object)
	if isMissing(err) {
		return false, nil
	}
	return included, err
}

func (r *run) includes(ctx context.Context, object string) (bool, error) {
	if err := r.begin(ctx); err != nil {
		return false, err
	}
	identity, ok := r.mapping.hasIdentity(object)
	if !ok {
		return false, nil
	}
	filter := wire.And(identity, r.scope.filter)
	if r.scope.group != "" && r.activeDirectory() {
		members, err := r.membersInChain(ctx)
		if err != nil {
			return false, err
		}
		filter = wire.And(filter, members)
	}
	there := false
	var entry directory.Entry
	err := r.search(ctx, filter, func(e *wire.Entry) error {
		there, entry = true, r.mapping.person(e).Entry
		return nil
	})
	if err != nil || !there || r.scope.group == "" || r.activeDirectory() {
		return there, err
	}
	return r.isBelow(ctx, entry)
}

// isBelow reports whether somebody is in the scope's group or in one within it,
// going up from them: each group once, whatever loops there are.
func (r *run) isBelow(ctx context.Context, e directory.Entry) (bool, error) {
	group, err := r.mustFind(ctx, "group", r.scope.group, wire.NoAttributes)
	if err != nil {
		return false, err
	}
	seen := map[string]bool{}
	has := wire.Or(wire.Equal("member", e.DN), wire.Equal("uniqueMember", e.DN), wire.Equal("memberUid", e.Username))
	for queue := []string{}; ; {
		found := false
		hit := func(*wire.Entry) error { found = true; return nil }
		err := r.session.Search(ctx, wire.Search{
			Base: group.dn, Scope: wire.BaseObject, Filter: has, Attributes: []string{wire.NoAttributes},
		}, 0, hit)
		if err != nil || found {
			return found, err
		}
		err = r.session.Search(ctx, wire.Search{
			Base: r.source.Base, Scope: wire.Subtree, Filter: wire.And(r.groupFilter(), has), Attributes: []string{wire.NoAttributes},
		}, pageSize, func(above *wire.Entry) error {
			if dn := string(above.DN); !seen[foldDN(dn)] && len(seen) < mostAbove {
				seen[foldDN(dn)] = true
				queue = append(queue, dn)
			}
			return nil
		})
		if err != nil || len(queue) == 0 {
			return false, err
		}
		has = wire.Or(wire.Equal("member", queue[0]), wire.Equal("uniqueMember", queue[0]))
		queue = queue[1:]
	}
}

// Includes implements [roster.Reader]; see [Reader.Includes].
func (d *Directories) Includes(ctx context.Context, s directory.Source, i directory.Item, object string) (bool, error) {
	_, reader, err := d.Of(s)
	if err != nil {
		return false, err
	}
	included, err := reader.Includes(ctx, i, object)
	return included, markAccount(err)
}
