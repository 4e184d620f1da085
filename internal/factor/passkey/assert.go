package passkey

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
)

// RequestOptions returns what a page hands to navigator.credentials.get, as
// PublicKeyCredentialRequestOptionsJSON (section 5.5): for one of these
// passkeys, or, if there are none, for any that the browser finds. Where the
// passkey is all that is asked for, its user must be verified.
func (p Party) RequestOptions(allowed []Credential, challenge Challenge, alone bool) ([]byte, error) {
	verification := protocol.VerificationPreferred
	if alone {
		verification = protocol.VerificationRequired
	}
	return json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge: challenge[:], Timeout: patience, RelyingPartyID: p.ID,
		AllowedCredentials: descriptors(allowed), UserVerification: verification,
	})
}

// Verdict is what became of an assertion.
type Verdict int

// The verdicts. The zero value refuses.
const (
	Refused    Verdict = iota // it proves nothing: another challenge, page, party, key or person
	Copied                    // the signature is right, but its counter went back: there are two of this key
	Unverified                // the passkey was to be all that is asked for, and its user was not verified
	Accepted
)

// Assertion is what an accepted assertion proved.
type Assertion struct {
	Credential Credential // as it is to be kept from now on
	Verified   bool       // the authenticator has verified its user: a second factor by itself
	Changed    bool       // Credential differs from the one given
}

// Assert verifies what navigator.credentials.get answered to challenge
// (section 7.2), with the passkey that the answer names. The error says for
// the log why it was refused.
func (p Party) Assert(c Credential, challenge Challenge, r Response, alone bool) (Assertion, Verdict, error) {
	if r.parsed == nil || !bytes.Equal(c.ID, r.CredentialID()) {
		return Assertion{}, Refused, errOther
	}
	// Steps 5 and 6: whoever is named must be the owner. Without a user name
	// somebody must be named.
	if handle := r.parsed.Response.UserHandle; !c.User.equal(handle) && (alone || len(handle) > 0) {
		return Assertion{}, Refused, errOther
	}
	// Steps 7 to 21, but for the user's verification, which is told apart.
	err := r.parsed.Verify(base64.RawURLEncoding.EncodeToString(challenge[:]), p.ID, "", p.Origins, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, false, true, c.PublicKey, protocol.SignaturePolicy{})
	if err != nil {
		return Assertion{}, Refused, refused(errAssertion, err)
	}
	data := r.parsed.Response.AuthenticatorData
	switch {
	case data.Flags.HasBackupEligible() != c.BackupEligible, data.Flags.HasBackupState() && !c.BackupEligible:
		return Assertion{}, Refused, errBackup
	case alone && !data.Flags.HasUserVerified():
		return Assertion{}, Unverified, errUnverified
	case data.Counter <= c.Counter && (data.Counter != 0 || c.Counter != 0): // step 22
		return Assertion{}, Copied, errCopied
	}
	a := Assertion{Credential: c, Verified: data.Flags.HasUserVerified()}
	a.Credential.Counter, a.Credential.BackedUp = data.Counter, data.Flags.HasBackupState()
	a.Credential.Verified = c.Verified || a.Verified
	a.Changed = a.Credential.Counter != c.Counter || a.Credential.BackedUp != c.BackedUp || a.Credential.Verified != c.Verified
	return a, Accepted, nil
}

var (
	errAssertion  = errors.New("passkey: assertion refused")
	errOther      = errors.New("passkey: not this passkey, or not its owner")
	errUnverified = errors.New("passkey: the user was not verified")
	errCopied     = errors.New("passkey: the counter of signatures went back")
)
