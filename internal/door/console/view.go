package console

import (
	"embed"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// What each page shows. A page's template is named as the type, without View.

type closedView struct{ Why string }

type overviewView struct {
	Periods []sumRow // in force
	Tiles   []tile
	Plots   []plot
	Todo    []todo
}

type tile struct{ Label, Number, Note, Link string }

type plot struct {
	Heading string
	web.Plot
}

// todo is something that waits for an administrator.
type todo struct {
	Tone web.Tone
	Text string
	Link string
}

// option is a choice in a list.
type option struct {
	Value, Label string
	Chosen       bool
}

type usersView struct {
	Filter   filterView
	Kept     []field // the filters, for the acts on all whom they select
	Column   string  // what the statuses are about
	Columns  columnChoice
	Chips    []web.Chip
	Users    []userRow
	Count    int
	MoreThan bool // there are more than Count
	Acts     []actGroup
	First    string // link to the first page; empty: this is it
	Paging   web.Paging
	CSV      string
	Filtered bool
	May      rights
	Page     string // the cursor of this page; empty: the first
	All      bool   // everybody who matches is ticked
}

type userRow struct {
	Reference, Link              string    // of the person, whoever else is called so
	Directory                    string    // that they come from; empty: there is one at most
	GoneAt                       time.Time // from there; zero: they are not
	Username, DisplayName, Email string
	Phone, Groups                string
	Status                       badge
	Brief                        string   // how long the status lasts, in a word
	Detail                       []string // what is behind the status
	SignedIn                     time.Time
	Flags                        []badge
	Factors                      string
	Role                         string
	Ticked                       bool
}

// badge is a state in a word.
type badge struct {
	Tone web.Tone
	Text string
}

type userView struct {
	Person      *directory.Person
	Directory   string     // where they come from; empty: local
	Barred      string     // why that keeps them out
	Out         []string   // why they are let in nowhere, each of what keeps them out
	Entry       *entryView // nil: local
	Name        string
	Status      badge
	States      []stateRow
	SignedIn    time.Time
	Flags       []badge
	Role        string
	Groups      string
	Factors     []factorRow
	Invitations []invitationRow
	Pending     time.Time // since when an enrollment is unfinished; zero: none is
	Locks       []string
	SignIns     []signInRow
	Acts        []actLink
	Asked       []helpRow // requests for help that are open
	May         rights
}

// stateRow is where somebody stands with one kind of factor.
type stateRow struct {
	Kind   string
	Status badge
	Detail []string
}

type factorRow struct {
	ID        string
	Kind      string
	Label     string
	CreatedAt time.Time
	LastUsed  time.Time
	Suspended bool
	Recovery  bool
	CodesLeft int
}

type invitationRow struct {
	Origin, Client       string
	CreatedAt, ExpiresAt time.Time
}

// actLink is something to do for a person.
type actLink struct {
	Label, Link string
	Danger      bool
	Main        bool // it is what helps
}

// actView asks for a reason, and says what will happen.
type actView struct {
	Title   string
	Action  string // where the form goes
	Back    string
	Effects []string
	Danger  bool
	Button  string
	Names   []string // people it is done to, if they are many
	Who     string   // the same, in a word
	// NoReason says that none is asked for.
	NoReason bool
	// AsksIdentity asks how the person's identity was checked.
	AsksIdentity bool
}

type linkView struct {
	Username, Action, Back string
	Email                  string
	Lifetimes              []option
	AsksIdentity           bool
}

// handoverView shows once what is to be handed over.
type handoverView struct {
	Title, About string
	Label        string // of what is shown
	URL, Code    string
	Until        time.Time
	Codes        []string
	Back         string
}

type passwordView struct{ Username, Action, Back string }

type roleView struct {
	Username, Action, Back string
	Roles                  []option
}

type personView struct {
	New          bool
	Username     string
	Action, Back string
	Languages    []option
	Factor, End  []option // only with New: what is required of them, and by when
	Days, Until  string
	Day          string                // in which zone Until ends; empty: the reader's
	Kept         map[string]*keptField // what is not typed here, by field
}

type clientsView struct {
	Clients   []clientRow
	Strangers []Stranger
	May       rights
}

type clientRow struct {
	Name, Address     string
	State             badge
	LastPacket        time.Time
	Cause             string
	FirstFactor, Code string
	Unenrolled        string
	Warnings          []string
}

type clientView struct {
	clientRow
	MessageAuthenticator string
	CreatedAt            time.Time
	LastFrom             string
	LastAnswered         time.Time
	LastTroubleAt        time.Time
	Here                 bool // this node serves RADIUS
	SignIns              []signInRow
	May                  rights
}

type clientFormView struct {
	New          bool
	Name         string
	Action, Back string
	Settings     []setting
}

// setting is one choice about a client.
type setting struct {
	Name, Label, Hint string
	Options           []option
}

type signInsView struct {
	User, Client, Reason string
	Clients              []option
	Result, Since        []option
	Chips                []web.Chip
	SignIns              []signInRow
	First                string
	Paging               web.Paging
	CSV                  string
	Filtered             bool
}

type signInRow struct {
	ID, User, Link, Door, Client, Source string
	At                                   time.Time
	Result                               badge
	Reason, Method                       string
}

type signInView struct {
	signInRow
	ReasonName string
	Rules      []rule
}

type rule struct{ Name, Words string }

type changesView struct {
	Subject, Actor string
	Since          []option
	Chips          []web.Chip
	Changes        []changeRow
	First          string
	Paging         web.Paging
	Filtered       bool
}

type changeRow struct {
	At                              time.Time
	Actor, Via, Source              string
	Action, Subject, Reason, Detail string
}

type helpView struct {
	All      bool
	Requests []helpRow
	First    string
	Paging   web.Paging
	May      rights
}

type helpRow struct {
	ID, User, Link, Door, Source string
	NewSource                    bool
	CreatedAt, ClosedAt          time.Time
	ClosedBy                     string
	Status                       string // where they stood when they asked
}

type rolesView struct {
	People      []holderRow
	Groups      []groupRow
	Directories bool // there is one whose groups could give roles
	May         rights
}

// holderRow is somebody with a role, and what gives it to them.
type holderRow struct {
	userRow
	By []string
}

type inviteView struct{ Action, Back string }

type explainView struct {
	User, Client, Address string
	Clients               []option
	Asked                 bool
	Outcome               badge
	Reason, ReasonName    string
	Rules                 []rule
	Problem               *text.Message
}
