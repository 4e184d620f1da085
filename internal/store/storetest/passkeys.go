package storetest

import (
	"bytes"
	"errors"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// enrollPasskey completes an enrollment of a passkey that is found by lookup.
func enrollPasskey(t *testing.T, s *store.Store, key string, lookup passkey.Lookup) (id.ID, error) {
	t.Helper()
	r := Find(t, s, key)
	f := NextID()
	pending := enrollment.Pending{Person: r.Person.ID, Factor: f, Kind: factor.Passkey, Sealed: []byte("asked"), StartedAt: Start}
	must(t, s.PutPending(t.Context(), pending))
	return f, s.CompleteEnrollment(t.Context(), enrollment.Completion{
		Person: r.Person.ID, Version: r.Standing.Version,
		Factor: factor.Factor{ID: f, Person: r.Person.ID, Kind: factor.Passkey, Label: "key", Sealed: []byte("made"), CreatedAt: Start},
		Lookup: &lookup, Spent: factor.Spent{Factor: f, At: Start}, Change: Entry("factor.enroll", key),
	})
}

// testPasskeys: a passkey is one person's, is found without a name, and is
// forgotten with its factor.
func testPasskeys(t *testing.T, d Database) {
	s := d.Open(t)
	alice, bob := Add(t, s, Somebody("alice")), Add(t, s, Somebody("bob"))
	owner := func(want string, lookups ...passkey.Lookup) {
		t.Helper()
		for _, lookup := range lookups {
			if key, err := s.PasskeyOwner(t.Context(), lookup); key != want || err != nil {
				t.Errorf("it is %q's, not %q's: %v", key, want, err)
			}
		}
	}
	one, two, three := passkey.Lookup{1}, passkey.Lookup{2}, passkey.Lookup{3}
	owner("", one)
	first, err := enrollPasskey(t, s, "alice", one)
	must(t, err)
	_, err = enrollPasskey(t, s, "alice", two)
	must(t, err)
	for _, key := range []string{"alice", "bob"} {
		if _, err := enrollPasskey(t, s, key, one); !errors.Is(err, enrollment.ErrPasskeyTaken) {
			t.Errorf("%s has it too: %v", key, err)
		}
	}
	_, err = enrollPasskey(t, s, "bob", three)
	must(t, err)
	owner("alice", one, two)
	owner("bob", three)

	// What a use leaves of it, and what its owner calls it.
	r := Find(t, s, "alice")
	c := Allowed(r, 1)
	c.Left = &authn.LeftSecret{Factor: first, Sealed: []byte("counted")}
	commit(t, s, c)
	r = Find(t, s, "alice")
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: r.Standing.Version, Log: Entry("factor.rename", "alice"),
		Rename: &operator.Rename{Factor: first, Label: "blue key"},
	}))
	again := Find(t, s, "alice")
	if f := again.Factors[1]; f.ID != first || string(f.Sealed) != "counted" || f.Label != "blue key" {
		t.Errorf("kept %+v", f)
	}
	if again.Standing.Version <= r.Standing.Version {
		t.Error("the version has not risen")
	}
	r = again

	var file bytes.Buffer
	must(t, s.Backup(t.Context(), &file, nil, Entry("backup", "")))
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: r.Standing.Version, RemoveFactors: []id.ID{first}, Log: Entry("factor.remove", "alice"),
	}))
	owner("", one)
	owner("alice", two)
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: bob.Person.ID, Version: Find(t, s, "bob").Standing.Version, RemovePerson: true, Log: Entry("user.remove", "bob"),
	}))
	owner("", three)
	must(t, s.Restore(t.Context(), &file, 0, Entry("restore", "")))
	owner("alice", one, two)
	owner("bob", three)
}
