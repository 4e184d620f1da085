package wire_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// CVE-2024-3596: the Message-Authenticator stands first in whatever we send,
// so that no attribute an attacker chose precedes it.
func TestMessageAuthenticatorIsFirst(t *testing.T) {
	k := key("s3cret")
	request := parse(t, signed(t, k, "pa55"))
	for _, code := range []wire.Code{wire.AccessAccept, wire.AccessReject, wire.AccessChallenge} {
		b := wire.BeginReply(nil, code, request)
		b.AddMessage("hello")
		b.AddText(wire.Class, "c")
		reply, err := b.Seal(k)
		if err != nil {
			t.Fatal(err)
		}
		for first := range parse(t, reply).All() {
			if first != wire.MessageAuthenticator {
				t.Errorf("%v begins with %v", code, first)
			}
			break
		}
	}
}

// RFC 2865 section 5.33: unmodified, in the same order.
func TestProxyStateIsCopiedInOrder(t *testing.T) {
	k := key("s3cret")
	b := wire.BeginRequest(nil, wire.AccessRequest, 1, wire.NewAuthenticator())
	want := []string{"first", "", "\x00\xff", strings.Repeat("p", 253), "first"}
	for i, state := range want {
		b.AddText(wire.ProxyState, state)
		b.AddUint32(wire.NASPort, uint32(i))
	}
	request, err := b.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	b = wire.BeginReply(nil, wire.AccessReject, parse(t, request))
	b.CopyProxyState(parse(t, request))
	reply, err := b.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for value := range parse(t, reply).Values(wire.ProxyState) {
		got = append(got, string(value))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestLongMessagesAreSplitBetweenCharacters(t *testing.T) {
	k := key("s3cret")
	request := parse(t, signed(t, k, "pa55"))
	for _, text := range []string{
		"", "short", strings.Repeat("a", 253), strings.Repeat("a", 254), strings.Repeat("ä", 300),
		"a" + strings.Repeat("密", 400), strings.Repeat("\x80", 600), strings.Repeat("😀", 100),
	} {
		b := wire.BeginReply(nil, wire.AccessReject, request)
		b.AddMessage(text)
		reply, err := b.Seal(k)
		if err != nil {
			t.Fatal(err)
		}
		var joined strings.Builder
		for piece := range parse(t, reply).Values(wire.ReplyMessage) {
			if len(piece) == 0 || utf8.ValidString(text) && !utf8.Valid(piece) {
				t.Errorf("a character of %.12q is cut in two", text)
			}
			joined.Write(piece)
		}
		if joined.String() != text {
			t.Errorf("%.12q came back as %.12q", text, joined.String())
		}
	}
}

func TestWhatDoesNotFitIsAnError(t *testing.T) {
	k := key("s3cret")
	for name, add := range map[string]func(*wire.Builder){
		"a value":          func(b *wire.Builder) { b.Add(wire.Class, make([]byte, 254)) },
		"a text":           func(b *wire.Builder) { b.AddText(wire.Class, strings.Repeat("a", 254)) },
		"a vendor's value": func(b *wire.Builder) { b.AddVendor(9, 1, make([]byte, 248)) },
		"a password":       func(b *wire.Builder) { b.AddPassword(k, secret.New(strings.Repeat("p", 129))) },
		"the packet":       func(b *wire.Builder) { b.AddMessage(strings.Repeat("m", 4096)) },
		"then something that fits": func(b *wire.Builder) {
			b.Add(wire.Class, make([]byte, 254))
			b.AddText(wire.State, "s")
		},
	} {
		b := wire.BeginRequest(nil, wire.AccessRequest, 0, wire.NewAuthenticator())
		add(&b)
		if packet, err := b.Seal(k); !errors.Is(err, wire.ErrTooLong) || packet != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLongestPacket(t *testing.T) {
	k := key("s3cret")
	b := wire.BeginRequest(nil, wire.AccessRequest, 0, wire.NewAuthenticator())
	for range 15 {
		b.Add(wire.ProxyState, make([]byte, 253))
	}
	b.Add(wire.ProxyState, make([]byte, 4096-38-15*255-2))
	packet, err := b.Seal(k)
	if err != nil || len(packet) != wire.MaxPacket {
		t.Fatalf("%d octets, %v", len(packet), err)
	}
	if err := k.VerifyRequest(parse(t, packet)); err != nil {
		t.Error(err)
	}
}

func TestBuilderKeepsToTheCallersBuffer(t *testing.T) {
	k := key("s3cret")
	buffer := make([]byte, 10, wire.MaxPacket)
	b := wire.BeginRequest(buffer, wire.AccessRequest, 0, wire.NewAuthenticator())
	b.AddText(wire.UserName, "alice")
	packet, err := b.Seal(k)
	if err != nil || &packet[0] != &buffer[0] {
		t.Errorf("another buffer, %v", err)
	}
}
