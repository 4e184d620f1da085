package directory_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

func TestKey(t *testing.T) {
	names := directory.NewNames([]string{"CORP", "corp.example.com"})
	for _, tc := range []struct {
		typed, key string
		err        error
	}{
		{"alice", "alice", nil},
		{"Alice", "alice", nil},
		{`CORP\Alice`, "alice", nil},
		{`corp\alice`, "alice", nil},
		{"alice@corp.example.com", "alice", nil},
		{"ALICE@Corp.Example.COM.", "alice", nil},
		{"ＡＬＩＣＥ", "alice", nil}, // full width, RFC 8264 width mapping
		{"Ångström", "ångström", nil},
		{"A\u030angstro\u0308m", "ångström", nil}, // decomposed
		{"иван", "иван", nil},
		{"id:038qcdvzw9tsb", "", directory.ErrMalformedName}, // that is how one refers to a person
		{"ID:038QCDVZW9TSB", "", directory.ErrMalformedName},
		{"ｉｄ：038qcdvzw9tsb", "", directory.ErrMalformedName},
		{"id:alice", "id:alice", nil},
		{"mary jane", "", directory.ErrMalformedName}, // RFC 8265: no spaces in the identifier class
		{`EVIL\alice`, "", directory.ErrForeignDomain},
		{"alice@evil.example.com", "", directory.ErrForeignDomain},
		{`\alice`, "", directory.ErrForeignDomain},
		{"alice@", "", directory.ErrForeignDomain},
		{"a@b@corp.example.com", "", directory.ErrMalformedName},
		{`CORP\a\b`, "", directory.ErrMalformedName},
		{"alice＠corp.example.com", "", directory.ErrMalformedName}, // full-width @ and \ are no second spelling
		{"corp＼alice", "", directory.ErrMalformedName},
		{`CORP\`, "", directory.ErrMalformedName},
		{"", "", directory.ErrMalformedName},
		{"al\x00ice", "", directory.ErrMalformedName},
		{"alice\n", "", directory.ErrMalformedName},
		{"\xff\xfe", "", directory.ErrMalformedName},
		{strings.Repeat("a", 253), strings.Repeat("a", 253), nil},
		{strings.Repeat("a", 254), "", directory.ErrMalformedName},
	} {
		key, err := names.Key(tc.typed)
		if key != tc.key || !errors.Is(err, tc.err) {
			t.Errorf("Key(%q) = %q, %v; want %q, %v", tc.typed, key, err, tc.key, tc.err)
		}
	}
}

// TestLearnedDomains: what a directory says its domain is called counts after
// what anybody has typed.
func TestLearnedDomains(t *testing.T) {
	names := directory.NewNames([]string{"HOUSE"})
	names.SetSources([]directory.Source{
		{ID: 1, Name: "corp", Domains: []string{"corp.example.com"}, Learned: []string{"corp", "annex", "house", "twin"}},
		{ID: 2, Name: "annex", Domains: []string{"annex.example.com", "annex"}, Learned: []string{"twin"}},
	})
	for typed, want := range map[string]id.ID{
		`CORP\alice`: 1, "alice@corp": 1, `ANNEX\alice`: 2, `HOUSE\alice`: 0, `TWIN\alice`: 0,
	} {
		if name, err := names.Parse(typed); err != nil || name.User != "alice" || name.Directory != want {
			t.Errorf("%s is %+v, %v; want one of %v", typed, name, err, want)
		}
	}
	if _, err := names.Parse(`OTHER\alice`); !errors.Is(err, directory.ErrForeignDomain) {
		t.Errorf("a domain of nobody: %v", err)
	}
}

func TestPrincipal(t *testing.T) {
	for text, want := range map[string]string{
		"Mary.Smith@Example.COM": "mary.smith@example.com", "mary@example.com.": "mary@example.com",
		"ＭＡＲＹ@example.com": "mary@example.com", "mary@corp": "mary@corp",
		"mary": "", "@example.com": "", "mary@": "", "a@b@example.com": "", "a＠b@example.com": "", `CORP\mary@example.com`: "", "mary@exa\x00mple": "", "": "",
	} {
		if got, ok := directory.Principal(text); got != want || ok != (want != "") {
			t.Errorf("Principal(%q) = %q, %v", text, got, ok)
		}
	}
	name, err := directory.NewNames([]string{"corp"}).Parse(`Mary@CORP`)
	if err != nil || name.User != "mary" || name.Principal != "mary@corp" {
		t.Errorf("%+v, %v", name, err)
	}
	if name, err = directory.NewNames([]string{"corp"}).Parse(`CORP\mary`); err != nil || name.Principal != "" {
		t.Errorf("%+v, %v", name, err)
	}
}

func TestKeyIsItsOwnKey(t *testing.T) {
	names := directory.NewNames(nil)
	rapid.Check(t, func(t *rapid.T) {
		key, err := names.Key(rapid.String().Draw(t, "typed"))
		if err != nil {
			return
		}
		again, err := names.Key(key)
		if err != nil || again != key {
			t.Fatalf("Key(%q) = %q, %v", key, again, err)
		}
	})
}
