package passkey

import (
	"encoding/binary"
	"errors"

	"example.com/muster/internal/factor"
)

// Credential is one registered passkey: what section 4 calls a credential
// record. It holds no secret; it is sealed at rest like other factors all the
// same, so that nobody can put another in its place.
type Credential struct {
	ID         []byte // chosen by the authenticator, at most 1023 octets
	PublicKey  []byte // COSE_Key, RFC 9052
	User       UserHandle
	Model      Model
	Transports []string // "usb", "internal", …: hints for the browser
	Counter    uint32   // signatures so far; 0 where the authenticator does not count
	// BackupEligible says that the key may leave its device: it is synced
	// between devices of its owner. It never changes (section 6.1.3).
	BackupEligible bool
	BackedUp       bool
	Verified       bool // the authenticator has verified its user at least once
}

// ErrCredential is returned by Decode for octets that Encode did not write.
var ErrCredential = errors.New("passkey: not a credential")

const credentialVersion = 1

const (
	flagBackupEligible = 1 << iota
	flagBackedUp
	flagVerified
)

// Encode returns the credential as octets: version, flags, counter, user
// handle, model, then identifier, key and transports, each with its length
// before it.
func (c Credential) Encode() []byte {
	var flags byte
	for flag, set := range map[byte]bool{
		flagBackupEligible: c.BackupEligible, flagBackedUp: c.BackedUp, flagVerified: c.Verified,
	} {
		if set {
			flags |= flag
		}
	}
	b := []byte{credentialVersion, flags}
	b = binary.BigEndian.AppendUint32(b, c.Counter)
	b = append(b, c.User[:]...)
	b = append(b, c.Model[:]...)
	b = appendField(b, c.ID)
	b = appendField(b, c.PublicKey)
	for _, t := range c.Transports {
		b = appendField(b, []byte(t))
	}
	return b
}

func appendField(b, field []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(field))) // Register keeps all of them short
	return append(b, field...)
}

// Decode is the inverse of Encode. The credential shares octets with b.
func Decode(b []byte) (Credential, error) {
	const fixed = 2 + 4 + userHandleSize + modelSize
	if len(b) < fixed || b[0] != credentialVersion {
		return Credential{}, ErrCredential
	}
	c := Credential{
		BackupEligible: b[1]&flagBackupEligible != 0, BackedUp: b[1]&flagBackedUp != 0, Verified: b[1]&flagVerified != 0,
		Counter: binary.BigEndian.Uint32(b[2:]),
	}
	copy(c.User[:], b[6:])
	copy(c.Model[:], b[6+userHandleSize:])
	var fields [][]byte
	for b = b[fixed:]; len(b) > 0; {
		if len(b) < 2 {
			return Credential{}, ErrCredential
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; len(b) < n {
			return Credential{}, ErrCredential
		}
		fields, b = append(fields, b[:n]), b[n:]
	}
	if len(fields) < 2 || len(fields[0]) == 0 || len(fields[1]) == 0 {
		return Credential{}, ErrCredential
	}
	c.ID, c.PublicKey = fields[0], fields[1]
	for _, t := range fields[2:] {
		c.Transports = append(c.Transports, string(t))
	}
	return c, nil
}

// Method is how the credential authenticates, in the words of RFC 8176: by a
// key bound to one device, or by one that its owner's devices share.
func (c Credential) Method() factor.Method {
	if c.BackupEligible {
		return factor.MethodSoftwareKey
	}
	return factor.MethodHardwareKey
}
