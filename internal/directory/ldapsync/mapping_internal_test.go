package ldapsync

import (
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"pgregory.net/rapid"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
)

// read makes an entry as it comes from a server and maps it.
func read(t *testing.T, preset directory.Preset, attributes ...string) directory.EntryChange {
	t.Helper()
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	entry := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
	entry.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "cn=alice,dc=example", ""))
	list := ber.NewSequence("")
	for pair := range slices.Chunk(attributes, 2) {
		one := ber.NewSequence("")
		one.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, pair[0], ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for v := range strings.SplitSeq(pair[1], "|") {
			set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, v, ""))
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	entry.AppendChild(list)
	message.AppendChild(entry)
	m, err := wire.NewReader(strings.NewReader(string(message.Bytes())), 8<<20).Next()
	if err != nil {
		t.Fatal(err)
	}
	var e wire.Entry
	if err := m.ReadEntry(&e); err != nil {
		t.Fatal(err)
	}
	mapping := newMapping(directory.Source{Preset: preset, Attributes: preset.Attributes()})
	return mapping.person(&e)
}

const (
	guid   = "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	asText = "00112233-4455-6677-8899-aabbccddeeff"
)

// TestStatus: who is kept out, and until when.
func TestStatus(t *testing.T) {
	ad := func(attributes ...string) directory.EntryChange {
		return read(t, directory.ActiveDirectory, append([]string{"objectGUID", guid, "sAMAccountName", "alice"}, attributes...)...)
	}
	ol := func(attributes ...string) directory.EntryChange {
		return read(t, directory.OpenLDAP, append([]string{"entryUUID", strings.ToUpper(asText), "uid", "alice"}, attributes...)...)
	}
	for name, tc := range map[string]struct {
		got     directory.EntryChange
		barred  directory.Barred
		expires string
		refused bool
	}{
		"AD normal":           {got: ad("userAccountControl", "512", "accountExpires", "9223372036854775807", "lockoutTime", "0")},
		"AD never":            {got: ad("userAccountControl", "512", "accountExpires", "0")},
		"AD disabled":         {got: ad("userAccountControl", "66050"), barred: directory.BarredDisabled},
		"AD locked":           {got: ad("userAccountControl", "512", "lockoutTime", "132000000000000000"), barred: directory.BarredLocked},
		"AD disabled, locked": {got: ad("userAccountControl", "514", "lockoutTime", "132000000000000000"), barred: directory.BarredDisabled},
		"AD ends":             {got: ad("userAccountControl", "512", "accountExpires", "133485408000000000"), expires: "2024-01-01T00:00:00Z"},
		"AD status hidden":    {got: ad("accountExpires", "0"), refused: true},
		"AD status garbage":   {got: ad("userAccountControl", "disabled"), refused: true},
		"normal":              {got: ol("shadowExpire", "-1")},
		"ends":                {got: ol("shadowExpire", "19723"), expires: "2024-01-01T00:00:00Z"},
		"locked":              {got: ol("pwdAccountLockedTime", "20240101000000Z"), barred: directory.BarredLocked},
		"locked for good":     {got: ol("pwdAccountLockedTime", "000001010000Z"), barred: directory.BarredDisabled},
	} {
		at := ""
		if !tc.got.Entry.ExpiresAt.IsZero() {
			at = tc.got.Entry.ExpiresAt.Format(time.RFC3339)
		}
		if tc.got.Entry.Barred != tc.barred || at != tc.expires || (tc.got.Refused != "") != tc.refused || tc.got.Entry.Object != asText {
			t.Errorf("%s: %+v, refused %q", name, tc.got.Entry, tc.got.Refused)
		}
	}
}

