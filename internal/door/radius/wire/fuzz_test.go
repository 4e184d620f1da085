package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"example.com/muster/internal/door/radius/wire"
)

func seed(f *testing.F) {
	for _, datagram := range vectors(f) {
		f.Add(datagram)
	}
	f.Add(signed(f, rfcKey, "pa55"))
	f.Add(datagram(24, 80, 2, 80, 2))
	f.Add(append(datagram(20), 1, 2, 3))
}

// FuzzParse states: whatever arrives, Parse refuses it or returns a packet
// whose attributes make up the packet exactly, whose accessors hold, and which
// is built to the same octets again.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, datagram []byte) {
		p, err := wire.Parse(datagram)
		if err != nil {
			return
		}
		b := wire.BeginUnsignedRequest(nil, p.Code(), p.Identifier(), p.Authenticator())
		for kind, value := range p.All() {
			b.Add(kind, value)
			first, found := p.Lookup(kind)
			if !found || first == nil {
				t.Errorf("%v is listed and not found", kind)
			}
		}
		built, err := b.Seal(rfcKey)
		if err != nil || !bytes.Equal(built, p.Bytes()) || !bytes.HasPrefix(datagram, built) {
			t.Errorf("built again:\n%x\n%x, %v", built, datagram, err)
		}
		_, _ = p.Vendor(wire.VendorMicrosoft, wire.MSMachineName)
		_, _ = p.Address(wire.NASIPAddress)
		_ = p.Named()
		if password, err := rfcKey.Password(p); err == nil && len(password.Reveal()) > 128 {
			t.Error("a password of more than 128 octets")
		}
		if err := rfcKey.VerifyRequest(p); p.Has(wire.MessageAuthenticator) == errors.Is(err, wire.ErrNoMessageAuthenticator) {
			t.Errorf("Message-Authenticator: %v", err)
		}
	})
}

// FuzzTamper states: whoever changes one octet of a signed packet without the
// secret is found out.
func FuzzTamper(f *testing.F) {
	f.Add([]byte("alice"), uint16(0), byte(1))
	f.Add([]byte("alice"), uint16(22), byte(0x80))
	f.Add([]byte("alice"), uint16(60), byte(255))
	f.Fuzz(func(t *testing.T, name []byte, at uint16, flip byte) {
		b := wire.BeginRequest(nil, wire.AccessRequest, 3, wire.NewAuthenticator())
		b.Add(wire.UserName, name)
		packet, err := b.Seal(rfcKey)
		if err != nil || flip == 0 {
			return
		}
		packet[int(at)%len(packet)] ^= flip
		if p, err := wire.Parse(packet); err == nil && rfcKey.VerifyRequest(p) == nil {
			t.Errorf("octet %d was changed by %#x unnoticed", int(at)%len(packet), flip)
		}
	})
}

// FuzzReply states: no octets pass as a reply without the secret.
func FuzzReply(f *testing.F) {
	seed(f)
	request, err := wire.Parse(signed(f, key("a secret the fuzzer does not know"), "pa55"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		reply, err := wire.Parse(datagram)
		if err != nil {
			return
		}
		err = key("a secret the fuzzer does not know").VerifyReply(reply, request)
		if err == nil || errors.Is(err, wire.ErrNoMessageAuthenticator) {
			t.Errorf("a forged reply passed: %x", datagram)
		}
	})
}

// FuzzAttribute states: whatever an operator writes, ParseAttribute refuses it
// or returns what a packet can hold.
func FuzzAttribute(f *testing.F) {
	for _, written := range []string{"User-Name=alice", "NAS-Port=1", "Vendor-Specific=0x00", "MS-Machine-Name=a", "Attr-9=10.0.0.1", "State=0x"} {
		f.Add(written)
	}
	f.Fuzz(func(t *testing.T, written string) {
		a, err := wire.ParseAttribute(written)
		if err != nil {
			return
		}
		b := wire.BeginRequest(nil, wire.AccessRequest, 0, wire.NewAuthenticator())
		b.Add(a.Type, a.Value)
		if _, err := b.Seal(rfcKey); err != nil {
			t.Errorf("%q: %v", written, err)
		}
	})
}
