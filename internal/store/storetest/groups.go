package storetest

import (
	"slices"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
)

func groupDN(name string) string { return "cn=" + name + ",ou=Groups,dc=example,dc=com" }

// testSetGroups: the groups of a directory are known by their objects for as long
// as they are there, and longer where something is required of them.
func testSetGroups(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	known := func(names ...string) {
		t.Helper()
		list, err := s.KnownGroups(t.Context(), forest.ID)
		must(t, err)
		var got []string
		for _, g := range list {
			got = append(got, directory.GroupName(g.DN))
		}
		slices.Sort(got)
		same(t, "groups", names, got)
	}
	staff, vpn := directory.Group{Object: directory.Object{1}, DN: groupDN("staff")}, directory.Group{Object: directory.Object{2}, DN: groupDN("vpn")}
	must(t, s.SetGroups(t.Context(), forest.ID, []directory.Group{staff, vpn}, nil))
	known("staff", "vpn")
	must(t, s.BeginPeriod(t.Context(), starting("staff"), Entry("period.begin", "")))
	must(t, s.SetGroups(t.Context(), forest.ID, []directory.Group{{Object: directory.Object{3}, DN: groupDN("new")}}, []directory.Group{staff, vpn}))
	known("new", "staff")
	must(t, s.SetGroups(t.Context(), 5, []directory.Group{staff}, nil)) // of a directory that is gone
	must(t, s.RemoveDirectory(t.Context(), forest.ID, Entry("directory.remove", forest.Name)))
	known()
}

// testFollowGroups: what is required of a group, the role it gives and the item
// that reads it follow it to another name, with everybody where they were.
func testFollowGroups(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	everybody := item(forest, "everybody")
	everybody.Group = groupDN("Staff")
	everybody.Defaults.Required = false
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	must(t, s.PutAdminGroup(t.Context(), operator.AdminGroup{
		ID: NextID(), Directory: forest.ID, DN: groupDN("staff"), Role: directory.HelpDesk, CreatedAt: Start,
	}, Entry("admin.group-add", "staff")))
	p := starting("staff")
	p.Chosen = "group staff"
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	known := map[string]bool{}
	join := func(n int, name string, groups ...string) {
		t.Helper()
		n1 := put(forest, n, name)
		n1.Person.Groups, n1.Known = groups, known[name]
		if known[name] {
			n1.Person.ID = Find(t, s, name).Person.ID
		}
		known[name] = true
		take(t, s, forest, everybody.ID, n1)
	}
	stands := func(name string, want ...id.ID) {
		t.Helper()
		var got []id.ID
		for _, r := range Find(t, s, name).Requirements {
			got = append(got, r.Period)
			if !r.Due.Equal(Start.Add(p.Length)) {
				t.Errorf("%s: %+v", name, r)
			}
		}
		same(t, name, want, got)
	}
	join(1, "alice", "staff")
	join(2, "bob", "staff")
	clock.set(Start.Add(enrollment.Day))
	join(2, "bob", "staff-emea") // by signing in, before it was noticed
	stands("bob")
	var logged []roster.Followed
	follow := func(was, is string, alone bool) {
		t.Helper()
		must(t, s.FollowGroups(t.Context(), roster.Follow{
			Source: forest.ID, Renamed: []roster.Renamed{{Was: groupDN(was), Is: groupDN(is), Alone: alone, New: true}},
			Entry: func(r roster.Renamed, what roster.Followed) audit.Change {
				logged = append(logged, what)
				return Entry("group.rename", r.Is)
			},
		}))
	}
	follow("staff", "staff-emea", true)
	stands("alice", p.ID)
	stands("bob", p.ID)
	join(1, "alice", "staff-emea")
	stands("alice", p.ID)
	list, err := s.Periods(t.Context())
	must(t, err)
	if list[0].Group != "staff-emea" || list[0].Chosen != "group staff-emea" {
		t.Errorf("%+v", list[0])
	}
	roles, err := s.AdminGroups(t.Context())
	must(t, err)
	items, err := s.SyncItems(t.Context())
	must(t, err)
	if roles[0].DN != groupDN("staff-emea") || items[0].Group != groupDN("staff-emea") {
		t.Errorf("%+v %+v", roles, items)
	}

	follow("vpn", "vpn-emea", true) // nothing names it
	follow("staff-emea", "others", false)
	local := Somebody("carol")
	local.Person.Groups = []string{"people"}
	Add(t, s, local)
	follow("staff-emea", "people", true) // which is the name of a group elsewhere
	same(t, "followed", []roster.Followed{{Requirements: 1, Roles: 1, Items: 1}, {Stay: 1, Roles: 1, Items: 1}, {Stay: 1}}, logged)
	if list, err = s.Periods(t.Context()); err != nil || list[0].Group != "staff-emea" {
		t.Errorf("%+v %v", list, err)
	}
}
