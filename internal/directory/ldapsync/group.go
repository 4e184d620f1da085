package ldapsync

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
)

// inChain is LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS section 3.1.1.3.4.4.3): all
// the way up. The server takes care of loops.
const inChain = "1.2.840.113556.1.4.1941"

// groupFilter matches the groups of either kind of directory.
func (r *Reader) groupFilter() wire.Filter {
	if r.activeDirectory() {
		return wire.Equal("objectClass", "group")
	}
	return wire.Or(wire.Equal("objectClass", "groupOfNames"), wire.Equal("objectClass", "groupOfUniqueNames"),
		wire.Equal("objectClass", "posixGroup"))
}

// memberAttributes hold the members of a group: as DNs, but for the last, which
// holds user names (RFC 2307).
var memberAttributes = []string{"member", "uniqueMember", "memberUid"}

// members hands out the people in the scope's group and in the groups within.
func (r *run) members(ctx context.Context, each func(*wire.Entry) error) error {
	if r.activeDirectory() {
		filter, err := r.membersInChain(ctx)
		if err != nil {
			return err
		}
		return r.search(ctx, wire.And(r.scope.filter, filter), each)
	}
	return r.walkMembers(ctx, each)
}

// The groups within one are named by so many in one search for those within
// them, and by so many altogether: some hundred thousand octets.
const (
	withinAtOnce = 50
	mostWithin   = 1000
)

// membersInChain matches the members of the group and of those within it, and
// those whose primary group it is, or one within it: they are not listed as
// members. The groups are found one level after the other, since a server that
// follows the chain itself does so for each person anew, through every group
// that they are in: for as long as minutes where one of those is large.
func (r *run) membersInChain(ctx context.Context) (wire.Filter, error) {
	top, err := r.mustFind(ctx, "group", r.scope.group, "objectSid")
	if err != nil {
		return wire.Filter{}, err
	}
	groups := []groupName{{top.dn, top.value("objectSid")}}
	seen := map[string]bool{foldDN(top.dn): true}
	for done := 0; done < len(groups); {
		some := groups[done:min(done+withinAtOnce, len(groups))]
		done += len(some)
		above := make([]wire.Filter, len(some))
		for i, g := range some {
			above[i] = wire.Equal("memberOf", g.dn)
		}
		err := r.session.Search(ctx, wire.Search{
			Base: r.root.DefaultContext, Scope: wire.Subtree, Filter: wire.And(r.groupFilter(), wire.Or(above...)),
			Attributes: []string{"objectSid"}, Controls: r.noReferrals(),
		}, pageSize, func(e *wire.Entry) error {
			if g := (groupName{string(e.DN), slices.Clone(e.Value("objectSid"))}); !seen[foldDN(g.dn)] {
				seen[foldDN(g.dn)] = true
				groups = append(groups, g)
			}
			return nil
		})
		if err != nil {
			return wire.Filter{}, err
		}
	}
	return ofGroups(groups), nil
}

// groupName names a group in its domain.
type groupName struct {
	dn  string
	sid []byte
}

// ofGroups matches the members of the groups, of which the first contains the
// others. Too many to name are left to the server's own rule.
func ofGroups(groups []groupName) wire.Filter {
	var ways []wire.Filter
	if len(groups) > mostWithin {
		ways = append(ways, wire.Matches("memberOf", inChain, groups[0].dn))
	}
	for _, g := range groups {
		if len(groups) <= mostWithin {
			ways = append(ways, wire.Equal("memberOf", g.dn))
		}
		if len(g.sid) >= 12 { // the last part is the group's number in its domain (MS-DTYP section 2.4.2)
			number := binary.LittleEndian.Uint32(g.sid[len(g.sid)-4:])
			ways = append(ways, wire.Equal("primaryGroupID", strconv.FormatUint(uint64(number), 10)))
		}
	}
	return wire.Or(ways...)
}

// walkMembers follows the lists of members down, each group once.
func (r *run) walkMembers(ctx context.Context, each func(*wire.Entry) error) error {
	if _, err := r.mustFind(ctx, "group", r.scope.group, wire.NoAttributes); err != nil {
		return err
	}
	seen := map[string]bool{foldDN(r.scope.group): true} // groups and people
	for queue := []string{r.scope.group}; len(queue) > 0; {
		group := queue[0]
		queue = queue[1:]
		names, members, err := r.membersOf(ctx, group)
		if err != nil {
			return err
		}
		for _, dn := range members {
			key := foldDN(dn)
			if seen[key] {
				continue
			}
			seen[key] = true
			isGroup, err := r.member(ctx, dn, each)
			if err != nil {
				return err
			}
			if isGroup {
				queue = append(queue, dn)
			}
		}
		if err := r.named(ctx, names, each); err != nil {
			return err
		}
	}
	return nil
}

// membersOf reads the members of one group: user names and DNs.
func (r *run) membersOf(ctx context.Context, group string) (names, dns []string, err error) {
	for _, attribute := range memberAttributes {
		values, err := r.values(ctx, r.session.Search, group, attribute, 0)
		if code, ok := ldap.CodeOf(err); ok && code == wire.NoSuchObject {
			return nil, nil, nil // gone since it was listed
		}
		if err != nil {
			return nil, nil, err
		}
		if attribute == "memberUid" {
			names = values
		} else {
			dns = append(dns, values...)
		}
	}
	return names, dns, nil
}

