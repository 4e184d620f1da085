package ldapsync

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/roster"
)

// deletedObjects is where Active Directory keeps what was deleted, below the
// root of the domain.
const deletedObjects = "CN=Deleted Objects,"

// mostChanged is the number of changed people above which reading everybody is
// quicker.
const mostChanged = 5000

// readActiveDirectory reads what has changed, or everything. The next cursor
// is taken before anything is read, so that what changes meanwhile comes again.
func (r *run) readActiveDirectory(ctx context.Context) (roster.Reading, error) {
	next, err := r.activeDirectoryCursor(ctx)
	if err != nil {
		return roster.Reading{}, err
	}
	known := r.since.Kind == next.Kind && r.since.Server == next.Server && r.since.Server != ""
	if r.first || known && next.Kind == byUSN && r.since.USN == next.USN {
		return r.end(roster.Reading{How: "unchanged"}, next), nil
	}
	same, err := r.sameGroups(ctx)
	switch {
	case err != nil:
		return roster.Reading{}, err
	case !known || !same:
		return r.full(ctx, next)
	case next.Kind == byDirSync:
		return r.dirSync(ctx, next)
	default:
		return r.changedSince(ctx, next)
	}
}

// activeDirectoryCursor returns where the server stands now. Numbers of changes
// count for the server's copy of the database only, which its invocationId names.
func (r *run) activeDirectoryCursor(ctx context.Context) (cursor, error) {
	usn, _ := strconv.ParseInt(r.root.HighestUSN, 10, 64)
	if usn <= 0 || r.root.ServiceName == "" || r.root.DefaultContext == "" {
		return cursor{}, nil // not told: every reading is full
	}
	settings, err := r.mustFind(ctx, "server's entry", r.root.ServiceName, "invocationId")
	if err != nil && !isMissing(err) {
		return cursor{}, err
	}
	id := settings.value("invocationId")
	if len(id) == 0 {
		return cursor{}, nil
	}
	next := cursor{Kind: byUSN, Server: fmt.Sprintf("%x", id), USN: usn + 1}
	if !r.root.Has(wire.OIDDirSync) {
		return next, nil
	}
	if r.since.Kind == byDirSync && r.since.Server == next.Server {
		return cursor{Kind: byDirSync, Server: next.Server}, nil
	}
	cookie, ok, err := r.dirSyncStart(ctx)
	if err != nil || !ok {
		return next, err
	}
	return cursor{Kind: byDirSync, Server: next.Server, Cookie: cookie}, nil
}

// changedSince finds changes by uSNChanged.
func (r *run) changedSince(ctx context.Context, next cursor) (roster.Reading, error) {
	since := wire.AtLeast("uSNChanged", strconv.FormatInt(r.since.USN, 10))
	changed, err := r.identities(ctx, wire.And(wire.Equal("objectClass", "user"), since))
	if err != nil {
		return roster.Reading{}, err
	}
	if len(changed) > mostChanged {
		return r.full(ctx, next)
	}
	missing, err := r.again(ctx, changed)
	if err != nil {
		return roster.Reading{}, err
	}
	if !r.poll { // who is missing is not named there
		return r.whoIsThere(ctx, next, "changes by uSNChanged, and who is there")
	}
	deleted, err := r.deletedSince(ctx, since)
	if err != nil {
		return roster.Reading{}, err
	}
	return r.end(roster.Reading{How: "changes by uSNChanged"}, next), r.gone(append(missing, deleted...))
}

// deletedSince returns the identities of deleted entries that the service
// account may see. An ordinary one sees none, and nothing tells it so: only who
// is still there is certain.
func (r *run) deletedSince(ctx context.Context, since wire.Filter) (deleted []string, err error) {
	err = r.session.Search(ctx, wire.Search{
		Base: deletedObjects + r.root.DefaultContext, Scope: wire.Subtree,
		Filter:     wire.And(wire.Equal("isDeleted", "TRUE"), wire.Equal("objectClass", "user"), since),
		Attributes: []string{r.mapping.identityAttribute}, Controls: []wire.Control{wire.ShowDeleted()},
	}, pageSize, func(e *wire.Entry) error {
		if object, ok := r.mapping.identity(e.Value(r.mapping.identityAttribute)); ok {
			deleted = append(deleted, object)
		}
		return nil
	})
	if _, answered := ldap.CodeOf(err); answered {
		return nil, nil
	}
	return deleted, err
}

// identities returns those of the entries in the whole domain that match.
func (r *run) identities(ctx context.Context, filter wire.Filter) (found []string, err error) {
	err = r.session.Search(ctx, wire.Search{
		Base: r.root.DefaultContext, Scope: wire.Subtree, Filter: filter,
		Attributes: []string{r.mapping.identityAttribute}, Controls: r.noReferrals(),
	}, pageSize, func(e *wire.Entry) error {
		if object, ok := r.mapping.identity(e.Value(r.mapping.identityAttribute)); ok {
			found = append(found, object)
		}
		return nil
	})
	return found, err
}

// again reads the entries once more and hands out those that are still in the
// scope; it returns the others, which are gone from it.
func (r *run) again(ctx context.Context, objects []string) (missing []string, err error) {
	slices.Sort(objects) // who has changed twice may be named twice
	objects = slices.Compact(objects)
	filter := r.scope.filter
	if r.scope.group != "" && len(objects) > 0 {
		members, err := r.membersInChain(ctx)
		if err != nil {
			return nil, err
		}
		filter = wire.And(filter, members)
	}
	for some := range slices.Chunk(objects, 50) { // fewer than any server's limit of a filter
		ways := make([]wire.Filter, 0, len(some))
		for _, object := range some {
			if f, ok := r.mapping.hasIdentity(object); ok {
				ways = append(ways, f)
			}
		}
		there := make(map[string]bool, len(some))
		err := r.search(ctx, wire.And(wire.Or(ways...), filter), func(e *wire.Entry) error {
			object, _ := r.mapping.identity(e.Value(r.mapping.identityAttribute))
			there[object] = true
			return r.put(ctx, e)
		})
		if err != nil {
			return nil, err
		}
		for _, object := range some {
			if !there[object] {
				missing = append(missing, object)
			}
		}
	}
	return missing, nil
}

// gone tells of each once that they are gone.
func (r *run) gone(objects []string) error {
	slices.Sort(objects)
	for _, object := range slices.Compact(objects) {
		err := r.each(directory.EntryChange{Entry: directory.Entry{Object: object}, Gone: true})
		if err != nil {
			return err
		}
	}
	return nil
}

// whoIsThere names everybody in the scope who was not handed out yet, by
// identity alone, where the directory does not tell who has gone.
func (r *run) whoIsThere(ctx context.Context, next cursor, how string) (roster.Reading, error) {
	each := func(e *wire.Entry) error {
		object, ok := r.mapping.identity(e.Value(r.mapping.identityAttribute))
		if !ok || r.handed[object] {
			return nil
		}
		return r.each(directory.EntryChange{Entry: directory.Entry{Object: object}, Same: true})
	}
	filter := r.scope.filter
	if r.scope.group != "" {
		members, err := r.membersInChain(ctx)
		if err != nil {
			return roster.Reading{}, err
		}
		filter = wire.And(filter, members)
	}
	err := r.session.Search(ctx, wire.Search{
		Base: r.scope.base, Scope: wire.Subtree, Filter: filter,
		Attributes: []string{r.mapping.identityAttribute}, Controls: r.noReferrals(),
	}, pageSize, each)
	if err != nil {
		return roster.Reading{}, err
	}
	return r.end(roster.Reading{Listed: true, How: how}, next), nil
}
