// Package passkey owns WebAuthn credentials as a second factor: what a browser
// is asked for, and whether what it answers proves a person.
//
// Everything here is a pure function over octets: challenges are the caller's
// to make, to remember and to use up, and nothing waits in memory between
// question and answer. The package must not know people, pages, or when a
// passkey is asked for.
//
// Standards: W3C Web Authentication Level 3, sections 7.1 (registering) and
// 7.2 (verifying an assertion); RFC 8176 for the names of methods. The octets
// of both ceremonies are read by github.com/go-webauthn/webauthn/protocol.
package passkey

import (
	"crypto/subtle"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// The limits.
const (
	MaxPerPerson = 10       // passkeys of one person
	MaxResponse  = 16 << 10 // octets of what a browser answers
	MaxLabel     = 64       // octets of the name a person gives a passkey

	userHandleSize = 64 // octets, the most that section 5.4.3 allows
	// patience is how long a browser waits for its person, in milliseconds.
	// Whether an answer is in time is said by the challenge, not by this.
	patience = 5 * 60 * 1000
)

// Challenge is what an authenticator signs: 256 bits that nobody can foresee.
type Challenge [32]byte

// UserHandle stands for a person at their authenticators: random octets that
// tell nothing (section 14.6.1). All passkeys of a person have the same.
type UserHandle [userHandleSize]byte

func (h UserHandle) equal(octets []byte) bool {
	return subtle.ConstantTimeCompare(h[:], octets) == 1
}

// Party is the relying party of section 4: the name passkeys are bound to and
// the pages that may use them.
type Party struct {
	ID      string   // a host name; empty: no passkey can be used
	Origins []string // scheme, host and port
	Name    string   // shown by authenticators: the company's
	// Judge says whether an authenticator may be registered; nil, the default:
	// any may, none is asked what it is, and what it says unasked is checked
	// for being well-formed only.
	Judge func(Attested) error
}

// Attested is what an authenticator said of itself when it was registered.
type Attested struct {
	Model  Model
	Format string   // of the attestation statement, section 8
	Type   string   // "basic_full", "none", …; see section 6.5.4
	Chain  [][]byte // the certificates of whoever attests, DER, the attesting one first; none if it does itself
}

// PartyAt returns the party of the pages at an address. Browsers know no
// passkeys for an IP address, nor over plain HTTP but from their own machine:
// then the party has no ID.
func PartyAt(public *url.URL, name string) Party {
	host := strings.ToLower(public.Hostname())
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if host == "" || net.ParseIP(host) != nil || public.Scheme != "https" && !local {
		return Party{Name: name}
	}
	return Party{ID: host, Origins: []string{public.Scheme + "://" + strings.ToLower(public.Host)}, Name: name}
}

// Available reports whether passkeys can be used at all.
func (p Party) Available() bool { return p.ID != "" }

// algorithms are the keys that may be registered, those we like best first.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES384},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

func descriptors(credentials []Credential) []protocol.CredentialDescriptor {
	list := make([]protocol.CredentialDescriptor, len(credentials))
	for i, c := range credentials {
		list[i] = protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
		for _, t := range c.Transports {
			list[i].Transport = append(list[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return list
}
