package totp

import (
	"errors"
	"time"

	"example.com/muster/internal/secret"
)

// Credential is one authenticator's key and how its codes are made: what is
// sealed at rest.
type Credential struct {
	Params
	Key secret.Bytes
}

// ErrCredential is returned by Decode for octets that Encode did not write.
var ErrCredential = errors.New("totp: not a credential")

const credentialVersion = 1

// Encode returns the credential as octets: version, algorithm, digits, period
// in seconds, skew, key.
func (c Credential) Encode() []byte {
	b := []byte{credentialVersion, byte(c.Algorithm), byte(c.Digits), byte(c.Period / time.Second), byte(c.Skew)}
	return append(b, c.Key.Reveal()...)
}

// Decode is the inverse of Encode. The key shares octets with b.
func Decode(b []byte) (Credential, error) {
	if len(b) < 6 || b[0] != credentialVersion {
		return Credential{}, ErrCredential
	}
	c := Credential{
		Params: Params{
			Algorithm: Algorithm(b[1]), Digits: int(b[2]),
			Period: time.Duration(b[3]) * time.Second, Skew: int(b[4]),
		},
		Key: secret.NewBytes(b[5:]),
	}
	if c.Validate() != nil {
		return Credential{}, ErrCredential
	}
	return c, nil
}
