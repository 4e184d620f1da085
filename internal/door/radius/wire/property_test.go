package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"pgregory.net/rapid"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// freeTypes are attributes without a rule of their own.
func freeTypes() *rapid.Generator[wire.Type] {
	return rapid.Map(rapid.SampledFrom([]int{4, 5, 6, 18, 25, 26, 31, 32, 33, 61, 77, 87, 95, 200, 255}),
		func(n int) wire.Type { return wire.Type(n) })
}

func attributes() *rapid.Generator[[]wire.Attribute] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wire.Attribute {
		return wire.Attribute{Type: freeTypes().Draw(t, "type"), Value: rapid.SliceOfN(rapid.Byte(), 0, 253).Draw(t, "value")}
	}), 0, 12)
}

// What was built is parsed to the same, and what was parsed is built to the
// same.
func TestBuildAndParseAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := key(rapid.String().Draw(t, "secret"))
		identifier := rapid.Byte().Draw(t, "identifier")
		authenticator := wire.Authenticator(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "authenticator"))
		all := attributes().Draw(t, "attributes")
		password := rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 128).Draw(t, "password")

		b := wire.BeginRequest(nil, wire.AccessRequest, identifier, authenticator)
		b.AddPassword(k, secret.New(string(password)))
		for _, a := range all {
			b.Add(a.Type, a.Value)
		}
		packet, err := b.Seal(k)
		if err != nil {
			t.Fatal(err)
		}
		p, err := wire.Parse(packet)
		if err != nil {
			t.Fatal(err)
		}
		if p.Code() != wire.AccessRequest || p.Identifier() != identifier || p.Authenticator() != authenticator {
			t.Fatal("the header changed")
		}
		if err := k.VerifyRequest(p); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Password(p); err != nil || got.Reveal() != string(password) {
			t.Fatalf("the password changed: %v", err)
		}
		again := wire.BeginRequest(nil, p.Code(), p.Identifier(), p.Authenticator())
		for kind, value := range p.All() {
			if kind != wire.MessageAuthenticator {
				again.Add(kind, value)
			}
		}
		if rebuilt, err := again.Seal(k); err != nil || !bytes.Equal(rebuilt, packet) {
			t.Fatalf("built again:\n%x\n%x, %v", rebuilt, packet, err)
		}
	})
}

// layeh.com/radius, written by others, reads our packets as we meant them and
// accepts our replies.
func TestAnotherCodecAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shared := rapid.StringN(1, 40, -1).Draw(t, "secret")
		k := key(shared)
		password := rapid.StringMatching(`[ -~äöü密]{1,40}`).Draw(t, "password")
		b := wire.BeginRequest(nil, wire.AccessRequest, rapid.Byte().Draw(t, "identifier"), wire.NewAuthenticator())
		b.AddText(wire.UserName, "alice")
		b.AddPassword(k, secret.New(password))
		request, err := b.Seal(k)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := radius.Parse(request, []byte(shared))
		if err != nil {
			t.Fatal(err)
		}
		if got := rfc2865.UserPassword_GetString(theirs); got != password {
			t.Fatalf("they read the password %q as %q", password, got)
		}
		encoded, err := theirs.Encode()
		if err != nil || !bytes.Equal(encoded, request) {
			t.Fatalf("they write it differently: %v", err)
		}

		ours, err := wire.Parse(request)
		if err != nil {
			t.Fatal(err)
		}
		reply := wire.BeginReply(nil, wire.AccessChallenge, ours)
		for _, a := range attributes().Draw(t, "attributes") {
			reply.Add(a.Type, a.Value)
		}
		sealed, err := reply.Seal(k)
		if err != nil {
			t.Fatal(err)
		}
		if !radius.IsAuthenticResponse(sealed, request, []byte(shared)) {
			t.Fatal("they refuse our reply")
		}
	})
}

// Their requests and replies are read by us.
func TestAnotherCodecIsUnderstood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shared := rapid.StringN(1, 40, -1).Draw(t, "secret")
		password := rapid.StringMatching(`[ -~äöü密]{1,40}`).Draw(t, "password")
		theirs := radius.New(radius.CodeAccessRequest, []byte(shared))
		if err := rfc2865.UserPassword_SetString(theirs, password); err != nil {
			t.Fatal(err)
		}
		encoded, err := theirs.Encode()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := wire.Parse(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key(shared).Password(ours); err != nil || got.Reveal() != password {
			t.Fatalf("we read the password %q as %q, %v", password, got.Reveal(), err)
		}
		response, err := theirs.Response(radius.CodeAccessAccept).Encode()
		if err != nil {
			t.Fatal(err)
		}
		reply, err := wire.Parse(response)
		if err != nil {
			t.Fatal(err)
		}
		if err := key(shared).VerifyReply(reply, ours); !errors.Is(err, wire.ErrNoMessageAuthenticator) {
			t.Fatalf("their reply: %v", err)
		}
	})
}
