package authn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// records are people by their key.
type records map[string]directory.Person

func (r records) Person(_ context.Context, key string, _ bool) (*authn.Record, bool, error) {
	if p, ok := r[key]; ok {
		p.Key = key
		return &authn.Record{Person: &p}, false, nil
	}
	return nil, false, nil
}

func (r records) PrincipalKeys(_ context.Context, source id.ID, principal string) (keys []string, _ error) {
	for key, p := range r {
		if p.Origin.Principal == principal && (source == 0 || p.Origin.Directory == source) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// TestWhomAPrincipalNameMeans: whoever has it, or else whose user name it is
// with the domain, and nobody where those are two; nobody takes a name of
// another directory or a local one.
func TestWhomAPrincipalNameMeans(t *testing.T) {
	from := func(source id.ID, principal string) directory.Person {
		return directory.Person{Origin: directory.Origin{Directory: source, Principal: principal}}
	}
	people := records{
		"msmith":  from(7, "mary.smith@corp.example.com"),
		"alice":   from(7, "alice@corp.example.com"),
		"bob":     from(7, ""),
		"mallory": from(7, "bob@corp.example.com"),
		"one":     from(7, "twins@corp.example.com"),
		"two":     from(7, "twins@corp.example.com"),
		"carol":   {}, // local
		"thief":   from(8, "carol@example.com"),
		"robber":  from(8, "alice@example.com"),
		"shared":  from(8, "everybody@example.com"),
		"foreign": from(8, "dora@corp.example.com"),
		"dora":    from(7, ""),
		"heir":    from(7, "left@corp.example.com"),
		"left":    {Origin: directory.Origin{Directory: 7, GoneAt: time.Unix(1, 0)}},
	}
	names := directory.NewNames([]string{"example.com"})
	names.SetSources([]directory.Source{
		{ID: 7, Name: "corp", Preset: directory.ActiveDirectory, Domains: []string{"corp.example.com", "corp"}},
		{ID: 8, Name: "lab", Preset: directory.ActiveDirectory, Domains: []string{"lab.example.com"}},
	})
	for _, tc := range []struct {
		typed, key, user string
		err              error
	}{
		{"Mary.Smith@CORP.example.com", "msmith", "msmith", nil},
		{"msmith@corp.example.com", "msmith", "msmith", nil},
		{`CORP\msmith`, "msmith", "msmith", nil},
		{"mary.smith", "mary.smith", "mary.smith", nil}, // nobody
		{`CORP\mary.smith`, "mary.smith", "mary.smith", nil},
		{"mary.smith@corp", "mary.smith", "mary.smith", nil},
		{"alice@corp.example.com", "alice", "alice", nil},
		{"bob@corp.example.com", "", "", authn.ErrAmbiguousName},
		{"left@corp.example.com", "heir", "heir", nil},
		{`CORP\bob`, "bob", "bob", nil},
		{"bob", "bob", "bob", nil},
		{"twins@corp.example.com", "", "", authn.ErrAmbiguousName},
		{"carol@example.com", "", "", authn.ErrAmbiguousName},
		{"alice@example.com", "", "", authn.ErrAmbiguousName},
		{"everybody@example.com", "shared", "shared", nil},
		{"dora@corp.example.com", "dora", "dora", nil},
		{"mary.smith@evil.example.com", "", "", directory.ErrForeignDomain},
	} {
		key, name, err := authn.Resolve(t.Context(), people, names, tc.typed)
		if !errors.Is(err, tc.err) || err == nil && (key != tc.key || name.User != tc.user) {
			t.Errorf("%s: %q, %+v, %v", tc.typed, key, name, err)
		}
	}
}

// TestAPrincipalNameIsOnePerson: at the first sign-in and afterwards, and with
// a record that does not know the name yet; wrong passwords are one count.
func TestAPrincipalNameIsOnePerson(t *testing.T) {
	in, h := installHomes(t)
	const spelling = "Dora.Example@corp.example.com"
	h.entries[3].entry.Principal = "dora.example@corp.example.com"
	in.want(in.begin("vpn", spelling, "dora-ad", 1), authn.Enroll, authn.ReasonMustEnroll)
	in.want(in.begin("vpn", spelling, "dora-ad", 2), authn.Enroll, authn.ReasonMustEnroll)
	if r, _, err := in.store.Person(t.Context(), "dora.example", true); err != nil || r != nil {
		t.Errorf("a second record: %v, %v", r, err)
	}

	h.entries[0].entry.Principal = "alice.example@corp.example.com" // the record is older
	spellings := []string{"alice", "alice.example@corp.example.com", `CORP\alice`, "Alice.Example@CORP.example.com", "alice@corp.example.com"}
	for i, name := range spellings {
		in.want(in.begin("vpn", name, "wrong", byte(10+i)), authn.Deny, authn.ReasonPasswordWrong)
	}
	for i, name := range spellings {
		in.want(in.begin("vpn", name, "alice-ad", byte(20+i)), authn.Deny, authn.ReasonPasswordLocked)
	}
	if r, _, err := in.store.Person(t.Context(), "alice", true); err != nil || r.Standing.Passwords.Wrong != 5 {
		t.Errorf("counted: %+v, %v", r, err)
	}
}

// TestAnUnknownSpellingCostsNoMore: somebody's whose record does not know the
// name yet is checked with the work of anybody's, a code in the field included.
func TestAnUnknownSpellingCostsNoMore(t *testing.T) {
	in, h := installHomes(t)
	h.entries[0].entry.Principal = "alice.example@corp.example.com" // the record is older
	for i, tc := range []struct {
		client, password string
		outcome          authn.Outcome
		reason           authn.Reason
	}{
		{"mute", "wrong," + in.code(aliceKey), authn.Deny, authn.ReasonPasswordWrong},
		{"mute", in.code(aliceKey), authn.Deny, authn.ReasonEmptyPassword},
		{"mute", "alice-ad," + in.code(aliceKey), authn.Allow, authn.ReasonCodeRight},
	} {
		hashes, looks, binds := in.hash.done.Load(), h.looks.Load(), h.binds.Load()
		in.want(in.begin(tc.client, "Alice.Example@corp.example.com", tc.password, byte(i+1)), tc.outcome, tc.reason)
		if n, l, b := in.hash.done.Load()-hashes, h.looks.Load()-looks, h.binds.Load()-binds; n != 1 || l != 1 || b != 1 {
			t.Errorf("%s: %d hashes, %d searches, %d binds", tc.reason, n, l, b)
		}
	}
	for _, typed := range h.seen {
		if typed != "wrong" && typed != "alice-ad" {
			t.Errorf("the directory has seen %q", typed)
		}
	}
}

// TestAPrincipalNameThatMovedOn opens neither its old owner's record nor, until
// the record says so, that of the new one.
func TestAPrincipalNameThatMovedOn(t *testing.T) {
	for reason, found := range map[authn.Reason]authn.Found{
		authn.ReasonUnknownUser:   {Directory: 7, Entry: directory.Entry{Object: object(0)}, Renamed: true},
		authn.ReasonAmbiguousName: {Ambiguous: true},
	} {
		in, h := installHomes(t)
		h.answer = &found
		hashes, looks, binds := in.hash.done.Load(), h.looks.Load(), h.binds.Load()
		d := in.begin("vpn", "alice@corp.example.com", "alice-ad", 1)
		in.want(d, authn.Deny, reason)
		if n, l, b := in.hash.done.Load()-hashes, h.looks.Load()-looks, h.binds.Load()-binds; n != 1 || l != 1 || b != 1 || h.tried.Load() != 0 {
			t.Errorf("%s: %d hashes, %d searches, %d binds, %d tried", reason, n, l, b, h.tried.Load())
		}
		if r, _, err := in.store.Person(t.Context(), "alice", true); err != nil || r.Standing.Passwords.Wrong != 0 {
			t.Errorf("%s: counted: %+v, %v", reason, r, err)
		}
	}
}
