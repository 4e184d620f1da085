package ldapsync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/roster"
)

// overlap is how far back changes by time are read again: clocks are set, and
// those of several servers differ.
const overlap = 2 * time.Hour

// readOpenLDAP reads what has changed, or everything. The next cursor is taken
// before anything is read, so that what changes meanwhile comes again.
func (r *run) readOpenLDAP(ctx context.Context) (roster.Reading, error) {
	next, err := r.openLDAPCursor(ctx)
	if err != nil {
		return roster.Reading{}, err
	}
	known := r.since.Kind == next.Kind && (next.Kind != byTime || r.since.Time != "")
	if r.first {
		return r.beginPoll(ctx, next)
	}
	if known && next.Kind == bySync && string(r.since.Cookie) == string(next.Cookie) {
		return r.end(roster.Reading{How: "unchanged"}, next), nil
	}
	same, err := r.sameGroups(ctx)
	switch {
	case err != nil:
		return roster.Reading{}, err
	case !known, !same, r.scope.group != "":
		return r.full(ctx, next)
	case next.Kind == bySync:
		return r.refresh(ctx, next)
	default:
		return r.changedLately(ctx, next)
	}
}

// openLDAPCursor returns where the server stands now: its contextCSN if it
// keeps the journal of RFC 4533, in the form of its own cookies.
func (r *run) openLDAPCursor(ctx context.Context) (cursor, error) {
	if !r.root.Has(wire.OIDSync) {
		return cursor{Kind: byTime}, nil
	}
	suffix := ""
	for _, c := range r.root.Contexts {
		if within(r.scope.base, c) && len(c) > len(suffix) {
			suffix = c
		}
	}
	if suffix == "" {
		return cursor{Kind: byTime}, nil
	}
	top, err := r.mustFind(ctx, "root", suffix, "contextCSN")
	if err != nil && !isMissing(err) {
		return cursor{}, err
	}
	var csns []string
	for _, v := range top.values["contextcsn"] {
		csns = append(csns, string(v))
	}
	if len(csns) == 0 {
		return cursor{Kind: byTime}, nil
	}
	slices.Sort(csns)
	return cursor{Kind: bySync, Cookie: []byte("rid=000,csn=" + strings.Join(csns, ";"))}, nil
}

// beginPoll returns where polling starts, having handed out nothing.
func (r *run) beginPoll(ctx context.Context, next cursor) (roster.Reading, error) {
	if next.Kind == byTime {
		var err error
		if next.Time, err = r.lastChange(ctx); err != nil {
			return roster.Reading{}, err
		}
	}
	return r.end(roster.Reading{How: "beginning"}, next), nil
}

// refresh asks for the changes since the cookie (RFC 4533 section 3). A server
// that cannot tell them says so, and everything is read.
func (r *run) refresh(ctx context.Context, next cursor) (roster.Reading, error) {
	var there, gone []string // handed out once it is certain that it was not in vain
	named := func(objects []wire.UUID, deleted bool) {
		for _, u := range objects {
			if deleted {
				gone = append(gone, uuidText(u))
			} else {
				there = append(there, uuidText(u))
			}
		}
	}
	presentPhase := false
	last, err := r.session.Exchange(ctx, wire.Search{
		Base: r.scope.base, Scope: wire.Subtree, Filter: r.scope.filter, Attributes: r.mapping.wanted,
		Controls: []wire.Control{wire.SyncRefresh(r.since.Cookie)},
	}, func(m wire.Message, e *wire.Entry) error {
		state, object, ok := m.SyncState()
		switch {
		case ok && state == wire.SyncDeleted:
			named([]wire.UUID{object}, true)
			return nil
		case ok && state == wire.SyncPresent:
			named([]wire.UUID{object}, false)
			return nil
		default:
			return r.put(ctx, e)
		}
	}, func(info wire.SyncInfo) error {
		presentPhase = presentPhase || info.PresentsDone
		named(info.IDs, info.Deleted)
		return nil
	})
	if _, answered := ldap.CodeOf(err); answered {
		return r.full(ctx, next)
	}
	if err != nil {
		return roster.Reading{}, err
	}
	_, deletes, ok := last.SyncDone()
	if !ok {
		return r.full(ctx, next)
	}
	if err := errors.Join(r.same(there), r.gone(gone)); err != nil {
		return roster.Reading{}, err
	}
	how := "changes by RFC 4533"
	return r.end(roster.Reading{Listed: !deletes || presentPhase, How: how}, next), nil
}

// same tells of each who was not handed out that they are there.
func (r *run) same(objects []string) error {
	slices.Sort(objects)
	for _, object := range slices.Compact(objects) {
		if r.handed[object] {
			continue
		}
		if err := r.each(directory.EntryChange{Entry: directory.Entry{Object: object}, Same: true}); err != nil {
			return err
		}
	}
	return nil
}

// changedLately reads who has changed by modifyTimestamp, and then who is
// there: nothing else tells of deletions.
func (r *run) changedLately(ctx context.Context, next cursor) (roster.Reading, error) {
	from, err := time.Parse(generalized, r.since.Time)
	if err != nil {
		return r.full(ctx, next)
	}
	next.Time = r.since.Time
	since := wire.AtLeast("modifyTimestamp", from.Add(-overlap).Format(generalized))
	err = r.search(ctx, wire.And(r.scope.filter, since), func(e *wire.Entry) error {
		next.Time = max(next.Time, string(e.Value("modifyTimestamp")))
		return r.put(ctx, e)
	})
	if err != nil {
		return roster.Reading{}, err
	}
	if r.poll {
		return r.end(roster.Reading{How: "changes by modifyTimestamp"}, next), nil
	}
	return r.whoIsThere(ctx, next, "changes by modifyTimestamp, and who is there")
}

// generalized is the form of modifyTimestamp in OpenLDAP (RFC 4517 section
// 3.3.13).
const generalized = "20060102150405Z"

// lastChange returns the latest modifyTimestamp of the people in scope.
func (r *run) lastChange(ctx context.Context) (latest string, err error) {
	err = r.session.Search(ctx, wire.Search{
		Base: r.scope.base, Scope: wire.Subtree, Filter: r.scope.filter, Attributes: []string{"modifyTimestamp"},
	}, pageSize, func(e *wire.Entry) error {
		latest = max(latest, string(e.Value("modifyTimestamp")))
		return nil
	})
	return latest, err
}
