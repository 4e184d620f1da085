package wire

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // RFC 2865 knows no other
	"crypto/subtle"
	"errors"
	"hash"
	"sync"

	"example.com/muster/internal/secret"
)

// What a check with the shared secret can find.
var (
	ErrNoMessageAuthenticator = errors.New("radius: no Message-Authenticator")
	ErrMessageAuthenticator   = errors.New("radius: the Message-Authenticator is wrong")
	ErrResponseAuthenticator  = errors.New("radius: the Response Authenticator is wrong")
	ErrIdentifier             = errors.New("radius: the reply's identifier is not the request's")
	ErrNoPassword             = errors.New("radius: no User-Password")
	ErrPasswordLength         = errors.New("radius: the User-Password's length is not a multiple of 16 from 16 to 128")
)

// maxPassword is the longest User-Password in octets, RFC 2865 section 5.2.
const maxPassword = 128

// Key is a shared secret made ready for use: keeping the state of the keyed
// hash saves half the work of each packet. It is safe for concurrent use.
type Key struct {
	secret  secret.Bytes
	hashers sync.Pool
}

// NewKey prepares a shared secret.
func NewKey(shared secret.Text) *Key {
	k := &Key{secret: secret.NewBytes([]byte(shared.Reveal()))}
	k.hashers.New = func() any {
		return &hasher{mac: hmac.New(md5.New, k.secret.Reveal()), md5: md5.New()} //nolint:gosec // as above
	}
	return k
}

// hasher is the scratch space of one computation. Its buffers are fields, so
// that handing them to a [hash.Hash] does not move them to the heap each time.
type hasher struct {
	mac, md5 hash.Hash
	sum      [md5.Size]byte
}

func (k *Key) borrow() *hasher { return k.hashers.Get().(*hasher) } //nolint:forcetypeassert // the pool holds nothing else

func (k *Key) release(h *hasher) { k.hashers.Put(h) }

// VerifyRequest checks the Message-Authenticator of a request (RFC 2869
// section 5.14) in constant time. One of a length other than 16 is wrong.
//
// Errors are [ErrNoMessageAuthenticator] and [ErrMessageAuthenticator]; after
// either nothing in the packet is known to come from the client.
func (k *Key) VerifyRequest(p Packet) error {
	return k.verifyMessageAuthenticator(p, p.Authenticator())
}

// VerifyReply checks that reply answers request: identifier, Response
// Authenticator (RFC 2865 section 3) and, if there is one, the
// Message-Authenticator.
//
// Errors are [ErrIdentifier], [ErrResponseAuthenticator],
// [ErrMessageAuthenticator] and, where all else is right but the reply bears
// none, [ErrNoMessageAuthenticator]: whether to live with that is the
// caller's choice.
func (k *Key) VerifyReply(reply, request Packet) error {
	if reply.Identifier() != request.Identifier() {
		return ErrIdentifier
	}
	asked := request.Authenticator()
	want := k.responseAuthenticator(reply.data, asked)
	if subtle.ConstantTimeCompare(want[:], reply.data[4:headerSize]) != 1 {
		return ErrResponseAuthenticator
	}
	return k.verifyMessageAuthenticator(reply, asked)
}

func (k *Key) verifyMessageAuthenticator(p Packet, asked Authenticator) error {
	if p.mac == 0 {
		return ErrNoMessageAuthenticator
	}
	if p.data[p.mac+1] != attributeHeader+authenticatorSize {
		return ErrMessageAuthenticator
	}
	value := p.mac + attributeHeader
	want := k.messageAuthenticator(p.data, asked, value)
	if subtle.ConstantTimeCompare(want[:], p.data[value:value+authenticatorSize]) != 1 {
		return ErrMessageAuthenticator
	}
	return nil
}

var zeros [authenticatorSize]byte

// messageAuthenticator is HMAC-MD5 over the packet with the request's
// authenticator in the header and zeros in its own place (at offset value).
func (k *Key) messageAuthenticator(packet []byte, asked Authenticator, value int) Authenticator {
	h := k.borrow()
	h.sum = asked
	h.mac.Reset()
	h.mac.Write(packet[:4])
	h.mac.Write(h.sum[:])
	h.mac.Write(packet[headerSize:value])
	h.mac.Write(zeros[:])
	h.mac.Write(packet[value+authenticatorSize:])
	h.mac.Sum(h.sum[:0])
	sum := h.sum
	k.release(h)
	return sum
}

// responseAuthenticator is MD5 over the reply with the request's authenticator
// in the header, then the shared secret (RFC 2865 section 3).
func (k *Key) responseAuthenticator(packet []byte, asked Authenticator) Authenticator {
	h := k.borrow()
	h.sum = asked
	h.md5.Reset()
	h.md5.Write(packet[:4])
	h.md5.Write(h.sum[:])
	h.md5.Write(packet[headerSize:])
	h.md5.Write(k.secret.Reveal())
	h.md5.Sum(h.sum[:0])
	sum := h.sum
	k.release(h)
	return sum
}

// Password decrypts the request's User-Password (RFC 2865 section 5.2). The
// octets are kept as they are but for the padding, which is NULs at the end.
// Only a verified Message-Authenticator proves that the secret was the right
// one: with another the result is noise.
//
// Errors are [ErrNoPassword] and [ErrPasswordLength].
func (k *Key) Password(p Packet) (secret.Text, error) {
	hidden, found := p.Lookup(UserPassword)
	if !found {
		return secret.Text{}, ErrNoPassword
	}
	if len(hidden) == 0 || len(hidden) > maxPassword || len(hidden)%md5.Size != 0 {
		return secret.Text{}, ErrPasswordLength
	}
	var plain [maxPassword]byte
	h := k.borrow()
	previous := p.data[4:headerSize]
	for at := 0; at < len(hidden); at += md5.Size {
		block := hidden[at : at+md5.Size]
		h.pad(k.secret.Reveal(), previous)
		subtle.XORBytes(plain[at:], block, h.sum[:])
		previous = block
	}
	k.release(h)
	length := len(hidden)
	for length > 0 && plain[length-1] == 0 {
		length--
	}
	return secret.New(string(plain[:length])), nil
}

// appendHidden appends the password as a User-Password's value.
func (k *Key) appendHidden(dst []byte, password secret.Text, asked Authenticator) []byte {
	var plain [maxPassword]byte
	length := max(1, copy(plain[:], password.Reveal()))
	length = (length + md5.Size - 1) / md5.Size * md5.Size
	h := k.borrow()
	previous := asked[:]
	for at := 0; at < length; at += md5.Size {
		h.pad(k.secret.Reveal(), previous)
		subtle.XORBytes(h.sum[:], h.sum[:], plain[at:at+md5.Size])
		dst = append(dst, h.sum[:]...)
		previous = dst[len(dst)-md5.Size:]
	}
	k.release(h)
	return dst
}

// pad leaves MD5(secret, previous) in h.sum.
func (h *hasher) pad(shared, previous []byte) {
	h.md5.Reset()
	h.md5.Write(shared)
	h.md5.Write(previous)
	h.md5.Sum(h.sum[:0])
}
