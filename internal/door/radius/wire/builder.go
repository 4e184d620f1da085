package wire

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"unicode/utf8"

	"example.com/muster/internal/secret"
)

// ErrTooLong says that a value or the whole packet does not fit: [MaxValue]
// octets an attribute, 128 a password, [MaxPacket] a packet.
var ErrTooLong = errors.New("radius: an attribute or the packet is too long")

// messageAuthenticatorAt is where a Builder puts the Message-Authenticator:
// first, so that nothing an attacker chose stands before it in the hash of the
// Response Authenticator (CVE-2024-3596).
const messageAuthenticatorAt = headerSize

// Builder writes one packet into the caller's buffer. The first thing that
// does not fit is remembered and returned by [Builder.Seal].
type Builder struct {
	packet []byte
	asked  Authenticator // the request's
	reply  bool
	signed bool
	err    error
}

// NewAuthenticator returns 16 unpredictable octets for a request.
func NewAuthenticator() Authenticator {
	var a Authenticator
	_, _ = rand.Read(a[:]) // never fails, by its documentation
	return a
}

// BeginRequest starts a request in buffer (whose contents are overwritten,
// and which is replaced if its capacity is too small), with the
// Message-Authenticator first.
func BeginRequest(buffer []byte, code Code, identifier byte, authenticator Authenticator) Builder {
	b := begin(buffer, code, identifier, authenticator)
	b.reserveMessageAuthenticator()
	return b
}

// BeginUnsignedRequest is [BeginRequest] without a Message-Authenticator, as
// old devices send it.
func BeginUnsignedRequest(buffer []byte, code Code, identifier byte, authenticator Authenticator) Builder {
	return begin(buffer, code, identifier, authenticator)
}

// BeginReply starts the reply to request in buffer (whose contents are
// overwritten, and which is replaced if its capacity is too small). Every
// reply bears a Message-Authenticator, first.
func BeginReply(buffer []byte, code Code, request Packet) Builder {
	b := begin(buffer, code, request.Identifier(), request.Authenticator())
	b.reply = true
	b.reserveMessageAuthenticator()
	return b
}

func begin(buffer []byte, code Code, identifier byte, authenticator Authenticator) Builder {
	packet := append(buffer[:0], byte(code), identifier, 0, 0)
	return Builder{packet: append(packet, authenticator[:]...), asked: authenticator}
}

func (b *Builder) reserveMessageAuthenticator() {
	b.Add(MessageAuthenticator, zeros[:])
	b.signed = true
}

// Add appends an attribute.
func (b *Builder) Add(t Type, value []byte) {
	if b.makeRoom(len(value)) {
		b.packet = append(b.packet, byte(t), byte(attributeHeader+len(value)))
		b.packet = append(b.packet, value...)
	}
}

// AddText appends an attribute.
func (b *Builder) AddText(t Type, value string) {
	if b.makeRoom(len(value)) {
		b.packet = append(b.packet, byte(t), byte(attributeHeader+len(value)))
		b.packet = append(b.packet, value...)
	}
}

// AddUint32 appends an attribute whose value is a number.
func (b *Builder) AddUint32(t Type, value uint32) {
	if b.makeRoom(4) {
		b.packet = append(b.packet, byte(t), attributeHeader+4)
		b.packet = binary.BigEndian.AppendUint32(b.packet, value)
	}
}

// AddMessage appends text as Reply-Message: as many as it needs, cut between
// characters (RFC 2865 section 5.18: they are shown in order). Empty text adds
// none.
func (b *Builder) AddMessage(text string) {
	for text != "" {
		piece := text
		if len(piece) > MaxValue {
			cut := MaxValue
			for cut > MaxValue-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
				cut--
			}
			piece = text[:cut]
		}
		b.AddText(ReplyMessage, piece)
		text = text[len(piece):]
	}
}

// AddVendor appends a Vendor-Specific attribute that holds one sub-attribute
// (RFC 2865 section 5.26).
func (b *Builder) AddVendor(vendor uint32, vendorType byte, value []byte) {
	const header = 4 + attributeHeader
	if b.makeRoom(header + len(value)) {
		b.packet = append(b.packet, byte(VendorSpecific), byte(attributeHeader+header+len(value)))
		b.packet = binary.BigEndian.AppendUint32(b.packet, vendor)
		b.packet = append(b.packet, vendorType, byte(attributeHeader+len(value)))
		b.packet = append(b.packet, value...)
	}
}

// AddPassword appends password as User-Password, hidden by the shared secret
// (RFC 2865 section 5.2). An empty one is sent as 16 hidden NULs.
func (b *Builder) AddPassword(key *Key, password secret.Text) {
	length := len(password.Reveal())
	if length > maxPassword {
		b.err = ErrTooLong
		return
	}
	hidden := max(1, (length+authenticatorSize-1)/authenticatorSize) * authenticatorSize
	if b.makeRoom(hidden) {
		b.packet = append(b.packet, byte(UserPassword), byte(attributeHeader+hidden))
		b.packet = key.appendHidden(b.packet, password, b.asked)
	}
}

// CopyProxyState appends the request's Proxy-State attributes unchanged and in
// order (RFC 2865 section 5.33).
func (b *Builder) CopyProxyState(request Packet) {
	for value := range request.Values(ProxyState) {
		b.Add(ProxyState, value)
	}
}

// makeRoom reports whether an attribute with a value of that length fits.
func (b *Builder) makeRoom(length int) bool {
	if length > MaxValue || len(b.packet)+attributeHeader+length > MaxPacket {
		b.err = ErrTooLong
	}
	return b.err == nil
}

// Seal writes length, Message-Authenticator and, in a reply, the Response
// Authenticator, and returns the finished packet, which lies in the buffer the
// Builder began with if that was large enough.
//
// The error is [ErrTooLong].
func (b *Builder) Seal(key *Key) ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	binary.BigEndian.PutUint16(b.packet[2:4], uint16(len(b.packet)))
	if b.signed {
		const value = messageAuthenticatorAt + attributeHeader
		sum := key.messageAuthenticator(b.packet, b.asked, value)
		copy(b.packet[value:], sum[:])
	}
	if b.reply {
		sum := key.responseAuthenticator(b.packet, b.asked)
		copy(b.packet[4:headerSize], sum[:])
	}
	return b.packet, nil
}
