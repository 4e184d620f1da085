package passkey

import (
	"crypto/sha256"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
)

// ErrMalformed is returned for octets that no browser answers.
var ErrMalformed = errors.New("passkey: malformed answer")

// Response is what a browser answered to RequestOptions, taken apart and not
// yet believed. The zero Response proves nothing.
type Response struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ParseResponse takes an AuthenticationResponseJSON (section 5.1.8) apart.
func ParseResponse(octets []byte) (Response, error) {
	if len(octets) > MaxResponse {
		return Response{}, ErrMalformed
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(octets)
	if err != nil {
		return Response{}, refused(ErrMalformed, err)
	}
	if n := len(parsed.RawID); n == 0 || n > maxIdentifier {
		return Response{}, ErrMalformed
	}
	return Response{parsed}, nil
}

// maxIdentifier is how long the identifier of a passkey may be (section 4).
const maxIdentifier = 1023

// CredentialID returns which passkey the answer claims to be of.
func (r Response) CredentialID() []byte {
	if r.parsed == nil {
		return nil
	}
	return r.parsed.RawID
}

// Lookup is by what a passkey is found among those of all people.
type Lookup [sha256.Size]byte

// LookupOf returns what a passkey with this identifier is found by.
func LookupOf(identifier []byte) Lookup { return sha256.Sum256(identifier) }

func parseCreation(octets []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(octets) > MaxResponse {
		return nil, ErrMalformed
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(octets)
	if err != nil {
		return nil, refused(ErrMalformed, err)
	}
	return parsed, nil
}
