// Package authn is the engine: an attempt goes in, a decision comes out.
//
// Every door asks it the same question (may this person in, and if not yet,
// what next?) and translates the answer into its protocol. No door decides.
//
// A decision is made in four steps: load the facts, verify the evidence
// (passwords, codes), decide, commit the effects. decide is a pure function
// of facts and an instant; the commit is one transaction that holds only if
// nothing about the person changed since the facts were loaded. What may be
// used once is used up in that transaction, and the log is written there too.
//
// A refusal is a Decision. An error means "we could not decide", and each
// door says what that means in its protocol. The package must not know any
// protocol, page or table.
package authn

import (
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// The doors, as the log names them.
const (
	DoorRADIUS  = "radius"
	DoorPortal  = "portal"
	DoorConsole = "console"
	DoorTest    = "test" // an administrator tries a sign-in
)

// Source is where the person sits, as far as the door knows.
type Source struct {
	Peer    string // address of whoever spoke to us: the NAS, or the browser itself
	Station string // RFC 2865 Calling-Station-Id, or empty
	Agent   string // user agent, or empty
}

// String returns the best known place of the person: it names the source in
// the log and in the password counters.
func (s Source) String() string {
	if s.Station != "" {
		return s.Station
	}
	return s.Peer
}

// Request begins an attempt.
type Request struct {
	Door     string
	Client   string      // name of the protected client; see policy.Client
	Username string      // as typed
	Password secret.Text // what stood in the password field: perhaps with a code, perhaps only a code
	Source   Source
	Once     audit.Once // the door's key of this very request; zero where the door has no retransmissions

	// Invitation is the code of an invitation, where the door took one.
	Invitation secret.Text
	// SignedIn is the person of a live session: the first factor was proven
	// there, and the attempt asks for fresh proof of the second.
	SignedIn id.ID
	// ForHelp says that the password is shown to ask for help: the decision says
	// whose it is, if it is right, and denies in any case.
	ForHelp bool
	// Passkey is the answer to AskPasskey, in place of name and password: it
	// says who it is, and proves both factors; nil: none.
	Passkey *PasskeyAnswer
}

// PasskeyAnswer is what a browser answered to AskPasskey.
type PasskeyAnswer struct {
	Handle   Handle // of the question
	Response []byte // an AuthenticationResponseJSON, as the browser sent it
}

// Handle identifies an open question to the door that asked it: RADIUS State
// or the value of a browser's cookie, never part of a URL. 26 characters of
// base32, 128 bits; only a keyed hash of it is stored. With a Once it is
// derived from it, so that a retransmission gets the same.
type Handle struct{ secret.Text }

// Reply answers an open question. It must carry what the question is bound to.
type Reply struct {
	Handle   Handle
	Door     string
	Client   string
	Username string // as typed; a browser door, which has it from its own cookie, leaves it empty
	Source   Source
	Once     audit.Once
	Code     secret.Text // may be empty: "press OK"
	Passkey  []byte      // an AuthenticationResponseJSON in place of a code; nil: none
}

// Outcome is what a decision says.
type Outcome int

// The outcomes. The zero value denies.
const (
	Deny Outcome = iota
	Allow
	Ask    // put a prompt to the person and call Answer
	Enroll // show the way to enroll and call Answer
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Allow:
		return "allow"
	case Ask:
		return "ask"
	case Enroll:
		return "enroll"
	default:
		return "deny"
	}
}

// Invite is the way to enroll, or to go on without.
type Invite struct {
	Code        secret.Text // eight characters, typed at the short address; empty beside Ask
	Until       time.Time
	MayPostpone bool      // pressing OK goes on without
	TimesLeft   int       // with MayPostpone: how often one may; 0: as often as one likes
	UsedUp      bool      // one may not any more, though the period lasts
	Due         time.Time // with either: when the enrollment period ends
}

// Prompt is one way to answer a question.
type Prompt struct {
	Kind factor.Kind
	// Options are what a page hands to the browser to use a passkey:
	// PublicKeyCredentialRequestOptionsJSON. Empty for other kinds.
	Options []byte
}

// Decision is the engine's answer. The zero Decision denies.
type Decision struct {
	Outcome Outcome
	Handle  Handle       // for Ask and Enroll
	Invite  *Invite      // for Enroll; for Ask where somebody may go on who cannot enroll at this door
	Prompts []Prompt     // for Ask at a browser: which factors can answer
	Until   time.Time    // for Ask and Enroll: when the question expires
	Person  id.ID        // for Allow; and for Ask and Enroll once the first factor was right
	SignIn  id.ID        // the log's entry, for Allow and Deny; a door may show it as reference (RADIUS Class)
	Proof   factor.Proof // for Allow
	// Owes is what decides of all that is required of the person here, once
	// the first factor was right; beside Allow it is still to be done.
	Owes     policy.Position
	Reason   Reason  // for the log and administrators; never shown to the person
	Message  Message // what the door may show, in the person's language
	Language string  // of the person, if known; BCP 47
	Trace    []Rule  // the rules that applied, in order
}

// PutOff reports whether the person was let in because they put off what is
// required of them.
func (d Decision) PutOff() bool { return d.Outcome == Allow && d.Reason == ReasonPostponed }

// Message is the key of a text the door may show; the words are in the
// catalogue, under the door's prefix.
type Message string

// The messages. A refusal has one text for everything that could tell a
// stranger whether a name exists or a guess was warm.
const (
	MessageNone        Message = ""
	MessageRefused     Message = "refused"      // neutral
	MessageAskCode     Message = "ask-code"     // enter the code from your authenticator
	MessageWrongCode   Message = "wrong-code"   // that did not work, enter the next one
	MessageEnroll      Message = "enroll"       // open the address, enter the code, then press OK
	MessagePostpone    Message = "postpone"     // the same, or press OK to go on: n days left
	MessageGoOn        Message = "go-on"        // press OK to go on: n days left, the mail says how to set up
	MessageGoOnHelp    Message = "go-on-help"   // press OK to go on: n days left, the help desk says how to set up
	MessageNeedsLink   Message = "needs-link"   // after the right password, where a text is shown: a link is needed, it was mailed
	MessageNeedsHelp   Message = "needs-help"   // the same, but there is no address to mail it to: the help desk gives one
	MessageExpired     Message = "expired"      // after the right password, where a text is shown: the period is over
	MessageSuspended   Message = "suspended"    // portal only, after the right password: the help desk decides
	MessageLockedUntil Message = "locked-until" // portal only, after the right password: too many wrong codes
	MessagePasskey     Message = "passkey"      // portal only, after the right password: the passkey proved nothing
	// MessageChangePassword is shown where the right password is no secret: the
	// directory wants another one first.
	MessageChangePassword Message = "change-password"
	// MessageNotIncluded is shown likewise: the company lets others in here.
	MessageNotIncluded Message = "not-included"
)
