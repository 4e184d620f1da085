package operator_test

import (
	"strings"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// fromDirectory takes over an entry of a directory.
func (o *office) fromDirectory(s directory.Source, object, name string) *directory.Person {
	o.t.Helper()
	p := directory.Person{
		ID: o.IDs.Next(o.now), Username: name, Key: name, CreatedAt: o.now,
		Origin: directory.Origin{Directory: s.ID, Object: object, DN: "cn=" + name, SeenAt: o.now},
	}
	_, err := o.store.TakeEntries(o.t.Context(), roster.Batch{
		Source: s, Puts: []roster.Put{{Person: p, Name: name, Digest: 1, ReadAt: o.now}}, Now: o.now,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	r, err := o.store.PersonByID(o.t.Context(), p.ID)
	if err != nil || r == nil {
		o.t.Fatal(r, err)
	}
	return r.Person
}

// TestNamesakesAreToldApart: whoever has a namesake, in another directory or
// among those who are gone, is reached by a reference, and nobody else is.
func TestNamesakesAreToldApart(t *testing.T) {
	o := newOffice(t)
	forest, lab := storetest.Forest(), storetest.Forest()
	lab.ID, lab.Name, lab.Domains = storetest.NextID(), "lab", []string{"lab.example.org"}
	for _, s := range []directory.Source{forest, lab} {
		if err := o.store.AddDirectory(t.Context(), s, o.entry()); err != nil {
			t.Fatal(err)
		}
	}
	o.Names.SetSources([]directory.Source{forest, lab})
	one := "00000000-0000-4000-8000-00000000000"
	first, second := o.fromDirectory(forest, one+"1", "alice"), o.fromDirectory(lab, one+"2", "alice")
	old := o.fromDirectory(lab, one+"3", "bob")
	_, err := o.store.ShutOut(t.Context(), roster.Shutting{
		Outs: []roster.Out{{Person: old.ID, Barred: directory.BarredGone, ReadAt: o.now}}, Now: o.now, Entry: func(string, directory.Barred) audit.Change { return o.entry() },
	})
	if err != nil {
		t.Fatal(err)
	}
	is := func(name string, want *directory.Person) {
		t.Helper()
		if u, err := o.User(t.Context(), local, name); err != nil || u.Person.ID != want.ID {
			t.Errorf("%s is %v (%v), not %v", name, u.Person, err, want.ID)
		}
	}
	is("bob", old) // there is nobody else
	bob := o.fromDirectory(lab, one+"4", "bob")
	for want, names := range map[*directory.Person][]string{
		first:  {"alice@" + forest.Domains[0], directory.ReferenceTo(first.ID)},
		second: {"alice@lab.example.org", `lab.example.org\alice`, directory.ReferenceTo(second.ID)},
		old:    {directory.ReferenceTo(old.ID)},
		bob:    {"bob", "bob@lab.example.org", directory.ReferenceTo(bob.ID)},
	} {
		for _, name := range names {
			is(name, want)
		}
		u, err := o.User(t.Context(), local, directory.ReferenceTo(want.ID))
		if err != nil {
			t.Fatal(err)
		}
		is(u.Person.Reference(), want)
	}
	_, err = o.User(t.Context(), local, "alice")
	said, hint := problem.Public(err)
	if operator.RefusalOf(err) != operator.RefusedAmbiguous {
		t.Errorf("alice is %q", said)
	}
	for _, p := range []*directory.Person{first, second} {
		if !strings.Contains(hint, directory.ReferenceTo(p.ID)) {
			t.Errorf("%q does not name %v", hint, p.ID)
		}
	}
	var all []string
	for _, f := range o.act(o.Pause(t.Context(), local, operator.Selection{All: true}, operator.Change{})).Skipped {
		all = append(all, f.Username)
	}
	if list := strings.Join(all, " "); !strings.Contains(list, directory.ReferenceTo(old.ID)) || !strings.Contains(list, "alice@lab.example.org") {
		t.Errorf("chosen are %s", list)
	}
	if err := o.RemoveUser(t.Context(), local, directory.ReferenceTo(old.ID), "left for good"); err != nil {
		t.Error(err)
	}
	is("bob", bob)
}
