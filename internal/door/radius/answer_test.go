package radius

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// The door's row of the table in docs/architecture.md.
func TestOutcomes(t *testing.T) {
	invite := &authn.Invite{Code: secret.New("K7MPQ2XR"), Until: time.Now().Add(time.Hour)}
	for _, tc := range []struct {
		name     string
		decision authn.Decision
		code     wire.Code
		want     []string // attributes after the Message-Authenticator
	}{
		{
			"allow",
			authn.Decision{Outcome: authn.Allow, SignIn: someID},
			wire.AccessAccept,
			[]string{"Class=" + someID.String()},
		},
		{
			"ask",
			authn.Decision{Outcome: authn.Ask, Handle: handleOf("HANDLE"), Message: authn.MessageAskCode},
			wire.AccessChallenge,
			[]string{"Reply-Message=Smith + (Sons): enter the code from your app, or a recovery code.", "State=HANDLE", "Prompt=No-Echo"},
		},
		{
			"ask in German",
			authn.Decision{Outcome: authn.Ask, Handle: handleOf("HANDLE"), Message: authn.MessageWrongCode, Language: "de-AT"},
			wire.AccessChallenge,
			[]string{"Reply-Message=Der Code passt nicht. Bitte den nächsten abwarten und eingeben.", "State=HANDLE", "Prompt=No-Echo"},
		},
		{
			"enroll",
			authn.Decision{Outcome: authn.Enroll, Handle: handleOf("HANDLE"), Message: authn.MessageEnroll, Invite: invite},
			wire.AccessChallenge,
			[]string{"Reply-Message=Open mfa.example.com/e and enter K7MP-Q2XR, then press OK here.", "State=HANDLE", "Prompt=No-Echo"},
		},
		{
			"deny",
			authn.Decision{Message: authn.MessageRefused, Reason: authn.ReasonPasswordWrong, SignIn: someID},
			wire.AccessReject,
			[]string{"Reply-Message=Sign-in was not possible. Try again or ask your help desk."},
		},
		{
			"deny, whatever its message",
			authn.Decision{Message: authn.MessageLockedUntil, Handle: handleOf("HANDLE"), Invite: invite},
			wire.AccessReject,
			[]string{"Reply-Message=Sign-in was not possible. Try again or ask your help desk."},
		},
		{
			"deny after a period's end",
			authn.Decision{Outcome: authn.Deny, Message: authn.MessageExpired, Language: "de"},
			wire.AccessReject,
			[]string{"Reply-Message=Ihre Zeit zum Einrichten ist um. Bitte Hilfe holen."},
		},
		{
			"deny whoever needs a link",
			authn.Decision{Outcome: authn.Deny, Message: authn.MessageNeedsLink},
			wire.AccessReject,
			[]string{"Reply-Message=Set up your second step first: the link is in your mail. Or ask for help."},
		},
		{
			"deny until the password is changed",
			authn.Decision{Outcome: authn.Deny, Message: authn.MessageChangePassword},
			wire.AccessReject,
			[]string{"Reply-Message=Change your password first, then sign in again."},
		},
		{
			"the zero decision",
			authn.Decision{},
			wire.AccessReject,
			[]string{"Reply-Message=Sign-in was not possible. Try again or ask your help desk."},
		},
		{
			"an outcome nobody knows",
			authn.Decision{Outcome: 99},
			wire.AccessReject,
			[]string{"Reply-Message=Sign-in was not possible. Try again or ask your help desk."},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := open(t, always(tc.decision))
			reply := d.wantReply(t, tc.code, pap("pa55", with(wire.ProxyState, "one"), with(wire.ProxyState, "two")))
			var got []string
			for i, named := range reply.Named() {
				if i == 0 && named.Name == "Message-Authenticator" {
					continue
				}
				got = append(got, named.Name+"="+named.Value)
			}
			if want := append(tc.want, "Proxy-State=one", "Proxy-State=two"); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestWhatTheEngineIsAsked(t *testing.T) {
	e := new(engine)
	d := open(t, e)
	d.wantReply(t, wire.AccessReject, pap("pässwort 密碼", with(wire.CallingStationID, "203.0.113.9")))
	begun := e.begun[0]
	if begun.Door != authn.DoorRADIUS || begun.Client != "vpn" || begun.Username != "alice" || begun.Password.Reveal() != "pässwort 密碼" {
		t.Errorf("%+v", begun)
	}
	if begun.Source != (authn.Source{Peer: "192.0.2.10", Station: "203.0.113.9"}) || begun.Once == ([16]byte{}) {
		t.Errorf("%+v", begun)
	}
	d.wantReply(t, wire.AccessReject, pap("123456", with(wire.State, "HANDLE")))
	replied := e.replied[0]
	if replied.Handle.Reveal() != "HANDLE" || replied.Code.Reveal() != "123456" || replied.Username != "alice" ||
		replied.Door != authn.DoorRADIUS || replied.Client != "vpn" || replied.Source.Peer != "192.0.2.10" || replied.Once == begun.Once {
		t.Errorf("%+v", replied)
	}
}

// Where the secret is proven right, a password in another encoding is the
// person's own, and the directory's to judge.
func TestPasswordsThatAreNotUTF8(t *testing.T) {
	for _, client := range []Client{vpnClient(), accepting(vpnClient())} {
		e := new(engine)
		d := open(t, e, client)
		d.wantReply(t, wire.AccessReject, pap("p\xe4ssw\xf6rt"))
		if got := e.begun[0].Password.Reveal(); got != "p\xe4ssw\xf6rt" {
			t.Errorf("%q", got)
		}
	}
}

// A device that has checked the password itself may send none at all.
func TestEmptyPasswords(t *testing.T) {
	e := new(engine)
	d := open(t, e)
	d.wantReply(t, wire.AccessReject, pap(""))
	d.wantReply(t, wire.AccessReject, access(with(wire.UserName, "alice")))
	d.wantReply(t, wire.AccessReject, pap("", with(wire.State, "HANDLE")))
	if len(e.begun) != 2 || len(e.replied) != 1 {
		t.Fatalf("%d begun, %d replied", len(e.begun), len(e.replied))
	}
	for _, r := range e.begun {
		if !r.Password.Empty() {
			t.Error("an empty password came as another")
		}
	}
}

func TestOtherProtocolsAreRefusedWithAReason(t *testing.T) {
	microsoft := func(kind byte) option {
		return func(b *wire.Builder) { b.AddVendor(wire.VendorMicrosoft, kind, make([]byte, 50)) }
	}
	for trouble, request := range map[Trouble][]byte{
		SentCHAP:     access(with(wire.UserName, "alice"), with(wire.CHAPPassword, strings.Repeat("c", 17))),
		SentARAP:     access(with(wire.UserName, "alice"), with(wire.ARAPPassword, strings.Repeat("a", 16))),
		SentEAP:      access(with(wire.UserName, "alice"), with(wire.EAPMessage, "\x02\x01\x00\x0a\x01alice")),
		SentMSCHAP:   access(with(wire.UserName, "alice"), microsoft(wire.MSCHAPChallenge), microsoft(wire.MSCHAPResponse)),
		SentMSCHAPv2: access(with(wire.UserName, "alice"), microsoft(wire.MSCHAPChallenge), microsoft(wire.MSCHAP2Response)),
		NoUserName:   access(withPassword(key, "pa55")),
	} {
		e := always(authn.Decision{Outcome: authn.Allow})
		d := open(t, e)
		d.wantReply(t, wire.AccessReject, request)
		got := d.Status().Clients[0]
		if got.LastTrouble != trouble || !got.Troubled() || !got.LastAnswered.IsZero() || e.calls() != 0 {
			t.Errorf("%+v and %d calls, want %q and none", got, e.calls(), trouble)
		}
		if !strings.Contains(d.log.String(), trouble.Cause()) {
			t.Errorf("%q is not in the log", trouble)
		}
	}
}

func TestNamesAreMadeHarmless(t *testing.T) {
	for name, want := range map[string]string{
		"alice":                     "alice",
		"Ålice 密":                   "Ålice 密",
		"alice\x00":                 "alice\uFFFD",
		"alice\nbob":                "alice\uFFFDbob",
		"\xff\xfealice":             "\uFFFDalice",
		`EXAMPLE\alice`:             `EXAMPLE\alice`,
		"'; drop table person; --":  "'; drop table person; --",
		strings.Repeat("a", 253):    strings.Repeat("a", 253),
		strings.Repeat("\xff", 253): "\uFFFD",
	} {
		e := new(engine)
		d := open(t, e)
		d.wantReply(t, wire.AccessReject, access(with(wire.UserName, name), withPassword(key, "pa55"), with(wire.CallingStationID, name)))
		if got := e.begun[0]; got.Username != want || got.Source.Station != want {
			t.Errorf("%.20q came as %.20q and %.20q", name, got.Username, got.Source.Station)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Run("where no decision could be made", func(t *testing.T) {
		e := &engine{begin: func(context.Context, authn.Request) (authn.Decision, error) {
			return authn.Decision{Outcome: authn.Allow}, errAway
		}}
		d := open(t, e)
		request := pap("pa55")
		d.wantSilence(t, Undecided, request)
		if !strings.Contains(d.log.String(), errAway.Error()) {
			t.Error("the log does not say why")
		}
		d.wantSilence(t, Undecided, request)
		if e.calls() != 2 {
			t.Errorf("the retransmission was not tried afresh: %d calls", e.calls())
		}
	})
	t.Run("where a question has no handle", func(t *testing.T) {
		d := open(t, always(authn.Decision{Outcome: authn.Ask}))
		d.wantSilence(t, Undecided, pap("pa55"))
	})
	t.Run("where the engine crashes", func(t *testing.T) {
		crash := true
		e := &engine{begin: func(context.Context, authn.Request) (authn.Decision, error) {
			if crash {
				panic("a fault")
			}
			return authn.Decision{Outcome: authn.Allow}, nil
		}}
		d := open(t, e)
		request := pap("pa55")
		d.wantSilence(t, Crashed, request)
		crash = false
		d.wantReply(t, wire.AccessAccept, request)
		if s := d.Status().Counters; s.InFlight != 0 {
			t.Errorf("%d places are not given back", s.InFlight)
		}
	})
}

// No secret of a request reaches the log, whatever goes wrong.
func TestNoPasswordInTheLog(t *testing.T) {
	e := &engine{begin: func(context.Context, authn.Request) (authn.Decision, error) { panic("a fault") }}
	d := open(t, e, accepting(vpnClient()))
	d.handle(vpn, pap("hunter2"))
	d.handle(vpn, unsigned(with(wire.UserName, "alice"), withPassword(key, "hunter2\x01")))
	d.handle(vpn, append(pap("hunter2")[:30], 0))
	for _, leak := range []string{"hunter2", shared.Reveal()} {
		if strings.Contains(d.log.String(), leak) {
			t.Errorf("%q is in the log:\n%s", leak, d.log)
		}
	}
}
