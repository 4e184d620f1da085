// Package policy owns who must show what, and where: the protected clients
// and the rules for people who have no factor yet.
//
// Everything here is a pure rule over facts. It must not know how a factor is
// verified, nor which protocol a client speaks beyond what it can be asked.
package policy

import (
	"net/netip"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
)

// FirstFactor says who checks the password.
type FirstFactor string

// The first factors of a client.
const (
	FirstDirectory FirstFactor = "directory" // Muster checks it
	FirstNone      FirstFactor = "none"      // the client has checked it already
)

// CodePlace says where a code is typed.
type CodePlace string

// The places for a code.
const (
	CodeChallenge CodePlace = "challenge" // at a prompt of its own
	CodeAppend    CodePlace = "append"    // behind the password, in one field; the client can show no prompt
	CodeBoth      CodePlace = "both"      // behind the password and a comma, or at a prompt
)

// Unenrolled says what happens to people without a factor.
type Unenrolled string

// The modes for people without a factor.
const (
	UnenrolledEnroll Unenrolled = "enroll" // they enroll at the door
	UnenrolledReject Unenrolled = "reject" // they are refused
	UnenrolledPass   Unenrolled = "pass"   // the password is enough
	UnenrolledPeriod Unenrolled = "period" // the password is enough during their enrollment period
	// UnenrolledRequired is for our own pages, and no protected client: they
	// enroll where something is required of them; else the password is enough.
	UnenrolledRequired Unenrolled = "required"
)

// MessageAuthenticator says whether requests must carry that attribute
// (RFC 2869 section 5.14).
type MessageAuthenticator string

// The settings for Message-Authenticator in requests.
const (
	RequireMessageAuthenticator MessageAuthenticator = "require"
	AcceptWithout               MessageAuthenticator = "accept"
)

// Client is a protected client: whoever signs in there needs a second factor.
// For a RADIUS client every field is set; the portal and the console are
// clients of their own with the rules of PortalClient.
type Client struct {
	ID                   id.ID
	Name                 string
	Address              netip.Prefix // requests come from here; the longest prefix wins
	SealedSecret         []byte       // sealed for table "radius_client", this ID, column "secret"
	FirstFactor          FirstFactor
	Code                 CodePlace
	Unenrolled           Unenrolled
	MessageAuthenticator MessageAuthenticator
	Browser              bool // Muster's own pages: people enroll right there
	CreatedAt            time.Time
}

// PortalClient is the rule of Muster's own pages: the password is checked
// here, codes have a page, and people enroll on the spot. With
// UnenrolledRequired in Unenrolled only those do who have to.
func PortalClient(name string) Client {
	return Client{Name: name, FirstFactor: FirstDirectory, Code: CodeChallenge, Unenrolled: UnenrolledEnroll, Browser: true}
}

// TestClient is the rule of a sign-in that an administrator tries for somebody:
// what exists is asked, nobody enrolls, and no link is mailed.
func TestClient(name string) Client {
	return Client{Name: name, FirstFactor: FirstDirectory, Code: CodeChallenge, Unenrolled: UnenrolledReject}
}

// CanPrompt reports whether the client shows a prompt for a code.
func (c Client) CanPrompt() bool { return c.Code != CodeAppend }

// Mode is the mode for people without a factor. Where the client has checked
// the password there is only one: Muster has no proof that would let anybody
// enroll.
func (c Client) Mode() Unenrolled {
	if c.FirstFactor != FirstDirectory {
		return UnenrolledReject
	}
	return c.Unenrolled
}

// ModeFor is Mode for a person who has a role or none. The console is open to
// whoever has one, and demands a second factor: they are to have it.
func (c Client) ModeFor(role bool) Unenrolled {
	if mode := c.Mode(); mode != UnenrolledRequired || !role {
		return mode
	}
	return UnenrolledEnroll
}

// SecretPlace is where the shared secret of a RADIUS client is sealed.
func SecretPlace(client id.ID) keyring.Place {
	return keyring.Place{Table: "radius_client", RowID: int64(client), Column: "secret"}
}
