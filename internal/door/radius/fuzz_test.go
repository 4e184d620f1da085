package radius

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
)

// FuzzDatagram states, for any datagram from a client and from a stranger:
// nothing crashes; a stranger gets no answer; the engine is asked, and an
// answer sent, only if the datagram holds a Message-Authenticator that a
// second computation finds right; and the answer is genuine.
func FuzzDatagram(f *testing.F) {
	fixed := wire.Authenticator([]byte("0123456789abcdef"))
	for _, options := range [][]option{
		{with(wire.UserName, "alice"), withPassword(key, "pa55")},
		{with(wire.UserName, "alice"), withPassword(key, "123456"), with(wire.State, "HANDLE"), with(wire.ProxyState, "p")},
		{with(wire.UserName, "alice"), with(wire.CHAPPassword, "0123456789abcdef0")},
		{with(wire.UserName, "ali\x00ce\n"), with(wire.CallingStationID, "\xff"), with(wire.VendorSpecific, "\x00\x00\x01\x37\x19\x03x")},
	} {
		b := wire.BeginRequest(nil, wire.AccessRequest, 1, fixed)
		f.Add(seal(&b, key, options...))
		b = wire.BeginUnsignedRequest(nil, wire.AccessRequest, 1, fixed)
		f.Add(seal(&b, key, options...))
	}
	b := wire.BeginRequest(nil, wire.StatusServer, 1, fixed)
	f.Add(seal(&b, key))
	f.Add([]byte{})

	f.Fuzz(func(t *testing.T, octets []byte) {
		e := &engine{
			begin: func(context.Context, authn.Request) (authn.Decision, error) {
				return authn.Decision{Outcome: authn.Allow, SignIn: someID}, nil
			},
			answer: func(context.Context, authn.Reply) (authn.Decision, error) {
				return authn.Decision{Outcome: authn.Ask, Handle: handleOf("NEXT"), Message: authn.MessageWrongCode}, nil
			},
		}
		d := open(t, e)
		if replies := d.exchange(t, elsewhere, octets); len(replies) > 0 || e.calls() > 0 {
			t.Fatal("a stranger was answered")
		}
		replies := d.exchange(t, vpn, octets)
		if n := d.Status().Counters.Troubles[Crashed]; n > 0 {
			t.Fatalf("a crash: %s", d.log)
		}
		if len(replies) > 1 || e.calls() > 1 {
			t.Fatalf("%d replies and %d calls to one datagram", len(replies), e.calls())
		}
		if (len(replies) > 0 || e.calls() > 0) && !signedWith(octets, shared.Reveal()) {
			t.Fatalf("an unsigned datagram was answered: %x", octets)
		}
		for _, reply := range replies {
			request, err := wire.Parse(octets)
			if err != nil {
				t.Fatal(err)
			}
			if err := key.VerifyReply(reply, request); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// signedWith looks for the Message-Authenticator by the letter of RFC 2869
// section 5.14, without wire.
func signedWith(octets []byte, secret string) bool {
	if len(octets) < 20 {
		return false
	}
	length := int(octets[2])<<8 | int(octets[3])
	if length > len(octets) {
		return false
	}
	packet := append([]byte(nil), octets[:length]...)
	for at := 20; at+1 < length && packet[at+1] >= 2; at += int(packet[at+1]) {
		if packet[at] != 80 || packet[at+1] != 18 || at+18 > length {
			continue
		}
		value := append([]byte(nil), packet[at+2:at+18]...)
		clear(packet[at+2 : at+18])
		mac := hmac.New(md5.New, []byte(secret))
		mac.Write(packet)
		return hmac.Equal(value, mac.Sum(nil))
	}
	return false
}

// FuzzName states: whatever a device sends as a name or place, the engine gets
// text that a database, a log and a page can hold, and the same text again.
func FuzzName(f *testing.F) {
	for _, name := range []string{"alice", "ali\x00ce", "\xff\xfe", "a\nb", "\u2028", "密"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := harmless(name)
		if !readable(got) || harmless(got) != got || readable(name) && got != name {
			t.Errorf("%q became %q", name, got)
		}
	})
}
