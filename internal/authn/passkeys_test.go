package authn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
)

var testParty = passkey.Party{ID: "mfa.example.com", Origins: []string{"https://mfa.example.com"}, Name: "Example"}

// device is an authenticator in software with one passkey.
type device struct {
	in *installation
	virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
	party virtualwebauthn.RelyingParty
}

func (in *installation) device(o virtualwebauthn.AuthenticatorOptions) *device {
	d := &device{
		in: in, Authenticator: virtualwebauthn.NewAuthenticatorWithOptions(o),
		party: virtualwebauthn.RelyingParty{ID: testParty.ID, Name: testParty.Name, Origin: testParty.Origins[0]},
	}
	for len(d.key.ID) == 0 || len(d.key.Key.AttestationData()) != 77 { // it may leave out leading zeros
		d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// right is the right of an administrator to enroll somebody.
func (in *installation) right(name string) enrollment.Right {
	in.t.Helper()
	r, _, err := in.store.Person(in.t.Context(), name, true)
	if err != nil || r == nil {
		in.t.Fatal(r, err)
	}
	return enrollment.Right{
		Person: r.Person.ID, Browser: enrollment.BrowserHash{1}, Until: in.clock().Add(time.Hour), Adds: true,
		Proven: []factor.Method{factor.MethodPassword},
	}
}

func (d *device) create(name string) []byte {
	d.in.t.Helper()
	offer, err := d.in.desk.OfferPasskey(d.in.t.Context(), d.in.right(name))
	if err != nil {
		d.in.t.Fatal(err)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(string(offer.Options))
	if err != nil {
		d.in.t.Fatal(err)
	}
	d.Options.UserHandle = []byte(options.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(d.party, d.Authenticator, d.key, *options))
}

// enroll makes the device's passkey a factor.
func (d *device) enroll(name string) enrollment.Result {
	d.in.t.Helper()
	res, err := d.in.desk.VerifyPasskey(d.in.t.Context(), d.in.right(name), d.create(name), "Firefox, Linux", audit.Actor{})
	if err != nil || res.Verdict != enrollment.Complete {
		d.in.t.Fatal(res.Verdict, err)
	}
	return res
}

// sign answers what a decision asks for.
func (d *device) sign(asked authn.Decision) []byte {
	d.in.t.Helper()
	for _, p := range asked.Prompts {
		if p.Kind == factor.Passkey {
			options, err := virtualwebauthn.ParseAssertionOptions(string(p.Options))
			if err != nil {
				d.in.t.Fatal(err)
			}
			return []byte(virtualwebauthn.CreateAssertionResponse(d.party, d.Authenticator, d.key, *options))
		}
	}
	d.in.t.Fatalf("no passkey is asked for: %+v", asked)
	return nil
}

func (in *installation) portal(user, password string) authn.Decision {
	in.t.Helper()
	d, err := in.Begin(in.t.Context(), authn.Request{
		Door: authn.DoorPortal, Client: authn.DoorPortal, Username: user, Password: secret.New(password),
		Source: authn.Source{Peer: "192.0.2.1"},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return d
}

func (in *installation) answerPortal(h authn.Handle, code string, response []byte) authn.Decision {
	in.t.Helper()
	d, err := in.Answer(in.t.Context(), authn.Reply{
		Handle: h, Door: authn.DoorPortal, Client: authn.DoorPortal, Source: authn.Source{Peer: "192.0.2.1"},
		Code: secret.New(code), Passkey: response,
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return d
}

func (in *installation) askPasskey() authn.Decision {
	in.t.Helper()
	d, ok, err := in.AskPasskey(authn.DoorPortal, authn.DoorPortal)
	if err != nil || !ok {
		in.t.Fatal(ok, err)
	}
	return d
}

func (in *installation) nameless(h authn.Handle, response []byte) authn.Decision {
	in.t.Helper()
	d, err := in.Begin(in.t.Context(), authn.Request{
		Door: authn.DoorPortal, Client: authn.DoorPortal, Source: authn.Source{Peer: "192.0.2.1"},
		Passkey: &authn.PasskeyAnswer{Handle: h, Response: response},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return d
}

func (in *installation) mails(kind notify.Kind) int {
	in.t.Helper()
	entries, err := in.store.FindMails(in.t.Context(), operator.MailQuery{Limit: 100})
	if err != nil {
		in.t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestPasskeyAfterThePassword(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	d := in.device(virtualwebauthn.AuthenticatorOptions{UserNotVerified: false})
	res := d.enroll("alice")
	if fmt.Sprint(res.Proof.Methods) != "[pwd hwk]" || len(res.Codes) != recovery.DefaultCount || in.mails(notify.FactorAdded) != 1 {
		t.Errorf("enrolled with %v, %d codes", res.Proof.Methods, len(res.Codes))
	}

	asked := in.portal("alice", "alice-pw")
	in.want(asked, authn.Ask, authn.ReasonCodeNeeded)
	if len(asked.Prompts) != 1 {
		t.Errorf("prompts %+v", asked.Prompts)
	}
	shown, err := in.Prompts(t.Context(), authn.DoorPortal, asked.Handle)
	if err != nil || len(shown) != 1 || string(shown[0].Options) != string(asked.Prompts[0].Options) {
		t.Errorf("shown again: %+v, %v", shown, err)
	}
	d.Options.UserNotVerified = true // a touch is enough besides the password
	d.key.Counter = 7
	signed := d.sign(asked)
	got := in.answerPortal(asked.Handle, "", signed)
	in.want(got, authn.Allow, authn.ReasonPasskeyRight)
	if fmt.Sprint(got.Proof.Methods) != "[pwd hwk]" || got.Proof.Factor == 0 {
		t.Errorf("proof %+v", got.Proof)
	}
	in.want(in.answerPortal(asked.Handle, "", signed), authn.Deny, authn.ReasonStateUnknown)

	// The counter is kept: another round with the same one is a copy's.
	for _, counter := range []uint32{7, 6, 0} {
		d.key.Counter = counter
		asked = in.portal("alice", "alice-pw")
		got = in.answerPortal(asked.Handle, "", d.sign(asked))
		in.want(got, authn.Deny, authn.ReasonPasskeyCopied)
		if got.Message != authn.MessagePasskey {
			t.Errorf("shown %q", got.Message)
		}
	}
	d.key.Counter = 8
	in.open() // what is kept is kept in the database
	asked = in.portal("alice", "alice-pw")
	in.want(in.answerPortal(asked.Handle, "", d.sign(asked)), authn.Allow, authn.ReasonPasskeyRight)
}

func TestPasskeysThatProveNothing(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	in.add("bob", "bob-pw", nil)
	alice, bob := in.device(virtualwebauthn.AuthenticatorOptions{}), in.device(virtualwebauthn.AuthenticatorOptions{})
	alice.enroll("alice")
	bob.enroll("bob")
	for name, answer := range map[string]func(asked authn.Decision) []byte{
		"another person's": bob.sign,
		"nothing of one":   func(authn.Decision) []byte { return []byte("{}") },
		"for another question": func(authn.Decision) []byte {
			return alice.sign(in.portal("alice", "alice-pw"))
		},
		"for no question of a person": func(authn.Decision) []byte { return alice.sign(in.askPasskey()) },
		"at another page": func(asked authn.Decision) []byte {
			elsewhere := *alice
			elsewhere.party.Origin = "https://mfa.example.net"
			return elsewhere.sign(asked)
		},
		"for another party": func(asked authn.Decision) []byte {
			elsewhere := *alice
			elsewhere.party.ID = "example.com"
			return elsewhere.sign(asked)
		},
	} {
		asked := in.portal("alice", "alice-pw")
		got := in.answerPortal(asked.Handle, "", answer(asked))
		if got.Outcome != authn.Deny || got.Reason != authn.ReasonPasskeyRefused || got.Message != authn.MessagePasskey {
			t.Errorf("%s: %v because of %s, shown %q", name, got.Outcome, got.Reason, got.Message)
		}
		in.want(in.answerPortal(asked.Handle, "", alice.sign(asked)), authn.Deny, authn.ReasonStateUnknown)
	}
	// None of it counts: a passkey cannot be guessed.
	if r, _, err := in.store.Person(t.Context(), "alice", true); err != nil || r.Standing.Codes.Wrong != 0 || r.Standing.Codes.Streak != 0 {
		t.Errorf("counted: %+v, %v", r.Standing.Codes, err)
	}
	asked := in.portal("alice", "alice-pw")
	in.wait(challenge.PromptLifetime)
	in.want(in.answerPortal(asked.Handle, "", alice.sign(asked)), authn.Deny, authn.ReasonStateExpired)
}

func TestRecoveryCodeInPlaceOfAPasskey(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	d := in.device(virtualwebauthn.AuthenticatorOptions{})
	codes := d.enroll("alice").Codes
	asked := in.portal("alice", "alice-pw")
	again := in.answerPortal(asked.Handle, "123456", nil)
	in.want(again, authn.Ask, authn.ReasonCodeWrong)
	in.want(in.answerPortal(again.Handle, codes[0].Reveal(), nil), authn.Allow, authn.ReasonRecoveryRight)
}

func TestPasskeyAlone(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	d := in.device(virtualwebauthn.AuthenticatorOptions{BackupEligible: true, BackupState: true})
	d.enroll("alice")

	asked := in.askPasskey()
	signed := d.sign(asked)
	got := in.nameless(asked.Handle, signed)
	in.want(got, authn.Allow, authn.ReasonPasskeyRight)
	if fmt.Sprint(got.Proof.Methods) != "[swk mfa]" || !got.Proof.Second() || got.Person == 0 {
		t.Errorf("proof %+v", got.Proof)
	}
	in.want(in.nameless(asked.Handle, signed), authn.Deny, authn.ReasonPasskeyReused)
	in.open() // also after a restart
	in.want(in.nameless(asked.Handle, signed), authn.Deny, authn.ReasonPasskeyReused)
	before := in.askPasskey()
	in.wait(time.Microsecond)
	after := in.askPasskey()
	in.want(in.nameless(after.Handle, d.sign(after)), authn.Allow, authn.ReasonPasskeyRight)
	in.want(in.nameless(before.Handle, d.sign(before)), authn.Deny, authn.ReasonPasskeyReused)

	in.wait(time.Second)
	late := in.askPasskey()
	in.wait(challenge.PageLifetime)
	in.want(in.nameless(late.Handle, d.sign(late)), authn.Deny, authn.ReasonPasskeyUnknown)
	in.wait(-challenge.PageLifetime - time.Second)
	in.want(in.nameless(late.Handle, d.sign(late)), authn.Deny, authn.ReasonPasskeyUnknown) // not asked yet
	in.wait(time.Minute)

	asked = in.askPasskey()
	d.Options.UserNotVerified = true
	in.want(in.nameless(asked.Handle, d.sign(asked)), authn.Deny, authn.ReasonPasskeyAlone)
	d.Options.UserNotVerified = false

	of := in.portal("alice", "alice-pw")
	in.want(in.nameless(of.Handle, d.sign(of)), authn.Deny, authn.ReasonPasskeyUnknown) // a question of another kind
	elsewhere, ok, err := in.AskPasskey(authn.DoorConsole, authn.DoorPortal)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	in.want(in.nameless(elsewhere.Handle, d.sign(elsewhere)), authn.Deny, authn.ReasonPasskeyUnknown)
	stranger := in.device(virtualwebauthn.AuthenticatorOptions{UserHandle: d.Options.UserHandle})
	in.want(in.nameless(asked.Handle, stranger.sign(asked)), authn.Deny, authn.ReasonPasskeyUnknown)
	in.want(in.nameless(asked.Handle, nil), authn.Deny, authn.ReasonPasskeyUnknown)
	if _, ok, err := in.AskPasskey(authn.DoorRADIUS, "vpn"); ok || err != nil {
		t.Errorf("asked where there is no browser: %v", err)
	}
}

// TestThePasskeyAloneIsNoWayRound: whatever keeps people out by password keeps
// them out by passkey, and says nothing.
func TestThePasskeyAloneIsNoWayRound(t *testing.T) {
	for name, tc := range map[string]struct {
		keep func(in *installation)
		why  authn.Reason
	}{
		"disabled": {func(in *installation) { in.amend("alice", operator.Amendment{Disabled: new(true)}) }, authn.ReasonDisabled},
		"suspended": {func(in *installation) {
			r, _, err := in.store.Person(in.t.Context(), "alice", true)
			if err != nil {
				in.t.Fatal(err)
			}
			if err := in.store.SuspendFactors(in.t.Context(), enrollment.Suspension{
				Person: r.Person.ID, Version: r.Standing.Version, Change: audit.Change{ID: in.ids.Next(in.clock())},
			}); err != nil {
				in.t.Fatal(err)
			}
		}, authn.ReasonPasskeyRefused},
		"locked": {func(in *installation) {
			for i := range 5 {
				in.begin("nps", "alice", "000000", byte(i))
			}
		}, authn.ReasonCodeLocked},
		"removed": {func(in *installation) {
			r, _, err := in.store.Person(in.t.Context(), "alice", true)
			if err != nil {
				in.t.Fatal(err)
			}
			a := operator.Amendment{}
			for _, f := range r.Factors {
				a.RemoveFactors = append(a.RemoveFactors, f.ID)
			}
			in.amend("alice", a)
		}, authn.ReasonPasskeyUnknown},
	} {
		in := install(t)
		in.add("alice", "alice-pw", aliceKey)
		d := in.device(virtualwebauthn.AuthenticatorOptions{})
		d.enroll("alice")
		tc.keep(in)
		asked := in.askPasskey()
		got := in.nameless(asked.Handle, d.sign(asked))
		if got.Outcome != authn.Deny || got.Reason != tc.why || got.Message != authn.MessageRefused || got.Language != "" {
			t.Errorf("%s: %v because of %s, shown %q", name, got.Outcome, got.Reason, got.Message)
		}
	}
}

// TestADoorThatCannotAskForAPasskey: the person has a factor, and still the
// password opens nothing there and enrolls nothing.
func TestADoorThatCannotAskForAPasskey(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	d := in.device(virtualwebauthn.AuthenticatorOptions{})
	d.enroll("alice")
	for i, client := range []string{"vpn", "mute"} {
		got := in.begin(client, "alice", "alice-pw", byte(i+1))
		in.want(got, authn.Deny, authn.ReasonFactorElsewhere)
		if got.Message != authn.MessageRefused || got.Invite != nil {
			t.Errorf("%s: shown %q, %+v", client, got.Message, got.Invite)
		}
	}
	if n := in.mails(notify.AuthenticatorNeeded); n != 1 || in.mails(notify.EnrollLink) != 0 {
		t.Errorf("%d hints", n)
	}
	in.want(in.begin("vpn", "alice", "wrong-pw", 5), authn.Deny, authn.ReasonPasswordWrong)

	// With an authenticator besides, that is what the door asks for.
	in.add("bob", "bob-pw", aliceKey)
	in.device(virtualwebauthn.AuthenticatorOptions{}).enroll("bob")
	asked := in.begin("vpn", "bob", "bob-pw", 6)
	in.want(asked, authn.Ask, authn.ReasonCodeNeeded)
	if len(asked.Prompts) != 0 {
		t.Errorf("prompts %+v", asked.Prompts)
	}
	in.want(in.answer("vpn", "bob", asked.Handle, in.code(aliceKey), 7), authn.Allow, authn.ReasonCodeRight)
	if asked := in.portal("bob", "bob-pw"); len(asked.Prompts) != 2 {
		t.Errorf("at the portal: prompts %+v", asked.Prompts)
	}
}

// TestThePasswordAloneGetsNoSecondFactor: whoever has a passkey is asked for it
// before anything is set up, with an invitation or without.
func TestThePasswordAloneGetsNoSecondFactor(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	in.device(virtualwebauthn.AuthenticatorOptions{}).enroll("alice")
	r := in.right("alice")
	r.Adds = false
	if _, err := in.desk.Offer(t.Context(), r); err == nil {
		t.Error("an authenticator is offered for the password alone")
	}
	if _, err := in.desk.OfferPasskey(t.Context(), r); err == nil {
		t.Error("a passkey is offered for the password alone")
	}
}

func TestAPasskeyIsNobodyElses(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	in.add("bob", "bob-pw", nil)
	d := in.device(virtualwebauthn.AuthenticatorOptions{})
	d.enroll("alice")
	res, err := in.desk.VerifyPasskey(t.Context(), in.right("bob"), d.create("bob"), "", audit.Actor{})
	if err != nil || res.Verdict != enrollment.Taken {
		t.Errorf("%v, %v", res.Verdict, err)
	}
	wrong := in.device(virtualwebauthn.AuthenticatorOptions{})
	wrong.party.Origin = "https://mfa.example.net"
	res, err = in.desk.VerifyPasskey(t.Context(), in.right("bob"), wrong.create("bob"), "", audit.Actor{})
	if err != nil || res.Verdict != enrollment.WrongCode {
		t.Errorf("%v, %v", res.Verdict, err)
	}
	other := in.right("bob")
	other.Browser = enrollment.BrowserHash{2}
	res, err = in.desk.VerifyPasskey(t.Context(), other, in.device(virtualwebauthn.AuthenticatorOptions{}).create("bob"), "", audit.Actor{})
	if err != nil || res.Verdict != enrollment.StartedOver {
		t.Errorf("in another browser: %v, %v", res.Verdict, err)
	}
}

func TestTenPasskeysAreEnough(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	var handle []byte
	for range passkey.MaxPerPerson {
		d := in.device(virtualwebauthn.AuthenticatorOptions{})
		d.enroll("alice")
		if handle == nil {
			handle = d.Options.UserHandle
		}
		if string(handle) != string(d.Options.UserHandle) || len(handle) != 64 {
			t.Errorf("another user handle, or a short one: %d octets", len(handle))
		}
	}
	if _, err := in.desk.OfferPasskey(t.Context(), in.right("alice")); err == nil {
		t.Error("one more is offered")
	}
	asked := in.portal("alice", "alice-pw")
	if options, err := virtualwebauthn.ParseAssertionOptions(string(asked.Prompts[0].Options)); err != nil || len(options.AllowCredentials) != 10 {
		t.Errorf("asked for %+v, %v", options, err)
	}
}
