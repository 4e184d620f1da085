package passkey_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
)

var (
	party   = passkey.Party{ID: "mfa.example.com", Origins: []string{"https://mfa.example.com"}, Name: "Example Ltd"}
	virtual = virtualwebauthn.RelyingParty{ID: party.ID, Name: party.Name, Origin: party.Origins[0]}
	alice   = passkey.Registrant{Handle: passkey.UserHandle{1, 2, 3}, Username: "alice", DisplayName: "Alice Example"}
)

// device is an authenticator in software with one passkey.
type device struct {
	t *testing.T
	virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
	party virtualwebauthn.RelyingParty
}

func newDevice(t *testing.T, o virtualwebauthn.AuthenticatorOptions) *device {
	d := &device{t: t, Authenticator: virtualwebauthn.NewAuthenticatorWithOptions(o), party: virtual}
	for { // the library writes coordinates without their leading zeros, which no real one does
		d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if n := len(d.key.Key.AttestationData()); n == 77 {
			return d
		}
	}
}

func (d *device) create(who passkey.Registrant, challenge passkey.Challenge) []byte {
	d.t.Helper()
	options, err := party.CreationOptions(who, challenge)
	if err != nil {
		d.t.Fatal(err)
	}
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		d.t.Fatal(err)
	}
	d.Options.UserHandle = []byte(parsed.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(d.party, d.Authenticator, d.key, *parsed))
}

func (d *device) sign(allowed []passkey.Credential, challenge passkey.Challenge) []byte {
	d.t.Helper()
	options, err := party.RequestOptions(allowed, challenge, len(allowed) == 0)
	if err != nil {
		d.t.Fatal(err)
	}
	parsed, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(d.party, d.Authenticator, d.key, *parsed))
}

func (d *device) register() passkey.Credential {
	d.t.Helper()
	c, err := party.Register(alice, passkey.Challenge{1}, d.create(alice, passkey.Challenge{1}))
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, octets []byte) passkey.Response {
	t.Helper()
	r, err := passkey.ParseResponse(octets)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPartyAt(t *testing.T) {
	for public, want := range map[string]string{
		"https://mfa.example.com":       "mfa.example.com https://mfa.example.com",
		"https://MFA.example.com:8443":  "mfa.example.com https://mfa.example.com:8443",
		"http://localhost:8080":         "localhost http://localhost:8080",
		"http://portal.localhost":       "portal.localhost http://portal.localhost",
		"http://mfa.example.com":        "",
		"https://192.0.2.1":             "",
		"https://[2001:db8::1]:8443":    "",
		"http://notlocalhost":           "",
		"http://localhost.example.com/": "",
	} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		p := passkey.PartyAt(u, "Example Ltd")
		if got := strings.TrimSpace(p.ID + " " + strings.Join(p.Origins, " ")); got != want || p.Available() != (want != "") {
			t.Errorf("%s: %q, want %q", public, got, want)
		}
	}
}

func TestOptionsAskForWhatASignInNeeds(t *testing.T) {
	d := newDevice(t, virtualwebauthn.AuthenticatorOptions{})
	c := d.register()
	c.Transports = []string{"usb", "nfc"}
	var created, requested, alone map[string]any
	for target, options := range map[*map[string]any]func() ([]byte, error){
		&created: func() ([]byte, error) {
			who := alice
			who.Has = []passkey.Credential{c}
			return party.CreationOptions(who, passkey.Challenge{9})
		},
		&requested: func() ([]byte, error) {
			return party.RequestOptions([]passkey.Credential{c}, passkey.Challenge{9}, false)
		},
		&alone: func() ([]byte, error) { return party.RequestOptions(nil, passkey.Challenge{9}, true) },
	} {
		octets, err := options()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(octets, target); err != nil {
			t.Fatal(err)
		}
	}
	at := func(m map[string]any, path string) any {
		var v any = m
		for step := range strings.SplitSeq(path, ".") {
			if list, ok := v.([]any); ok {
				v = list[0]
			}
			v = v.(map[string]any)[step]
		}
		return v
	}
	id := base64.RawURLEncoding.EncodeToString(c.ID)
	for _, tc := range []struct{ got, want any }{
		{at(created, "rp.id"), "mfa.example.com"},
		{at(created, "rp.name"), "Example Ltd"},
		{at(created, "user.id"), base64.RawURLEncoding.EncodeToString(alice.Handle[:])},
		{at(created, "user.name"), "alice"},
		{at(created, "attestation"), "none"},
		{at(created, "authenticatorSelection.residentKey"), "required"},
		{at(created, "authenticatorSelection.userVerification"), "required"},
		{at(created, "excludeCredentials.id"), id},
		{at(created, "pubKeyCredParams.type"), "public-key"},
		{at(requested, "allowCredentials.id"), id},
		{at(requested, "rpId"), "mfa.example.com"},
		{at(requested, "userVerification"), "preferred"},
		{at(alone, "userVerification"), "required"},
		{at(alone, "allowCredentials"), nil},
	} {
		if tc.got != tc.want {
			t.Errorf("got %v, want %v", tc.got, tc.want)
		}
	}
	if transports := at(requested, "allowCredentials.transports").([]any); len(transports) != 2 || transports[0] != "usb" {
		t.Errorf("transports %v", transports)
	}
}

