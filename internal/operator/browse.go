package operator

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

// NodeKind says what an entry of a directory's tree is.
type NodeKind string

// The kinds.
const (
	NodeContainer NodeKind = "container"
	NodeGroup     NodeKind = "group"
	NodePerson    NodeKind = "person"
)

// DirectoryNode is an entry in the tree of a directory.
type DirectoryNode struct {
	Kind    NodeKind
	DN      string
	Name    string           // what to call it
	Entry   directory.Entry  // of a person
	Refused directory.Remark // why a person cannot be used; empty: they can
	There   bool             // a person with a record
}

// Browser reads the tree of a directory for people to look at.
type Browser interface {
	// Children returns what is directly below the DN; empty: below the
	// directory's base. more says that there is more than is shown. It returns
	// ErrGone if the directory has no such entry below its base.
	Children(ctx context.Context, s directory.Source, dn string) (nodes []DirectoryNode, more bool, err error)
	// Search returns people and groups with the text in a name or address.
	Search(ctx context.Context, s directory.Source, text string) (nodes []DirectoryNode, more bool, err error)
}

// Browse shows a part of a directory's tree: what a search finds, or without
// one what is below the DN: containers, then groups, then people, each by name.
func (o *Operator) Browse(ctx context.Context, by audit.Actor, name, dn, search string) (nodes []DirectoryNode, more bool, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, false, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, false, err
	}
	if search = strings.TrimSpace(search); search != "" {
		nodes, more, err = o.Browser.Search(ctx, s, search)
	} else {
		nodes, more, err = o.Browser.Children(ctx, s, dn)
	}
	switch {
	case errors.Is(err, ErrGone):
		return nil, false, refuse(RefusedGone, problem.NotFound, "the directory %s has no entry %s", s.Name, shown(dn))
	case err != nil:
		return nil, false, silent(s, err)
	}
	slices.SortStableFunc(nodes, func(a, b DirectoryNode) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	return nodes, more, o.markKnown(ctx, s.ID, nodes)
}

// markKnown says who of them has a record.
func (o *Operator) markKnown(ctx context.Context, source id.ID, nodes []DirectoryNode) error {
	var objects []directory.Object
	for _, n := range nodes {
		if object, ok := directory.ParseObject(n.Entry.Object); ok {
			objects = append(objects, object)
		}
	}
	if len(objects) == 0 {
		return nil
	}
	known := map[string]bool{}
	err := o.Roster.Store.KnownEntries(ctx, source, 0, objects, func(k roster.Known) { known[k.Object.String()] = true })
	if err != nil {
		return unavailable(err)
	}
	for i := range nodes {
		nodes[i].There = known[nodes[i].Entry.Object]
	}
	return nil
}
