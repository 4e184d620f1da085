package ldapsync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
)

// NodeKind says what an entry is in the tree.
type NodeKind string

// The kinds.
const (
	Container NodeKind = "container"
	Group     NodeKind = "group"
	Person    NodeKind = "person"
)

// Node is an entry as an administrator sees it when browsing.
type Node struct {
	Kind   NodeKind
	DN     string
	Name   string                // of a container or group; a person has Change.Entry.Username
	Change directory.EntryChange // of a person
}

// MostNodes is the most entries that one step of browsing or searching shows.
const MostNodes = 500

// errEnough ends a search that has more than is shown.
var errEnough = errors.New("enough")

// Children returns what is directly below the DN, containers first; empty: the
// source's base. more: there is more than MostNodes.
func (r *Reader) Children(ctx context.Context, dn string) (nodes []Node, more bool, err error) {
	if dn == "" {
		dn = r.source.Base
	}
	if !within(dn, r.source.Base) {
		return nil, false, ErrNoBase
	}
	nodes, more, err = r.nodes(ctx, wire.Search{Base: dn, Scope: wire.SingleLevel})
	slices.SortStableFunc(nodes, func(a, b Node) int { return cmp.Compare(a.Kind, b.Kind) })
	return nodes, more, err
}

// Search returns people and groups of whom the name or the mail address has
// the text in it.
func (r *Reader) Search(ctx context.Context, text string) (nodes []Node, more bool, err error) {
	text = strings.TrimSpace(text)
	if text == "" || !isText([]byte(text)) {
		return nil, false, nil
	}
	people, err := wire.ParseFilter(r.source.Preset.Filter())
	if err != nil {
		return nil, false, err
	}
	a := r.mapping.attributes
	var ways []wire.Filter
	for _, attribute := range []string{a.Username, a.DisplayName, a.Mail} {
		if attribute != "" {
			ways = append(ways, wire.Contains(attribute, text))
		}
	}
	filter := wire.Or(wire.And(people, wire.Or(ways...)), wire.And(r.groupFilter(), wire.Contains("cn", text)))
	return r.nodes(ctx, wire.Search{Base: r.source.Base, Scope: wire.Subtree, Filter: filter})
}

// Groups returns the groups of whose name the text is a part; empty: all.
func (r *Reader) Groups(ctx context.Context, text string) (nodes []Node, more bool, err error) {
	if !isText([]byte(text)) {
		return nil, false, nil
	}
	filter := r.groupFilter()
	if text = strings.TrimSpace(text); text != "" {
		filter = wire.And(filter, wire.Contains("cn", text))
	}
	return r.nodes(ctx, wire.Search{Base: r.source.Base, Scope: wire.Subtree, Filter: filter})
}

func (r *Reader) nodes(ctx context.Context, s wire.Search) (nodes []Node, more bool, err error) {
	s.Attributes = append([]string{"objectClass", "objectCategory", "cn", "ou", "name"}, r.mapping.wanted...)
	err = r.directory.Search(ctx, s, MostNodes, func(e *wire.Entry) error {
		if len(nodes) == MostNodes {
			return errEnough
		}
		if node, ok := r.node(e); ok {
			nodes = append(nodes, node)
		}
		return nil
	})
	code, _ := ldap.CodeOf(err)
	switch {
	case errors.Is(err, errEnough), code == wire.SizeLimitExceeded:
		return nodes, true, nil
	case code == wire.NoSuchObject, code == wire.InvalidDNSyntax:
		return nil, false, ErrNoBase
	default:
		return nodes, false, err
	}
}

// node tells what an entry is; ok is false for what is neither a person, a
// group nor something that holds others.
func (r *Reader) node(e *wire.Entry) (n Node, ok bool) {
	n.DN = strings.ToValidUTF8(string(e.DN), "�")
	n.Name, _, _ = strings.Cut(n.DN, ",")
	for _, attribute := range []string{"cn", "ou", "name"} {
		if v := e.Value(attribute); len(v) > 0 && isText(v) {
			n.Name = string(v)
			break
		}
	}
	for _, class := range e.Values("objectClass") {
		switch strings.ToLower(string(class)) {
		case "computer", "contact":
			return Node{}, false
		case "group", "groupofnames", "groupofuniquenames", "posixgroup":
			n.Kind = Group
			return n, true
		case "user", "inetorgperson":
			n.Kind = Person
		case "organizationalunit", "container", "builtindomain", "domaindns", "domain", "dcobject", "organization":
			n.Kind = Container
		}
	}
	if n.Kind == Person {
		n.Change = r.mapping.person(e)
	}
	return n, n.Kind != ""
}

// Members returns the DNs or user names that a group lists, followed through
// the ranges in which Active Directory gives long lists; groups within are
// listed by their own DN.
func (r *Reader) Members(ctx context.Context, group string) ([]string, error) {
	var all []string
	for _, attribute := range memberAttributes {
		if r.activeDirectory() && attribute != "member" {
			break
		}
		values, err := r.values(ctx, r.directory.Search, group, attribute, 0)
		if code, answered := ldap.CodeOf(err); answered && code == wire.NoSuchObject {
			return nil, ErrNoBase
		}
		if err != nil {
			return nil, err
		}
		all = append(all, values...)
	}
	return all, nil
}
