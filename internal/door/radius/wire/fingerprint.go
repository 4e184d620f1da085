package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
)

// Fingerprint identifies one request of one client, so that a retransmission
// is known from a new request (RFC 5080 section 2.2.2).
type Fingerprint [sha256.Size]byte

// Fingerprint returns SHA-256 over the client's name, the source's address and
// port, and every octet of the packet, identifier and authenticator among
// them. It is the same in every run of the program and on every node. An
// IPv4 source is the same whether or not it is written as IPv6.
func (p Packet) Fingerprint(client string, source netip.AddrPort) Fingerprint {
	var room [1024]byte // on the stack; what is longer moves to the heap
	address := source.Addr().As16()
	all := append(room[:0], address[:]...)
	all = binary.BigEndian.AppendUint16(all, source.Port())
	all = binary.BigEndian.AppendUint16(all, uint16(len(p.data)))
	all = append(all, p.data...)
	all = append(all, client...)
	return sha256.Sum256(all)
}
