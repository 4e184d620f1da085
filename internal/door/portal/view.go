package portal

import (
	"embed"
	"html/template"
	"time"

	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// What each page shows. A page's template is named as the type, without View.

type signinView struct {
	Next    string // where to go on; a path of ours
	Passkey bool   // one can be used in place of name and password
}

type codeView struct {
	Action  string // where the form goes
	Back    string
	Confirm bool            // a fresh proof for a change, not a sign-in
	Codes   bool            // of an app are asked for
	Passkey string          // what the browser is handed to use one; empty: none is asked for
	Office  bool            // only with Confirm: the change is an administrator's
	Act     string          // only with Office: what it is; empty: not known
	Held    []web.HeldField // only with Confirm: a form that is sent on afterwards
	Secret  bool            // only with Held: a password was left out of it
}

type inviteView struct{}

type passwordView struct {
	Choose   bool   // a new one, for who has none yet
	Username string // only if Choose
}

// waiting is the sign-in at another door that waits for an enrollment.
type waiting struct {
	Client, Source string
	Since          time.Time
}

type startView struct {
	Waiting     *waiting
	Due         time.Time // end of the enrollment period; zero: none
	Stopped     bool      // with Due: its clock stands still, and the end moves along
	MayPostpone bool
	TimesLeft   int // with MayPostpone: how often; 0: as often as one likes
	Replacing   bool
	Adding      bool   // to what there is
	Passkey     bool   // can be chosen
	OnlyPasskey bool   // nothing else is of use
	Prefer      bool   // the passkey is what is required
	Optional    bool   // nothing requires it of somebody who is signed in
	Owed        string // the kind that is required, and that another does not make up for; empty: any will do
}

// dueView is what somebody who is signed in still has to set up.
type dueView struct {
	Wanted       string    // policy.Wanted
	HasOther     bool      // another second step, with which they signed in
	Due          time.Time // when the enrollment period ends; zero: required now
	Stopped      bool      // with Due: its clock stands still, and the end moves along
	MayPostpone  bool
	PostponeLeft int // how often; zero or negative: not said
	SetUp        string
}

type scanView struct {
	QR         template.HTML
	URI        template.URL // otpauth, which html/template does not know
	Key        string
	Account    string
	Superseded bool
}

type passkeyView struct {
	Options    string // what the browser is handed to make one
	Superseded bool
}

type checkView struct {
	Account string
}

type codesView struct {
	Codes     []string
	Account   string
	At        time.Time
	Enrolling bool
	Passkey   bool // it was one that was set up
	Next      string
}

type doneView struct {
	Owes    owesView // what is left to set up
	Waiting *waiting
	Arrived bool   // there, meanwhile
	Passkey bool   // it was one that was set up
	Next    string // where the person was going; empty: nowhere
}

// owesView is the kind of second step that somebody still has to set up
// besides what they have.
type owesView struct {
	Kind    string    // policy.Wanted; empty: nothing, or any will do
	Due     time.Time // when the period ends; zero: required now
	Stopped bool      // with Due: its clock stands still, and the end moves along
	SetUp   string
}

type securityView struct {
	Owes           owesView
	Due            time.Time
	Stopped        bool   // with Due: its clock stands still, and the end moves along
	SetUp          string // where what is due is set up
	Free, Exempt   bool   // no second step is required of them; only one of the two
	Authenticators []authenticatorView
	CodesLeft      int
	SignIns        []signInView
	Browsers       []browserView
}

type authenticatorView struct {
	ID        string
	Name      string
	Added     time.Time
	LastUse   time.Time
	Suspended bool
	Passkey   bool
	Removable bool
}

// factorView is one authenticator, on the pages rename and remove.
type factorView struct {
	ID, Name string
	Passkey  bool
}

type signInView struct {
	Where   string
	Source  string
	At      time.Time
	Allowed bool
}

type browserView struct {
	Name   string
	Source string
	SeenAt time.Time
	This   bool
	Screen bool // on a wall: it reads figures and nothing else
}

type helpView struct {
	Identify bool // who asks is not known yet
	Asked    bool
	AskedAt  time.Time
	Number   string
}

type notMeView struct {
	Identify bool
	Done     bool
	Before   bool // with Done: when it was said the last time, not now
}

type refusedView struct {
	Title text.Key
	What  text.Message
	Next  text.Message
	Help  bool
	How   bool // it is about setting a second step up
	Later bool // they are signed in, and may go on without for now
}

// howView is a step of the walk-through.
type howView struct {
	At, Of     int
	Back, Next string // empty at the ends
	Steps      []howLink
	Passkey    bool          // they can be used here
	Key        string        // of the practice, in groups
	QR         template.HTML // of the practice; only on its page, as URI
	URI        template.URL
	Code       string // that the phone in the picture shows; only on its page
}

// howLink leads to a step of the walk-through.
type howLink struct {
	Path string
	Name text.Key
	Here bool // it is the one that is shown
}

type instructionsView struct {
	HTML        template.HTML // empty: nothing is published
	Language    string        // that they are in, if it is not the reader's
	PublishedAt time.Time
}