// member hands out the entry if it is a person of the scope, and tells whether
// it is a group. One that is not there any more is passed over.
func (r *run) member(ctx context.Context, dn string, each func(*wire.Entry) error) (isGroup bool, err error) {
	person := false
	if within(dn, r.scope.base) {
		err = r.session.Search(ctx, wire.Search{
			Base: dn, Scope: wire.BaseObject, Filter: r.scope.filter, Attributes: r.mapping.wanted,
		}, 0, func(e *wire.Entry) error {
			person = true
			return each(e)
		})
	}
	if err == nil && !person {
		err = r.session.Search(ctx, wire.Search{
			Base: dn, Scope: wire.BaseObject, Filter: r.groupFilter(), Attributes: []string{wire.NoAttributes},
		}, 0, func(*wire.Entry) error {
			isGroup = true
			return nil
		})
	}
	if code, ok := ldap.CodeOf(err); ok && (code == wire.NoSuchObject || code == wire.Referral || code == wire.InvalidDNSyntax) {
		return false, nil
	}
	return isGroup, err
}

// named hands out the people of the scope who have the user names.
func (r *run) named(ctx context.Context, names []string, each func(*wire.Entry) error) error {
	for some := range slices.Chunk(names, 50) {
		ways := make([]wire.Filter, len(some))
		for i, name := range some {
			ways[i] = wire.Equal(r.mapping.attributes.Username, name)
		}
		if err := r.search(ctx, wire.And(r.scope.filter, wire.Or(ways...)), each); err != nil {
			return err
		}
	}
	return nil
}

// groupTree knows which group is in which.
type groupTree struct {
	parents map[string][]string // by folded DN
	listed  map[string][]string // members that the entries do not name themselves, by folded DN or user name
	state   uint64              // of all groups together
	groups  []directory.Group   // those that the directory tells the identity of
}

// print tells the state of all groups from another.
func (t *groupTree) print() string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, t.state))
}

// all returns the groups of a person and those that contain them.
func (t *groupTree) all(e directory.Entry) []string {
	groups := slices.Clone(e.Groups)
	seen := make(map[string]bool, len(groups))
	for _, g := range groups {
		seen[foldDN(g)] = true
	}
	add := func(list []string) {
		for _, g := range list {
			if key := foldDN(g); !seen[key] && len(groups) < maxGroups {
				seen[key] = true
				groups = append(groups, g)
			}
		}
	}
	if len(t.listed) > 0 {
		add(t.listed[foldDN(e.DN)])
		add(t.listed["uid "+strings.ToLower(e.Username)])
	}
	for i := 0; i < len(groups); i++ {
		add(t.parents[foldDN(groups[i])])
	}
	return groups
}

// readGroups reads all groups below the source's base. Where entries name the
// groups that they are in, that is all; otherwise the lists of members are read.
func (r *run) readGroups(ctx context.Context) (*groupTree, error) {
	t := &groupTree{parents: map[string][]string{}}
	named := r.mapping.attributes.Groups
	version := "entryCSN"
	wanted := []string{named}
	if r.activeDirectory() {
		version = "uSNChanged"
	} else {
		reverse, err := r.reverseMembership(ctx)
		if err != nil {
			return nil, err
		}
		t.listed = map[string][]string{}
		wanted = append(wanted, "memberUid", "modifyTimestamp")
		if !reverse {
			wanted = append(slices.Clone(memberAttributes), "modifyTimestamp")
		}
	}
	identity := r.mapping.identityAttribute
	wanted = append(wanted, version, identity)
	err := r.session.Search(ctx, wire.Search{
		Base: r.source.Base, Scope: wire.Subtree, Filter: r.groupFilter(), Attributes: wanted, Controls: r.noReferrals(),
	}, pageSize, func(e *wire.Entry) error {
		t.take(e, named, version)
		text, _ := r.mapping.identity(e.Value(identity))
		if object, ok := directory.ParseObject(text); ok && isText(e.DN) && len(e.DN) <= maxDN {
			t.groups = append(t.groups, directory.Group{Object: object, DN: string(e.DN)})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading groups: %w", err)
	}
	return t, nil
}

// reverseMembership tells whether entries name their groups: whether any does.
func (r *run) reverseMembership(ctx context.Context) (bool, error) {
	found := false
	err := r.session.Search(ctx, wire.Search{
		Base: r.source.Base, Scope: wire.Subtree, Filter: wire.Present(r.mapping.attributes.Groups),
		Attributes: []string{wire.NoAttributes}, SizeLimit: 1,
	}, 0, func(*wire.Entry) error {
		found = true
		return nil
	})
	if code, ok := ldap.CodeOf(err); ok && code == wire.SizeLimitExceeded {
		err = nil
	}
	return found, err
}

func (t *groupTree) take(e *wire.Entry, named, version string) {
	dn := string(e.DN)
	key := foldDN(dn)
	state := append([]byte(key), e.Value(version)...)
	state = append(state, e.Value("modifyTimestamp")...)
	t.state += hash(state)
	if parents := e.Values(named); len(parents) > 0 {
		t.parents[key] = texts(parents)
	}
	for _, attribute := range memberAttributes {
		for _, member := range e.Values(attribute) {
			if attribute == "memberUid" {
				who := "uid " + strings.ToLower(string(member))
				t.listed[who] = append(t.listed[who], dn)
				continue
			}
			who := foldDN(string(member))
			t.listed[who] = append(t.listed[who], dn)
			t.parents[who] = append(t.parents[who], dn)
		}
	}
}

func texts(values [][]byte) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		if isText(v) {
			list = append(list, string(v))
		}
	}
	return list
}
