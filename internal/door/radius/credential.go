package radius

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// password returns what the person typed. A request without any credential is
// one with an empty password: some devices have checked it themselves.
//
// The trouble is Malformed, UnreadablePassword, NoUserName or the protocol
// that we cannot check, because it needs the password in clear on our side.
func (c *client) password(packet wire.Packet) (secret.Text, Trouble) {
	if name, _ := packet.Lookup(wire.UserName); len(name) == 0 {
		return secret.Text{}, NoUserName
	}
	password, err := c.key.Password(packet)
	switch {
	case errors.Is(err, wire.ErrNoPassword):
		return secret.Text{}, otherProtocol(packet)
	case err != nil:
		return secret.Text{}, Malformed
	case !packet.Has(wire.MessageAuthenticator) && !readable(password.Reveal()):
		// Nothing else shows that the secret differs, and a guess with noise
		// would count against the person.
		return secret.Text{}, UnreadablePassword
	}
	return password, NoTrouble
}

// otherProtocol names the protocol of a request without User-Password.
func otherProtocol(packet wire.Packet) Trouble {
	for _, p := range []struct {
		attribute wire.Type
		trouble   Trouble
	}{{wire.EAPMessage, SentEAP}, {wire.CHAPPassword, SentCHAP}, {wire.ARAPPassword, SentARAP}} {
		if packet.Has(p.attribute) {
			return p.trouble
		}
	}
	if _, found := packet.Vendor(wire.VendorMicrosoft, wire.MSCHAP2Response); found {
		return SentMSCHAPv2
	}
	if _, found := packet.Vendor(wire.VendorMicrosoft, wire.MSCHAPResponse); found {
		return SentMSCHAP
	}
	return NoTrouble
}

// readable reports whether s can be what a person typed.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// harmless replaces what no name holds and no database or log should meet:
// octets that are not UTF-8, and control characters. No two people's names
// can meet that way, for none may hold the replacement (RFC 8265 section 3.3).
func harmless(s string) string {
	if readable(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}
