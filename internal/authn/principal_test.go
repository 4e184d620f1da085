package authn_test

import (
	"context"
	"errors"
	"testing"

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

// TestWhomAPrincipalNameMeans: first whoever has it, then whose user name it is
// with the domain; nobody takes a name of another directory or a local one.
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
		{"bob@corp.example.com", "mallory", "mallory", nil}, // as Active Directory itself does
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