func TestRegisterAndAssert(t *testing.T) {
	for _, synced := range []bool{false, true} {
		d := newDevice(t, virtualwebauthn.AuthenticatorOptions{BackupEligible: synced, BackupState: synced})
		c := d.register()
		want := factor.MethodHardwareKey
		if synced {
			want = factor.MethodSoftwareKey
		}
		if c.Method() != want || c.BackedUp != synced || !c.Verified || c.User != alice.Handle || !bytes.Equal(c.ID, d.key.ID) {
			t.Errorf("registered %+v", c)
		}
		again, err := passkey.Decode(c.Encode())
		if err != nil || !bytes.Equal(again.Encode(), c.Encode()) {
			t.Errorf("decoded %+v, %v", again, err)
		}
		for _, alone := range []bool{false, true} {
			a, verdict, err := party.Assert(again, passkey.Challenge{2}, parse(t, d.sign(nil, passkey.Challenge{2})), alone)
			if verdict != passkey.Accepted || err != nil || !a.Verified || a.Changed {
				t.Errorf("alone %v: %v, %+v, %v", alone, verdict, a, err)
			}
		}
	}
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	right := passkey.Challenge{1}
	for name, tc := range map[string]struct {
		change func(d *device)
		answer func(octets []byte) []byte
		judge  func(passkey.Attested) error
		asked  passkey.Challenge
		want   error
	}{
		"another challenge":  {asked: passkey.Challenge{2}, want: passkey.ErrRegistration},
		"another page":       {asked: right, change: func(d *device) { d.party.Origin = "https://mfa.example.net" }, want: passkey.ErrRegistration},
		"a page over HTTP":   {asked: right, change: func(d *device) { d.party.Origin = "http://mfa.example.com" }, want: passkey.ErrRegistration},
		"another port":       {asked: right, change: func(d *device) { d.party.Origin += ":8443" }, want: passkey.ErrRegistration},
		"another party":      {asked: right, change: func(d *device) { d.party.ID = "example.com" }, want: passkey.ErrRegistration},
		"nobody verified":    {asked: right, change: func(d *device) { d.Options.UserNotVerified = true }, want: passkey.ErrRegistration},
		"nobody present":     {asked: right, change: func(d *device) { d.Options.UserNotPresent = true }, want: passkey.ErrRegistration},
		"an impossible copy": {asked: right, change: func(d *device) { d.Options.BackupState = true }, want: passkey.ErrRegistration},
		"not wanted here": {
			asked: right, want: passkey.ErrNotWanted,
			judge: func(a passkey.Attested) error { return errors.New("no " + a.Format + " of " + a.Model.String()) },
		},
		"an assertion":  {asked: right, answer: func([]byte) []byte { return newDevice(t, virtualwebauthn.AuthenticatorOptions{}).sign(nil, right) }, want: passkey.ErrMalformed},
		"half of it":    {asked: right, answer: func(o []byte) []byte { return o[:len(o)/2] }, want: passkey.ErrMalformed},
		"more after it": {asked: right, answer: func(o []byte) []byte { return append(o, "{}"...) }, want: passkey.ErrMalformed},
		"too much":      {asked: right, answer: func(o []byte) []byte { return append(o, bytes.Repeat([]byte(" "), passkey.MaxResponse)...) }, want: passkey.ErrMalformed},
		"nothing":       {asked: right, answer: func([]byte) []byte { return nil }, want: passkey.ErrMalformed},
	} {
		d := newDevice(t, virtualwebauthn.AuthenticatorOptions{})
		if tc.change != nil {
			tc.change(d)
		}
		octets := d.create(alice, right)
		if tc.answer != nil {
			octets = tc.answer(octets)
		}
		p := party
		p.Judge = tc.judge
		if c, err := p.Register(alice, tc.asked, octets); !errors.Is(err, tc.want) {
			t.Errorf("%s: %+v, %v; want %v", name, c, err, tc.want)
		}
	}
}

