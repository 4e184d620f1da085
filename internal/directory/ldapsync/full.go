package ldapsync

import (
	"context"
	"errors"
	"strconv"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/roster"
)

// full reads everybody in the scope and returns the end of the reading.
func (r *run) full(ctx context.Context, next cursor) (roster.Reading, error) {
	if len(r.handed) == 0 {
		r.handed = nil // of everybody it would be large
	}
	latest, err := r.everybody(ctx)
	if err != nil {
		return roster.Reading{}, err
	}
	if next.Kind == byTime {
		next.Time = latest
	}
	return r.end(roster.Reading{Whole: true, Listed: true, How: "full"}, next), nil
}

// end completes a reading with the cursor for the next one.
func (r *run) end(reading roster.Reading, next cursor) roster.Reading {
	if next.Kind == "" {
		return reading
	}
	next.Scope = r.scope.mark
	next.Groups = r.since.Groups
	if r.groups != nil {
		next.Groups = r.groups.print()
	}
	reading.Cursor = next.encode()
	return reading
}

// everybody hands out each person in the scope and returns the time of the
// last change among them.
func (r *run) everybody(ctx context.Context) (latest string, err error) {
	each := func(e *wire.Entry) error {
		if at := e.Value("modifyTimestamp"); string(at) > latest {
			latest = string(at)
		}
		return r.put(ctx, e)
	}
	if r.scope.group != "" {
		return latest, r.members(ctx, each)
	}
	return latest, r.search(ctx, r.scope.filter, each)
}

// search reads the people of the scope's base that match.
func (r *run) search(ctx context.Context, filter wire.Filter, each func(*wire.Entry) error) error {
	return r.session.Search(ctx, wire.Search{
		Base: r.scope.base, Scope: wire.Subtree, Filter: filter, Attributes: r.mapping.wanted,
		Controls: r.noReferrals(),
	}, pageSize, each)
}

func (r *run) noReferrals() []wire.Control {
	if r.root.Has(wire.OIDDomainScope) {
		return []wire.Control{wire.DomainScope()}
	}
	return nil
}

// put hands out one entry, once. What changes while it is read comes again with
// the next reading.
func (r *run) put(ctx context.Context, e *wire.Entry) error {
	change := r.mapping.person(e)
	if r.handed[change.Entry.Object] {
		return nil
	}
	if err := r.restOfGroups(ctx, e, &change); err != nil {
		return err
	}
	if r.groups != nil && change.Refused == "" {
		change.Entry.Groups = r.groups.all(change.Entry)
	}
	if r.handed != nil && change.Entry.Object != "" {
		r.handed[change.Entry.Object] = true
	}
	return r.each(change)
}

// restOfGroups fetches what a server has left out of a long list of groups.
func (r *run) restOfGroups(ctx context.Context, e *wire.Entry, change *directory.EntryChange) error {
	name := r.mapping.attributes.Groups
	if name == "" || change.Refused != "" {
		return nil
	}
	_, next := e.Range(name)
	if next == 0 {
		return nil
	}
	rest, err := r.values(ctx, r.directory.Search, change.Entry.DN, name, next)
	if err != nil {
		return err
	}
	for _, group := range rest {
		if len(change.Entry.Groups) < maxGroups {
			change.Entry.Groups = append(change.Entry.Groups, group)
		}
	}
	return nil
}

// errSameValues: a server that does not get on with a list of values.
var errSameValues = errors.New("the server gives the same values of an attribute again and again")

// searcher is Search of a session or of a directory.
type searcher func(ctx context.Context, s wire.Search, pageSize int, each func(*wire.Entry) error) error

// values reads all values of one attribute from the given one on, following
// the ranges in which Active Directory gives more than 1500.
func (r *Reader) values(ctx context.Context, search searcher, dn, attribute string, from int) ([]string, error) {
	var all []string
	for {
		asked := attribute
		if from > 0 {
			asked = rangeFrom(attribute, from)
		}
		next := 0
		err := search(ctx, wire.Search{Base: dn, Scope: wire.BaseObject, Attributes: []string{asked}}, 0,
			func(e *wire.Entry) error {
				var values [][]byte
				values, next = e.Range(attribute)
				for _, v := range values {
					if len(v) <= maxDN && isText(v) {
						all = append(all, string(v))
					}
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
		switch {
		case next == 0:
			return all, nil
		case next <= from:
			return nil, errSameValues
		}
		from = next
	}
}

// rangeFrom names the values of an attribute from the given one on (MS-ADTS
// section 3.1.1.3.1.3.3).
func rangeFrom(attribute string, from int) string {
	return attribute + ";range=" + strconv.Itoa(from) + "-*"
}
