package bench

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
)

// RADIUS codes and attributes, RFC 2865 sections 3 and 5, RFC 2869 section 5.14.
const (
	accessRequest   = 1
	accessAccept    = 2
	accessReject    = 3
	accessChallenge = 11

	userName             = 1
	userPassword         = 2
	state                = 24
	messageAuthenticator = 80
)

const headerLength = 20

// request builds an Access-Request with a fresh Request Authenticator. A nil
// stateValue leaves State out.
func request(identifier byte, secret []byte, name, password string, stateValue []byte) []byte {
	packet := make([]byte, headerLength, 128)
	packet[0], packet[1] = accessRequest, identifier
	authenticator := packet[4:headerLength]
	if _, err := rand.Read(authenticator); err != nil {
		panic(err) // documented never to happen
	}
	packet = append(packet, messageAuthenticator, 2+md5.Size)
	signature := len(packet)
	packet = append(packet, make([]byte, md5.Size)...)
	packet = attribute(packet, userName, []byte(name))
	packet = attribute(packet, userPassword, hidden(password, secret, authenticator))
	if stateValue != nil {
		packet = attribute(packet, state, stateValue)
	}
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	mac := hmac.New(md5.New, secret)
	mac.Write(packet)
	mac.Sum(packet[signature:signature])
	return packet
}

func attribute(packet []byte, kind byte, value []byte) []byte {
	return append(append(packet, kind, byte(2+len(value))), value...)
}

// hidden is User-Password as it travels, RFC 2865 section 5.2. An empty one is
// one block of zeros.
func hidden(password string, secret, authenticator []byte) []byte {
	out := make([]byte, max(1, (len(password)+15)/16)*16)
	copy(out, password)
	last := authenticator
	for block := 0; block < len(out); block += 16 {
		key := md5.Sum(append(append([]byte{}, secret...), last...))
		for i := range key {
			out[block+i] ^= key[i]
		}
		last = out[block : block+16]
	}
	return out
}

var errForged = errors.New("the Response Authenticator is wrong")

// verify checks that reply answers the request, RFC 2865 section 3, and returns
// its code and its State, if it has one.
func verify(reply, request, secret []byte) (code byte, stateValue []byte, err error) {
	if len(reply) < headerLength || int(binary.BigEndian.Uint16(reply[2:])) != len(reply) {
		return 0, nil, fmt.Errorf("a reply of %d bytes is malformed", len(reply))
	}
	hash := md5.New()
	hash.Write(reply[:4])
	hash.Write(request[4:headerLength])
	hash.Write(reply[headerLength:])
	hash.Write(secret)
	var sum [md5.Size]byte
	if !hmac.Equal(hash.Sum(sum[:0]), reply[4:headerLength]) {
		return 0, nil, errForged
	}
	for rest := reply[headerLength:]; len(rest) >= 2 && int(rest[1]) >= 2 && int(rest[1]) <= len(rest); rest = rest[rest[1]:] {
		if rest[0] == state {
			stateValue = rest[2:rest[1]]
		}
	}
	return reply[0], stateValue, nil
}