// TestAPolicyLooksAtTheAuthenticator: with a judge the browser is asked for an
// attestation, and what is attested decides.
func TestAPolicyLooksAtTheAuthenticator(t *testing.T) {
	d := newDevice(t, virtualwebauthn.AuthenticatorOptions{})
	p := party
	var seen passkey.Attested
	p.Judge = func(a passkey.Attested) error {
		seen = a
		return nil
	}
	options, err := p.CreationOptions(alice, passkey.Challenge{1})
	if err != nil || !strings.Contains(string(options), `"attestation":"direct"`) {
		t.Errorf("%s, %v", options, err)
	}
	if _, err := p.Register(alice, passkey.Challenge{1}, d.create(alice, passkey.Challenge{1})); err != nil {
		t.Fatal(err)
	}
	if seen.Model != d.Aaguid || seen.Format != "packed" || seen.Type != "basic_surrogate" {
		t.Errorf("seen %+v", seen)
	}
}

func TestAssertionsThatAreRefused(t *testing.T) {
	right := passkey.Challenge{2}
	counted := func(n uint32) func(*device, *passkey.Credential) {
		return func(d *device, c *passkey.Credential) { c.Counter, d.key.Counter = 7, n }
	}
	for name, tc := range map[string]struct {
		change func(d *device, c *passkey.Credential)
		asked  passkey.Challenge
		second passkey.Verdict // after a password
		alone  passkey.Verdict
	}{
		"right":                {nil, right, passkey.Accepted, passkey.Accepted},
		"another challenge":    {nil, passkey.Challenge{3}, passkey.Refused, passkey.Refused},
		"another page":         {func(d *device, _ *passkey.Credential) { d.party.Origin = "https://mfa.example.net" }, right, passkey.Refused, passkey.Refused},
		"another party":        {func(d *device, _ *passkey.Credential) { d.party.ID = "example.com" }, right, passkey.Refused, passkey.Refused},
		"nobody present":       {func(d *device, _ *passkey.Credential) { d.Options.UserNotPresent = true }, right, passkey.Refused, passkey.Refused},
		"nobody verified":      {func(d *device, _ *passkey.Credential) { d.Options.UserNotVerified = true }, right, passkey.Accepted, passkey.Unverified},
		"nobody named":         {func(d *device, _ *passkey.Credential) { d.Options.UserHandle = nil }, right, passkey.Accepted, passkey.Refused},
		"another person":       {func(d *device, _ *passkey.Credential) { d.Options.UserHandle = []byte("bob") }, right, passkey.Refused, passkey.Refused},
		"another passkey":      {func(d *device, c *passkey.Credential) { c.ID = []byte("other") }, right, passkey.Refused, passkey.Refused},
		"another key":          {func(d *device, _ *passkey.Credential) { d.key.Key = newDevice(t, d.Options).key.Key }, right, passkey.Refused, passkey.Refused},
		"synced all at once":   {func(d *device, _ *passkey.Credential) { d.Options.BackupEligible = true }, right, passkey.Refused, passkey.Refused},
		"an impossible copy":   {func(d *device, _ *passkey.Credential) { d.Options.BackupState = true }, right, passkey.Refused, passkey.Refused},
		"the counter rises":    {counted(8), right, passkey.Accepted, passkey.Accepted},
		"the counter stands":   {counted(7), right, passkey.Copied, passkey.Copied},
		"the counter is back":  {counted(6), right, passkey.Copied, passkey.Copied},
		"the counter is gone":  {counted(0), right, passkey.Copied, passkey.Copied},
		"the counter is young": {func(d *device, _ *passkey.Credential) { d.key.Counter = 1 }, right, passkey.Accepted, passkey.Accepted},
	} {
		for alone, want := range map[bool]passkey.Verdict{false: tc.second, true: tc.alone} {
			d := newDevice(t, virtualwebauthn.AuthenticatorOptions{})
			c := d.register()
			if tc.change != nil {
				tc.change(d, &c)
			}
			a, verdict, err := party.Assert(c, tc.asked, parse(t, d.sign(nil, right)), alone)
			if verdict != want || (err == nil) != (want == passkey.Accepted) {
				t.Errorf("%s, alone %v: %v, %v; want %v", name, alone, verdict, err, want)
			}
			if want == passkey.Accepted && (a.Credential.Counter != d.key.Counter || a.Changed != (c.Counter != d.key.Counter)) {
				t.Errorf("%s: to be kept %+v, changed %v", name, a.Credential, a.Changed)
			}
		}
	}
	if _, verdict, err := party.Assert(passkey.Credential{}, right, passkey.Response{}, false); verdict != passkey.Refused || err == nil {
		t.Errorf("nothing at all: %v, %v", verdict, err)
	}
}

