// Package wire owns the RADIUS packet format: reading a datagram without
// copying it, building requests and replies, and every computation with the
// shared secret.
//
// It must not know clients, users, policy or sockets that listen; a door (or a
// test client, or a load generator) sits on top of it. It never panics on what
// the network sends, and its hot paths do not allocate.
//
// Standards: RFC 2865 (packets, attributes, User-Password), RFC 2869 section
// 5.14 and RFC 3579 section 3.2 (Message-Authenticator), RFC 5080 section
// 2.2.2 (duplicates), RFC 5997 (Status-Server), RFC 2548 (Microsoft
// attributes).
package wire

import (
	"encoding/binary"
	"errors"
	"iter"
	"net/netip"
)

// Sizes in octets, RFC 2865 section 3 and 5.
const (
	// MaxPacket is the longest packet, and so the size of a receive buffer.
	MaxPacket = 4096
	// MaxValue is the longest value of one attribute.
	MaxValue = 253

	headerSize        = 20
	authenticatorSize = 16
	attributeHeader   = 2
)

// What [Parse] refuses. A server drops such a datagram silently (RFC 2865
// section 3).
var (
	ErrTruncated = errors.New("radius: the datagram is shorter than the packet it holds")
	ErrLength    = errors.New("radius: the length field is outside 20 to 4096")
	ErrAttribute = errors.New("radius: an attribute's length is below 2 or reaches past the packet")
	ErrRepeated  = errors.New("radius: an attribute that may occur once occurs again")
)

// Authenticator is the 16 octets that tie a reply to its request.
type Authenticator [authenticatorSize]byte

// Packet is a view into a datagram: valid as long as the datagram's buffer is,
// and cheap to copy. The zero Packet is empty; get one from [Parse].
type Packet struct {
	data []byte // header and attributes, without padding
	mac  int    // offset of the Message-Authenticator's attribute header, 0 if absent
}

// Parse checks the form of datagram and returns a view of it. Octets after the
// packet's own length are padding and ignored (RFC 2865 section 3). User-Name,
// User-Password, CHAP-Password, State and Message-Authenticator may occur once
// (RFC 2865 section 5.44, RFC 2869 section 5.19): two of them would let two
// readers see different requests.
//
// Errors are [ErrTruncated], [ErrLength], [ErrAttribute] and [ErrRepeated].
func Parse(datagram []byte) (Packet, error) {
	if len(datagram) < headerSize {
		return Packet{}, ErrTruncated
	}
	length := int(binary.BigEndian.Uint16(datagram[2:4]))
	switch {
	case length < headerSize || length > MaxPacket:
		return Packet{}, ErrLength
	case length > len(datagram):
		return Packet{}, ErrTruncated
	}
	p := Packet{data: datagram[:length:length]}
	const once = 1<<UserName | 1<<UserPassword | 1<<CHAPPassword | 1<<State
	var seen uint64
	for at := headerSize; at < length; {
		if length-at < attributeHeader {
			return Packet{}, ErrAttribute
		}
		t, size := Type(p.data[at]), int(p.data[at+1])
		if size < attributeHeader || size > length-at {
			return Packet{}, ErrAttribute
		}
		if t == MessageAuthenticator {
			if p.mac != 0 {
				return Packet{}, ErrRepeated
			}
			p.mac = at
		}
		if t < 64 {
			bit := uint64(1) << t
			if seen&bit&once != 0 {
				return Packet{}, ErrRepeated
			}
			seen |= bit
		}
		at += size
	}
	return p, nil
}

// Bytes returns the packet as it was sent, without padding. It is a view.
func (p Packet) Bytes() []byte { return p.data }

// Code returns the kind of packet.
func (p Packet) Code() Code { return Code(p.data[0]) }

// Identifier returns the octet that matches replies with requests.
func (p Packet) Identifier() byte { return p.data[1] }

// Authenticator returns the request or response authenticator.
func (p Packet) Authenticator() Authenticator {
	return Authenticator(p.data[4:headerSize])
}

// All yields the attributes in order; values are views.
func (p Packet) All() iter.Seq2[Type, []byte] {
	return func(yield func(Type, []byte) bool) {
		for rest := p.attributes(); len(rest) > 0; {
			size := int(rest[1])
			if !yield(Type(rest[0]), rest[attributeHeader:size:size]) {
				return
			}
			rest = rest[size:]
		}
	}
}

// Values yields the values of type t in order, as views.
func (p Packet) Values(t Type) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for have, value := range p.All() {
			if have == t && !yield(value) {
				return
			}
		}
	}
}

// Lookup returns the first value of type t, as a view. An attribute without a
// value is found, with an empty value.
func (p Packet) Lookup(t Type) (value []byte, found bool) {
	for rest := p.attributes(); len(rest) > 0; {
		size := int(rest[1])
		if Type(rest[0]) == t {
			return rest[attributeHeader:size:size], true
		}
		rest = rest[size:]
	}
	return nil, false
}

// Has reports whether an attribute of type t is there.
func (p Packet) Has(t Type) bool {
	_, found := p.Lookup(t)
	return found
}

// Text returns the first value of type t as it was sent, whatever octets it
// holds; empty if there is none.
func (p Packet) Text(t Type) string {
	value, _ := p.Lookup(t)
	return string(value)
}

// Uint32 returns the first value of type t as a number (RFC 2865 section 5,
// "integer"); not found if its length is not 4.
func (p Packet) Uint32(t Type) (number uint32, found bool) {
	value, _ := p.Lookup(t)
	if len(value) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(value), true
}

// Address returns the first value of type t as an IP address: 4 octets
// (NAS-IP-Address) or 16 (NAS-IPv6-Address, RFC 3162); not found at any other
// length.
func (p Packet) Address(t Type) (address netip.Addr, found bool) {
	value, _ := p.Lookup(t)
	return netip.AddrFromSlice(value)
}

// Vendor returns the value of the first Vendor-Specific sub-attribute of the
// given vendor (an SMI enterprise code) and type, as a view (RFC 2865 section
// 5.26). One Vendor-Specific may hold several; one that does not follow the
// recommended layout is passed over.
func (p Packet) Vendor(vendor uint32, vendorType byte) (value []byte, found bool) {
	for specific := range p.Values(VendorSpecific) {
		if len(specific) < 4 || binary.BigEndian.Uint32(specific) != vendor {
			continue
		}
		for rest := specific[4:]; len(rest) >= attributeHeader; {
			size := int(rest[1])
			if size < attributeHeader || size > len(rest) {
				break
			}
			if rest[0] == vendorType {
				return rest[attributeHeader:size:size], true
			}
			rest = rest[size:]
		}
	}
	return nil, false
}

func (p Packet) attributes() []byte {
	if len(p.data) < headerSize {
		return nil
	}
	return p.data[headerSize:]
}
