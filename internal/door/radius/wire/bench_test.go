package wire_test

import (
	"net/netip"
	"testing"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// BenchmarkRequest is what the door does with a request: read it, check its
// Message-Authenticator, decrypt the password, and take its fingerprint.
func BenchmarkRequest(b *testing.B) {
	k := key("a shared secret of 26 char")
	datagram := signed(b, k, "a password123456")
	source := netip.MustParseAddrPort("192.0.2.1:1645")
	b.ReportAllocs()
	for b.Loop() {
		p, err := wire.Parse(datagram)
		if err != nil || k.VerifyRequest(p) != nil {
			b.Fatal("refused")
		}
		if _, err := k.Password(p); err != nil {
			b.Fatal(err)
		}
		_ = p.Fingerprint("vpn.example.com", source)
	}
}

// BenchmarkReply is what the door does with an answer.
func BenchmarkReply(b *testing.B) {
	k := key("a shared secret of 26 char")
	request := parse(b, signed(b, k, "a password123456"))
	buffer := make([]byte, 0, wire.MaxPacket)
	class := []byte("0123456789abcdef")
	b.ReportAllocs()
	for b.Loop() {
		r := wire.BeginReply(buffer, wire.AccessAccept, request)
		r.Add(wire.Class, class)
		r.CopyProxyState(request)
		if _, err := r.Seal(k); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClient is what a load generator does for a request.
func BenchmarkClient(b *testing.B) {
	k := key("a shared secret of 26 char")
	password := secret.New("a password123456")
	buffer := make([]byte, 0, wire.MaxPacket)
	b.ReportAllocs()
	for b.Loop() {
		r := wire.BeginRequest(buffer, wire.AccessRequest, 0, wire.NewAuthenticator())
		r.AddText(wire.UserName, "alice")
		r.AddPassword(k, password)
		if _, err := r.Seal(k); err != nil {
			b.Fatal(err)
		}
	}
}
