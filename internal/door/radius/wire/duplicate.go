package wire

import (
	"crypto/sha256"
	"net/netip"
)

// RequestKey identifies one request of one client, so that a retransmission
// is known from a new request (RFC 5080 section 2.2.2, and stricter: every
// octet counts). It is comparable.
type RequestKey struct {
	Source        netip.AddrPort
	Identifier    byte
	Authenticator Authenticator
	Digest        [sha256.Size]byte // SHA-256 of the packet
}

// RequestKey returns the packet's key for a datagram that came from source.
func (p Packet) RequestKey(source netip.AddrPort) RequestKey {
	return RequestKey{
		Source:        source,
		Identifier:    p.Identifier(),
		Authenticator: p.Authenticator(),
		Digest:        sha256.Sum256(p.data),
	}
}
