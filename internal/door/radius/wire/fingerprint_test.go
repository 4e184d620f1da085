package wire_test

import (
	"net/netip"
	"testing"

	"example.com/muster/internal/door/radius/wire"
)

// RFC 5080 section 2.2.2: another source, port, identifier or authenticator is
// another request; and here so is any other octet.
func TestFingerprint(t *testing.T) {
	source := netip.MustParseAddrPort("192.0.2.1:1645")
	packet := signed(t, rfcKey, "pa55")
	seen := map[wire.Fingerprint]string{parse(t, packet).Fingerprint("vpn", source): "the request"}
	differs := func(name string, f wire.Fingerprint) {
		if other, same := seen[f]; same {
			t.Errorf("%s has the fingerprint of %s", name, other)
		}
		seen[f] = name
	}
	differs("another client", parse(t, packet).Fingerprint("vpn2", source))
	differs("another address", parse(t, packet).Fingerprint("vpn", netip.MustParseAddrPort("192.0.2.2:1645")))
	differs("another port", parse(t, packet).Fingerprint("vpn", netip.MustParseAddrPort("192.0.2.1:1646")))
	for _, at := range []int{1, 4, 19, 45, len(packet) - 1} {
		packet[at] ^= 1
		differs("another octet", parse(t, packet).Fingerprint("vpn", source))
		packet[at] ^= 1
	}
	again := parse(t, append(packet, "padding"...))
	mapped := netip.AddrPortFrom(netip.AddrFrom16(source.Addr().As16()), source.Port())
	for _, from := range []netip.AddrPort{source, mapped} {
		if seen[again.Fingerprint("vpn", from)] != "the request" {
			t.Errorf("a retransmission from %v is another request", from)
		}
	}
}
