// Package factor owns what counts as proof of a person: the kinds of factor,
// the record of an enrolled one, and the proof that a sign-in leaves behind.
//
// Each kind has a folder of its own (totp, passkey, recovery, password) that knows how
// to verify it. This package must not know how any of them works, nor who
// asks for it. Method names follow RFC 8176 where it has one.
package factor

import (
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
)

// Kind names a kind of second factor, as the command line and the log do.
type Kind string

// The kinds.
const (
	TOTP     Kind = "totp"     // RFC 6238 codes from an authenticator
	Passkey  Kind = "passkey"  // WebAuthn, for browsers
	Recovery Kind = "recovery" // the codes kept for a bad day; no way to be the only factor
)

// Factor is one enrolled factor of a person.
type Factor struct {
	ID         id.ID
	Person     id.ID
	Kind       Kind
	Label      string // what the person called it; shown to them
	CodeDigits int    // length of a code that is typed; 0 if none is
	Sealed     []byte // the secret, sealed for table "factor", this ID, column "secret"
	CreatedAt  time.Time
	Suspended  bool // kept, but proves nothing until an administrator decides
}

// Usable reports whether the factor can prove a person on its own.
func (f Factor) Usable() bool { return !f.Suspended && f.Kind != Recovery }

// Method is a way in which a person was authenticated (RFC 8176).
type Method string

// The methods. RecoveryCode has no name in RFC 8176.
const (
	MethodPassword     Method = "pwd"
	MethodTOTP         Method = "otp"
	MethodHardwareKey  Method = "hwk" // a passkey that cannot leave its device
	MethodSoftwareKey  Method = "swk" // a passkey that its owner's devices share
	MethodMultiFactor  Method = "mfa" // the passkey's device has verified its user, and there was no password
	MethodRecoveryCode Method = "recovery"
)

// Proof is what a sign-in proved, and when. The zero value proves nothing.
type Proof struct {
	Methods []Method
	Factor  id.ID // the factor used; zero if the password was all
	At      time.Time
}

// Second reports whether a second factor is part of the proof.
func (p Proof) Second() bool {
	for _, m := range p.Methods {
		if m != MethodPassword {
			return true
		}
	}
	return false
}

// Spent says that of one factor every time step up to Step is used (RFC 6238
// section 5.2: a code is accepted once).
type Spent struct {
	Factor id.ID
	Step   int64
	At     time.Time // when the step was used
}

// SecretPlace is where the secret of a factor is sealed.
func SecretPlace(f id.ID) keyring.Place {
	return keyring.Place{Table: "factor", RowID: int64(f), Column: "secret"}
}
