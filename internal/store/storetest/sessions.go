package storetest

import (
	"errors"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// testSessionsStayEnded: what has ended is not brought back by whoever still
// has it in hand.
func testSessionsStayEnded(t *testing.T, d Database) {
	s := d.Open(t)
	record := Add(t, s, Somebody("alice"))
	alice := record.Person.ID
	old := someSession(t, record, 1)
	must(t, s.PutSession(t.Context(), old))
	renewed := someSession(t, record, 2)
	renewed.Language = "de"
	must(t, s.RenewSession(t.Context(), old.Hash, renewed))
	all, err := s.SessionsOf(t.Context(), alice, Start)
	must(t, err)
	same(t, "the renewed one", []session.Session{renewed}, all)

	if found, err := s.TouchSession(t.Context(), old.Hash, Start); found || err != nil {
		t.Errorf("a session that has ended was touched: %v, %v", found, err)
	}
	if err := s.RenewSession(t.Context(), old.Hash, someSession(t, record, 3)); !errors.Is(err, session.ErrOver) {
		t.Errorf("a session that has ended was renewed: %v", err)
	}
	bob := Add(t, s, Somebody("bob"))
	if err := s.RenewSession(t.Context(), renewed.Hash, someSession(t, bob, 4)); !errors.Is(err, session.ErrOver) {
		t.Errorf("somebody else's session was renewed: %v", err)
	}
	all, err = s.SessionsOf(t.Context(), alice, Start)
	must(t, err)
	same(t, "what there is", []session.Session{renewed}, all)
	none(t, s, bob.Person.ID)
}

// testSessionsOfTheDismissed: who was just let in and, in the same moment,
// disabled, reset or suspended does not get a session.
func testSessionsOfTheDismissed(t *testing.T, d Database) {
	s := d.Open(t)
	yes := true
	for name, dismiss := range map[string]func(a *operator.Amendment){
		"alice": func(a *operator.Amendment) { a.Disabled = &yes },
		"bob":   func(a *operator.Amendment) { a.RemoveFactors = []id.ID{Find(t, s, "bob").Factors[0].ID} },
	} {
		r := Add(t, s, Somebody(name))
		good, late := someSession(t, r, name[0]), someSession(t, r, name[1])
		must(t, s.PutSession(t.Context(), good))
		got, err := s.Session(t.Context(), good.Hash)
		must(t, err)
		same(t, "session", &good, got)

		a := operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, EndSessions: true, Log: Entry("dismiss", name),
		}
		dismiss(&a)
		must(t, s.Amend(t.Context(), a))
		if err := s.PutSession(t.Context(), late); !errors.Is(err, session.ErrOver) {
			t.Errorf("%s has a session: %v", name, err)
		}
		good.Ended = map[string]session.Ending{"alice": session.EndedShutOut, "bob": session.EndedChanged}[name]
		if got, err = s.Session(t.Context(), good.Hash); err != nil || got == nil || got.Ended != good.Ended || got.Live(got.SeenAt) {
			t.Errorf("%s is told %+v, %v", name, got, err)
		}
		if err := s.RenewSession(t.Context(), good.Hash, late); !errors.Is(err, session.ErrOver) {
			t.Errorf("%s renewed what had ended: %v", name, err)
		}
		if found, err := s.TouchSession(t.Context(), good.Hash, Start); found || err != nil {
			t.Errorf("%s touched what had ended: %v", name, err)
		}
		none(t, s, r.Person.ID)
	}

	carol := Add(t, s, Somebody("carol"))
	must(t, s.SuspendFactors(t.Context(), enrollment.Suspension{
		Person: carol.Person.ID, Version: carol.Standing.Version, Change: Entry("factor.not-me", "carol"),
	}))
	late := someSession(t, carol, 9)
	if err := s.PutSession(t.Context(), late); !errors.Is(err, session.ErrOver) {
		t.Errorf("a suspended factor begins a session: %v", err)
	}
	nobody := &authn.Record{Person: &directory.Person{ID: NextID()}}
	if err := s.PutSession(t.Context(), someSession(t, nobody, 8)); !errors.Is(err, session.ErrOver) {
		t.Errorf("nobody has a session: %v", err)
	}
}

// none fails the test if a person has a session.
func none(t *testing.T, s *store.Store, person id.ID) {
	t.Helper()
	all, err := s.SessionsOf(t.Context(), person, Start)
	must(t, err)
	if len(all) != 0 {
		t.Errorf("there are sessions: %+v", all)
	}
}

// testSessionsOfAPassword: who was let in with the password alone, and in the
// same moment got a factor or had one suspended, has no session by that.
func testSessionsOfAPassword(t *testing.T, d Database) {
	s := d.Open(t)
	add := func(name string, change func(*factor.Factor)) *authn.Record {
		p := Somebody(name)
		if change == nil {
			p.Factors = nil
		} else {
			change(&p.Factors[0])
		}
		return Add(t, s, p)
	}
	for i, c := range []struct {
		who *authn.Record
		may bool
	}{
		{add("none", nil), true},
		{add("codes only", func(f *factor.Factor) { f.Kind = factor.Recovery }), true},
		{add("enrolled", func(*factor.Factor) {}), false},
		{add("suspended", func(f *factor.Factor) { f.Suspended = true }), false},
	} {
		v := someSession(t, c.who, byte(i))
		v.Proof.Factor = 0
		if err := s.PutSession(t.Context(), v); c.may != (err == nil) || !c.may && !errors.Is(err, session.ErrOver) {
			t.Errorf("%s: %v", c.who.Person.Username, err)
		}
	}
}
