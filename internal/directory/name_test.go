package directory_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/directory"
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