// TestJunk: what cannot be used is refused or left out, with its reason and
// nothing of the value.
func TestJunk(t *testing.T) {
	id := []string{"entryUUID", asText}
	for name, tc := range map[string]struct {
		attributes []string
		refused    directory.Remark
		remarks    int
	}{
		"sound":              {[]string{"uid", "alice", "cn", "Alice", "mail", "a@example.com", "preferredLanguage", "de, en;q=0.8"}, "", 0},
		"no user name":       {nil, directory.RemarkNoUsername.About("uid"), 0},
		"empty user name":    {[]string{"uid", ""}, directory.RemarkNoUsername.About("uid"), 0},
		"binary user name":   {[]string{"uid", "\xff\xfe\x00"}, directory.RemarkUsernameNotText, 0},
		"NUL in a user name": {[]string{"uid", "al\x00ice"}, directory.RemarkUsernameNotText, 0},
		"long user name":     {[]string{"uid", strings.Repeat("a", 254)}, directory.RemarkLongUsername, 0},
		"binary name":        {[]string{"uid", "alice", "cn", "\x89PNG\r\n"}, "", 1},
		"a megabyte":         {[]string{"uid", "alice", "mail", strings.Repeat("x", 1<<20)}, "", 1},
		"second one is text": {[]string{"uid", "alice", "cn", "\xff|Alice"}, "", 0},
		"two addresses":      {[]string{"uid", "alice", "mail", "a@example.com|b@example.com"}, "", 1},
		"no language":        {[]string{"uid", "alice", "preferredLanguage", "!!"}, "", 1},
	} {
		got := read(t, directory.OpenLDAP, append(slices.Clone(id), tc.attributes...)...)
		if got.Refused != tc.refused || len(got.Remarks) != tc.remarks {
			t.Errorf("%s: refused %q, remarks %q", name, got.Refused, got.Remarks)
		}
	}
	for _, bad := range []string{"", "x", "00112233-4455-6677-8899-aabbccddeef", "00112233x4455-6677-8899-aabbccddeeff", "gg112233-4455-6677-8899-aabbccddeeff"} {
		if got := read(t, directory.OpenLDAP, "entryUUID", bad, "uid", "alice"); got.Refused == "" {
			t.Errorf("identity %q is taken", bad)
		}
	}
	if got := read(t, directory.ActiveDirectory, "objectGUID", guid[:15], "sAMAccountName", "alice"); got.Refused == "" {
		t.Error("a short objectGUID is taken")
	}
}

func TestIdentityIsItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "octets")
		for _, binary := range []bool{true, false} {
			m := mapping{binaryIdentity: binary}
			value := octets
			if !binary {
				value = []byte(uuidText(wire.UUID(octets)))
			}
			object, ok := m.identity(value)
			id, parsed := parseUUID(object)
			if binary {
				id = swapGUID(id)
			}
			if !ok || !parsed || id != wire.UUID(octets) {
				t.Fatalf("%x is %q", octets, object)
			}
		}
	})
}

func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		dn, base string
		want     bool
	}{
		{"cn=a,dc=example", "dc=example", true},
		{"CN=A, DC=Example", "dc=example", true},
		{"dc=example", "dc=example", true},
		{"cn=a,dc=example", "", true},
		{"cn=a,dc=anexample", "dc=example", false},
		{"cn=a,xdc=example", "dc=example", false},
		{"dc=example", "cn=a,dc=example", false},
	} {
		if got := within(tc.dn, tc.base); got != tc.want {
			t.Errorf("within(%q, %q) = %v", tc.dn, tc.base, got)
		}
	}
}

func TestCursorOfAnotherScope(t *testing.T) {
	c := cursor{Scope: "a", Kind: byUSN, USN: 17}
	if got := parseCursor(c.encode(), "a"); got.USN != 17 {
		t.Errorf("the same scope: %+v", got)
	}
	for _, text := range []string{string(c.encode()), "", "{", "null", "[]"} {
		if got := parseCursor([]byte(text), "b"); got.Kind != "" {
			t.Errorf("%q in another scope: %+v", text, got)
		}
	}
}
