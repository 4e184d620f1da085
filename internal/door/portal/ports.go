package portal

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/text"
)

// Engine decides; *authn.Engine is one.
type Engine interface {
	Begin(ctx context.Context, r authn.Request) (authn.Decision, error)
	Answer(ctx context.Context, r authn.Reply) (authn.Decision, error)
	Prompts(ctx context.Context, door string, h authn.Handle) ([]authn.Prompt, error)
	AskPasskey(door, client string) (d authn.Decision, ok bool, err error)
	Enrolling(ctx context.Context, door string, h authn.Handle) (r enrollment.Right, ok bool, err error)
}

// Desk enrolls people; *enrollment.Desk is one.
type Desk interface {
	Invitations
	ChoosePassword(ctx context.Context, r enrollment.Right, hash secret.Text) error
	Offer(ctx context.Context, r enrollment.Right) (enrollment.Offer, error)
	Verify(ctx context.Context, r enrollment.Right, code secret.Text, from audit.Actor) (enrollment.Result, error)
	OfferPasskey(ctx context.Context, r enrollment.Right) (enrollment.PasskeyOffer, error)
	VerifyPasskey(ctx context.Context, r enrollment.Right, response []byte, otherwise string, from audit.Actor) (enrollment.Result, error)
	NotMe(ctx context.Context, token secret.Text, from audit.Actor) (ok bool, err error)
	Opened(ctx context.Context, person id.ID)
}

// Invitations finds what somebody was invited by.
type Invitations interface {
	Look(ctx context.Context, code secret.Text) (*enrollment.Invitation, *enrollment.Applicant, error)
	Invited(ctx context.Context, invitation id.ID) (*enrollment.Invitation, *enrollment.Applicant, error)
}

// Sessions keeps signed-in browsers; *session.Keeper is one.
type Sessions interface {
	Start(ctx context.Context, o session.Opening) (secret.Text, session.Session, error)
	Find(ctx context.Context, token secret.Text) (*session.Session, error)
	Renew(ctx context.Context, old session.Session, proof factor.Proof) (secret.Text, session.Session, error)
	Ended(ctx context.Context, token secret.Text) (session.Ending, error)
	End(ctx context.Context, token secret.Text) error
	EndOthers(ctx context.Context, keep session.Session) error
}

// Visits keep for mails what a visit tells of somebody of whom it is not known,
// and the language that they pick.
type Visits interface {
	KeepLanguage(ctx context.Context, person id.ID, language string) error
	KeepTimeZone(ctx context.Context, person id.ID, zone string) error
	ChooseLanguage(ctx context.Context, by audit.Actor, language string) error
}

// Self is what people do about their own account; *selfservice.Service is one.
type Self interface {
	Person(ctx context.Context, person id.ID) (*directory.Person, error)
	Account(ctx context.Context, person id.ID) (selfservice.Account, error)
	Visits
	Arrived(ctx context.Context, person id.ID, client string, since time.Time) (bool, error)
	Authenticators
	PutOff(ctx context.Context, by audit.Actor, in session.Session) error
	Suspend(ctx context.Context, by audit.Actor, proof factor.Proof) error
	Help
}

// Help is asked of the help desk.
type Help interface {
	OpenHelp(ctx context.Context, person id.ID) (*operator.HelpRequest, error)
	AskForHelp(ctx context.Context, by audit.Actor, door string) (operator.HelpRequest, error)
}

// Authenticators are looked after by their owner.
type Authenticators interface {
	RenewCodes(ctx context.Context, by audit.Actor) ([]secret.Text, error)
	Rename(ctx context.Context, by audit.Actor, which id.ID, typed string) error
	Remove(ctx context.Context, by audit.Actor, which id.ID) error
}

// Hasher turns a chosen password into what is kept of it. It may wait for its
// turn: hashing is slow on purpose.
type Hasher interface {
	Hash(ctx context.Context, password secret.Text) (hash secret.Text, err error)
}

// Office knows the pages for administrators, which have somebody show their
// second step here.
type Office interface {
	// About says what one of its pages, named by a path of ours, is about to do,
	// in words or empty, and the page to go back to instead.
	About(p *text.Printer, path string) (act, back string)
}
