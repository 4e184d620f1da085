package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
)

// fromForest is somebody of a directory, with a role by hand.
func fromForest(forest directory.Source, n int, name string, role directory.Role, origin directory.Origin) operator.NewPerson {
	p := Somebody(name)
	p.Person.Role = role
	was := put(forest, n, name).Person.Origin
	was.Barred, was.ExpiresAt, was.GoneAt = origin.Barred, origin.ExpiresAt, origin.GoneAt
	p.Person.Origin = was
	return p
}

// testExcluded: lists, counts and alarms agree with directory.Person.Excluded
// about who is kept out, whoever does it.
func testExcluded(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	here := Somebody("disabled-here")
	here.Person.Disabled = true
	both := fromForest(forest, 1, "disabled-twice", "", directory.Origin{Barred: directory.BarredDisabled})
	both.Person.Disabled = true
	people := []operator.NewPerson{
		Somebody("local"), here, both,
		fromForest(forest, 2, "well", directory.Administrator, directory.Origin{}),
		fromForest(forest, 3, "disabled", directory.Administrator, directory.Origin{Barred: directory.BarredDisabled}),
		fromForest(forest, 4, "locked", "", directory.Origin{Barred: directory.BarredLocked}),
		fromForest(forest, 5, "gone", "", directory.Origin{Barred: directory.BarredGone, GoneAt: Start}),
		fromForest(forest, 6, "ended", directory.Administrator, directory.Origin{ExpiresAt: Start}),
		fromForest(forest, 7, "ends", "", directory.Origin{ExpiresAt: Start.Add(time.Microsecond)}),
	}
	var out, in []string
	for _, p := range people {
		Add(t, s, p)
		if p.Person.Excluded(Start) {
			out = append(out, p.Person.Key)
		} else {
			in = append(in, p.Person.Key)
		}
	}
	slices.Sort(out)
	slices.Sort(in)
	for _, disabled := range []bool{true, false} {
		list, err := s.FindPeople(t.Context(), operator.PeopleQuery{Disabled: &disabled, Now: Start})
		must(t, err)
		var keys []string
		for _, r := range list {
			keys = append(keys, r.Person.Key)
		}
		want := in
		if disabled {
			want = out
		}
		same(t, "listed", want, keys)
	}
	census, err := s.CountPeople(t.Context(), "", Start)
	must(t, err)
	if census.Disabled != len(out) || census.All != len(people) {
		t.Errorf("counted: %+v, want %d", census, len(out))
	}
	alarm := notify.Message{Kind: notify.DirectoryRefused, Data: map[string]string{"directory": forest.Name, "said": "why"}}
	must(t, s.SetPoll(t.Context(), forest.ID, roster.Poll{Problem: "why", Refused: true}, &alarm))
	mails, err := s.FindMails(t.Context(), operator.MailQuery{Limit: 10})
	must(t, err)
	if len(mails) != 1 || mails[0].Username != "well" {
		t.Errorf("the alarm goes to %+v", mails)
	}
}

// testBreakGlass: while there is a local administrator, one stays, whoever has
// the role by a directory.
func testBreakGlass(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	glass := Somebody("glass")
	glass.Person.Role = directory.Administrator
	Add(t, s, glass)
	for i, name := range []string{"alice", "bob"} {
		Add(t, s, fromForest(forest, i, name, directory.Administrator, directory.Origin{}))
	}
	byGroup := Add(t, s, fromForest(forest, 7, "carol", "", directory.Origin{}))
	roles := map[string]directory.Role{byGroup.Person.Origin.Object: directory.Administrator}
	must(t, s.SetGroupRoles(t.Context(), forest.ID, nil, roles, groupEntry))

	administer := func(want ...string) {
		t.Helper()
		list, err := s.Administrators(t.Context())
		must(t, err)
		var keys []string
		for _, r := range list {
			keys = append(keys, r.Person.Key)
		}
		slices.Sort(keys)
		same(t, "who administers", want, keys)
	}
	administer("alice", "bob", "carol", "glass")
	disable := func(name string) error {
		r, yes := Find(t, s, name), true
		return s.Amend(t.Context(), operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, Disabled: &yes, KeepAdministrator: true, Log: Entry("user.disable", name),
		})
	}
	if err := disable("glass"); !errors.Is(err, operator.ErrLastAdministrator) {
		t.Errorf("the last local administrator may go: %v", err)
	}
	same(t, "of the directory", []roster.Result{roster.ShutOut, roster.ShutOut}, shutBoth(t, s, "alice", "bob"))
	must(t, s.SetGroupRoles(t.Context(), forest.ID, nil, nil, groupEntry))
	administer("alice", "bob", "glass") // who is kept out, too
	if err := disable("glass"); !errors.Is(err, operator.ErrLastAdministrator) {
		t.Errorf("the last administrator may go: %v", err)
	}
}

// testLastOfDirectory: where nobody local administers, the last one of a
// directory stays.
func testLastOfDirectory(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	for i, name := range []string{"alice", "bob"} {
		Add(t, s, fromForest(forest, i, name, directory.Administrator, directory.Origin{}))
	}
	same(t, "the last of a directory", []roster.Result{roster.ShutOut, roster.LastAdmin}, shutBoth(t, s, "alice", "bob"))
}

// shutBoth disables people in their directory, one after the other.
func shutBoth(t *testing.T, s *store.Store, names ...string) (results []roster.Result) {
	t.Helper()
	for _, name := range names {
		one, err := s.ShutOut(t.Context(), roster.Shutting{
			Outs: []roster.Out{{Person: Find(t, s, name).Person.ID, Barred: directory.BarredDisabled, ReadAt: Start.Add(time.Second)}},
			Now:  Start, Entry: outEntry, Back: backEntry,
		})
		must(t, err)
		results = append(results, one...)
	}
	return results
}
