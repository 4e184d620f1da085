package storetest

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
)

// testManagers: a period counts people by the manager whom their directory
// names, also one who is gone, and says who that is where it is known.
func testManagers(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	everybody := item(forest, "everybody")
	everybody.Defaults.Required = false
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	team := []struct{ name, manager string }{
		{"boss", ""}, {"leaver", "cn=boss"}, {"alice", "cn=boss"}, {"bob", "cn=boss"}, {"carol", "cn=leaver"}, {"dave", "cn=elsewhere"},
	}
	period := starting("")
	must(t, s.BeginPeriod(t.Context(), period, Entry("period.begin", "")))
	var duties []operator.NewDuty
	for i, member := range team {
		p := put(forest, i+1, member.name)
		p.Shown = roster.Shown{Manager: member.manager}
		same(t, member.name, []roster.Result{roster.Added}, take(t, s, forest, everybody.ID, p))
		if member.manager != "" {
			duties = append(duties, operator.NewDuty{Person: p.Person.ID, Requirement: period.For(Start)})
		}
	}
	Add(t, s, Somebody("local")) // whose manager nobody names
	duties = append(duties, operator.NewDuty{Person: Find(t, s, "local").Person.ID, Requirement: period.For(Start)})
	_, err := s.AddToPeriod(t.Context(), duties)
	must(t, err)
	must(t, s.RunPeriod(t.Context(), period.ID, Start, Entry("period.start", "")))
	alice := Find(t, s, "alice")
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: alice.Standing.Version, Log: Entry("enroll", "alice"), AddFactors: []factor.Factor{aPasskey(alice.Person.ID, Start)},
	}))

	counted := func(what string, period id.ID, want []operator.Part) {
		t.Helper()
		got, err := s.Progress(t.Context(), period, "passkey", Start.Add(time.Hour))
		must(t, err)
		same(t, what, want, got.Managers)
	}
	boss := operator.Part{Name: "cn=boss", People: 3, Done: 1, Username: "boss", DisplayName: "Person boss"}
	elsewhere := operator.Part{Name: "cn=elsewhere", People: 1}
	leaver := operator.Part{Name: "cn=leaver", People: 1, Username: "leaver", DisplayName: "Person leaver"}
	counted("of one period", period.ID, []operator.Part{boss, elsewhere, leaver})
	counted("of all", operator.EveryPeriod, []operator.Part{boss, elsewhere, leaver})

	gone := departs(t, s, everybody, Find(t, s, "leaver").Person.ID)
	boss.People-- // who is gone does not count
	counted("of one who is gone", period.ID, []operator.Part{boss, elsewhere, leaver})
	heir := put(forest, 9, "heir") // an entry of that name is there again, and somebody else's
	heir.Person.Origin.DN = "cn=leaver"
	same(t, "heir", []roster.Result{roster.Added}, take(t, s, forest, everybody.ID, heir))
	leaver.Username, leaver.DisplayName = "heir", "Person heir"
	counted("of one who came after them", period.ID, []operator.Part{boss, elsewhere, leaver})
	departs(t, s, everybody, Find(t, s, "boss").Person.ID)
	if result, err := s.RemoveMissing(t.Context(), gone, Entry("user.remove", "leaver")); err != nil || result != roster.ShutOut {
		t.Fatalf("removed: %v, %v", result, err)
	}
	counted("of one who is removed", period.ID, []operator.Part{boss, elsewhere, leaver})
}

// departs shuts somebody out whose entry is gone.
func departs(t *testing.T, s *store.Store, i directory.Item, person id.ID) roster.Missing {
	t.Helper()
	results, err := s.ShutOut(t.Context(), roster.Shutting{
		Item: i.ID, Outs: []roster.Out{{Person: person, Barred: directory.BarredGone, ReadAt: Start.Add(time.Minute)}},
		Now: Start, Entry: outEntry, Back: backEntry,
	})
	must(t, err)
	same(t, "gone", []roster.Result{roster.ShutOut}, results)
	missing, err := s.MissingPeople(t.Context(), 10)
	must(t, err)
	for _, m := range missing {
		if m.Person == person {
			return m
		}
	}
	t.Fatalf("missing are %+v", missing)
	return roster.Missing{}
}
