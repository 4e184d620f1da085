package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
)

// testAdminGroups: a group gives its members a role beside what they have by
// hand, and takes it back with their sessions.
func testAdminGroups(t *testing.T, d Database) {
	s := d.Open(t)
	ctx := t.Context()
	forest := Forest()
	must(t, s.AddDirectory(ctx, forest, Entry("directory.add", forest.Name)))
	const object = "00000000-0000-4000-8000-00000000000a"
	alice := Somebody("alice")
	alice.Person.Origin = directory.Origin{Directory: forest.ID, Object: object, DN: "cn=alice"}
	Add(t, s, alice)
	group := operator.AdminGroup{ID: 70, Directory: forest.ID, DN: "cn=admins", Role: directory.HelpDesk, CreatedAt: Start}
	if err := s.PutAdminGroup(ctx, group, Entry("admin.group", "x")); err != nil {
		t.Fatal(err)
	}
	group.Role = directory.Administrator
	if err := s.PutAdminGroup(ctx, group, Entry("admin.group", "x")); err != nil {
		t.Fatal(err)
	}
	if list, err := s.AdminGroups(ctx); err != nil || len(list) != 1 || list[0] != group {
		t.Fatalf("%+v, %v", list, err)
	}
	var logged []string
	read := operator.GroupReading{Group: group.ID, At: Start, Members: []string{object, "00000000-0000-4000-8000-00000000000b", object}}
	set := func(roles map[string]directory.Role) {
		t.Helper()
		err := s.SetGroupRoles(ctx, forest.ID, []operator.GroupReading{read}, roles, func(username string, was, is directory.Role) audit.Change {
			logged = append(logged, username+": "+string(was)+" to "+string(is))
			return Entry("admin.by-group", username)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	role := func(want directory.Role) {
		t.Helper()
		r := Find(t, s, "alice")
		if r.Person.Role != directory.NoRole || r.Person.EffectiveRole() != want {
			t.Errorf("%q by hand, %q in all; want %q", r.Person.Role, r.Person.EffectiveRole(), want)
		}
	}
	role(directory.NoRole)
	before := Find(t, s, "alice").Standing.Version
	members := map[string]directory.Role{object: directory.Administrator, "00000000-0000-4000-8000-00000000000b": directory.Administrator}
	set(members)
	set(members)
	role(directory.Administrator)
	if after := Find(t, s, "alice").Standing.Version; after != before+1 {
		t.Errorf("the version rose from %d to %d", before, after)
	}
	if page, err := s.FindPeople(ctx, operator.PeopleQuery{WithRole: true, Limit: 10, Now: Start}); err != nil || len(page) != 1 {
		t.Errorf("%d people with a role, %v", len(page), err)
	}
	stands := func(want operator.GroupStanding) {
		t.Helper()
		if list, err := s.AdminGroupMembers(ctx); err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
			t.Errorf("the group is %+v, %v; want %+v", list, err, want)
		}
	}
	people := []operator.GroupPerson{{ID: Find(t, s, "alice").Person.ID, Username: "alice"}}
	stands(operator.GroupStanding{Group: group.ID, Members: 2, People: people})
	read.Gone, read.Members = true, nil
	set(map[string]directory.Role{object: directory.Administrator})
	stands(operator.GroupStanding{Group: group.ID, GoneAt: Start})
	read.At = Start.Add(time.Minute)
	set(map[string]directory.Role{object: directory.Administrator})
	stands(operator.GroupStanding{Group: group.ID, GoneAt: Start})
	read.Gone, read.Members = false, []string{object}
	set(map[string]directory.Role{object: directory.HelpDesk})
	stands(operator.GroupStanding{Group: group.ID, Members: 1, People: people})
	role(directory.HelpDesk)
	set(nil)
	role(directory.NoRole)
	want := []string{"alice:  to administrator", "alice: administrator to help-desk", "alice: help-desk to "}
	if len(logged) != len(want) {
		t.Fatalf("logged %q", logged)
	}
	for i := range want {
		if logged[i] != want[i] {
			t.Errorf("logged %q", logged)
		}
	}
	if err := s.RemoveAdminGroup(ctx, 70, Entry("admin.group", "x")); err != nil {
		t.Fatal(err)
	}
	set(nil) // of a group that gives no role any more
	if list, err := s.AdminGroupMembers(ctx); err != nil || len(list) != 0 {
		t.Errorf("of no group it is known: %+v, %v", list, err)
	}
	if err := s.RemoveAdminGroup(ctx, 70, Entry("admin.group", "x")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("removed twice: %v", err)
	}
}

func groupEntry(username string, _, _ directory.Role) audit.Change {
	return Entry("admin.by-group", username)
}
