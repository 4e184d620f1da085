package ldapsync

import (
	"encoding/hex"
	"strings"

	"example.com/muster/internal/directory/ldap/wire"
)

// identity returns an entry's identity as canonical text: Active Directory's
// objectGUID (whose first three groups are little-endian, MS-DTYP section
// 2.3.4), otherwise entryUUID.
func (m *mapping) identity(value []byte) (object string, ok bool) {
	if m.binaryIdentity {
		if len(value) != 16 {
			return "", false
		}
		return uuidText(swapGUID(wire.UUID(value))), true
	}
	text := strings.ToLower(string(value))
	if _, ok := parseUUID(text); !ok {
		return "", false
	}
	return text, true
}

// hasIdentity matches the entry with the identity; ok is false where the text
// is none.
func (m *mapping) hasIdentity(object string) (f wire.Filter, ok bool) {
	id, ok := parseUUID(object)
	if !ok {
		return wire.Filter{}, false
	}
	if m.binaryIdentity {
		swapped := swapGUID(id)
		return wire.Equal(m.identityAttribute, swapped[:]), true
	}
	return wire.Equal(m.identityAttribute, uuidText(id)), true
}

func swapGUID(u wire.UUID) wire.UUID {
	u[0], u[1], u[2], u[3] = u[3], u[2], u[1], u[0]
	u[4], u[5] = u[5], u[4]
	u[6], u[7] = u[7], u[6]
	return u
}

func uuidText(u wire.UUID) string {
	b := make([]byte, 0, 36)
	for i, group := range [][]byte{u[0:4], u[4:6], u[6:8], u[8:10], u[10:16]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, group)
	}
	return string(b)
}

func parseUUID(text string) (u wire.UUID, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return wire.UUID{}, false
	}
	n, err := hex.Decode(u[:], []byte(text[0:8]+text[9:13]+text[14:18]+text[19:23]+text[24:36]))
	return u, err == nil && n == len(u)
}