// TestARegistrationIsNoAssertion: what one ceremony signed is worthless in the
// other (section 5.8.1, type).
func TestARegistrationIsNoAssertion(t *testing.T) {
	d := newDevice(t, virtualwebauthn.AuthenticatorOptions{})
	if _, err := passkey.ParseResponse(d.create(alice, passkey.Challenge{1})); !errors.Is(err, passkey.ErrMalformed) {
		t.Errorf("%v", err)
	}
	c := d.register()
	octets := bytes.Replace(d.sign(nil, passkey.Challenge{2}), []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"type":"webauthn.get`))),
		[]byte(base64.RawURLEncoding.EncodeToString([]byte(`{"type":"webauthn.gat`))), 1)
	if _, verdict, _ := party.Assert(c, passkey.Challenge{2}, parse(t, octets), false); verdict != passkey.Refused {
		t.Errorf("of another type: %v", verdict)
	}
}

func TestModelsHaveNames(t *testing.T) {
	m := passkey.Model{0x2f, 0xc0, 0x57, 0x9f, 0x81, 0x13, 0x47, 0xea, 0xb1, 0x16, 0xbb, 0x5a, 0x8d, 0xb9, 0x20, 0x2a}
	if m.Name() != "YubiKey 5 NFC" || (passkey.Model{}).Name() != "" || (passkey.Model{}).String() != "00000000-0000-0000-0000-000000000000" {
		t.Errorf("%q, %q, %v", m.Name(), passkey.Model{}.Name(), passkey.Model{})
	}
}

func TestDecodeRefusesWhatEncodeDidNotWrite(t *testing.T) {
	c := newDevice(t, virtualwebauthn.AuthenticatorOptions{}).register()
	c.Transports = []string{"usb"}
	whole := c.Encode()
	whole2 := len(whole) - len("\x00\x03usb")
	for n := range whole {
		if _, err := passkey.Decode(whole[:n]); err == nil && n != whole2 {
			t.Errorf("%d octets of %d were decoded", n, len(whole))
		}
	}
	if got, err := passkey.Decode(whole); err != nil || !slices.Equal(got.Transports, c.Transports) {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzParseResponse: what a browser sends is read without harm, and what is
// taken apart names a passkey.
func FuzzParseResponse(f *testing.F) {
	d := newDevice(new(testing.T), virtualwebauthn.AuthenticatorOptions{UserHandle: alice.Handle[:]})
	right := d.sign(nil, passkey.Challenge{2})
	for _, seed := range [][]byte{right, right[:40], []byte(`{}`), []byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`), []byte(`[[[[`), nil} {
		f.Add(seed)
	}
	c := passkey.Credential{ID: d.key.ID, PublicKey: d.key.Key.AttestationData(), User: alice.Handle}
	f.Fuzz(func(t *testing.T, octets []byte) {
		r, err := passkey.ParseResponse(octets)
		if err != nil {
			if !errors.Is(err, passkey.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if len(r.CredentialID()) == 0 || len(octets) > passkey.MaxResponse {
			t.Fatalf("%q names no passkey, or is too long", octets)
		}
		if _, verdict, _ := party.Assert(c, passkey.Challenge{3}, r, false); verdict != passkey.Refused {
			t.Fatalf("%q proves something for a challenge that was never signed", octets)
		}
	})
}

// FuzzRegister: no octets make a passkey for a challenge that was not theirs.
func FuzzRegister(f *testing.F) {
	d := newDevice(new(testing.T), virtualwebauthn.AuthenticatorOptions{})
	right := d.create(alice, passkey.Challenge{1})
	for _, seed := range [][]byte{right, right[:60], []byte(`{}`), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		if _, err := party.Register(alice, passkey.Challenge{2}, octets); err == nil {
			t.Fatalf("%q was registered", octets)
		} else if !errors.Is(err, passkey.ErrMalformed) && !errors.Is(err, passkey.ErrRegistration) {
			t.Fatal(err)
		}
	})
}
