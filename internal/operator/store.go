package operator

import (
	"context"
	"io"
	"reflect"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/leader"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// Errors of a store's writing methods. Nothing was written.
var (
	ErrChangedMeanwhile  error = RefusedChangedMeanwhile
	ErrNameTaken         error = RefusedNameTaken
	ErrAddressTaken      error = RefusedAddressTaken
	ErrLastAdministrator error = RefusedLastAdministrator
	ErrGone              error = RefusedGone
	ErrSpent             error = RefusedSpent
	ErrOver              error = RefusedOver
	ErrInUse             error = RefusedInUse
	ErrStarting          error = RefusedStarting
	ErrStillRequired     error = RefusedStillRequired
)

// Store is what the operator needs to remember. Every method that writes does
// so in one transaction together with its entry in the log of changes, returns
// after that is durable, and raises the version of each person it touches.
// Errors other than those above mean that the database could not be asked.
type Store interface { //nolint:interfacebloat // the sum of small ones
	People
	Lists
	Enrolling
	Imports
	Periods
	Bulks
	BulkStarts
	BulkRecords
	Logs
	MailTemplates
	Background
	RADIUSClients
	HelpDesk
	Keeping
	Directories
	Syncing
	AdminGroups
}

// People keeps persons and all that hangs on them.
type People interface {
	authn.People // the operator always asks for it fresh

	// PersonByID returns what is known of the person, read from the database,
	// nil if there is nobody.
	PersonByID(ctx context.Context, person id.ID) (*authn.Record, error)

	// AddPerson adds one person. It returns ErrNameTaken if the Key is.
	AddPerson(ctx context.Context, p NewPerson, log audit.Change) error

	// Amend writes all of a, or nothing. It returns ErrChangedMeanwhile if the
	// person's version is not a.Version, and ErrLastAdministrator as a says.
	Amend(ctx context.Context, a Amendment) error

	// AmendMany writes each of the list that Amend would write, all in one
	// transaction with log, and returns for each what Amend would return. Where
	// that is ErrLastAdministrator it writes nothing, and returns it for all.
	AmendMany(ctx context.Context, list []Amendment, log []audit.Change) ([]error, error)
}

// Lists finds and counts people.
type Lists interface {
	// FindPeople returns one page, ordered by Key.
	FindPeople(ctx context.Context, q PeopleQuery) ([]Row, error)

	// FindCounted returns one page, as FindPeople does, and counts whom the
	// query selects on all its pages, up to most.
	FindCounted(ctx context.Context, q PeopleQuery, most int) (page []Row, count int, err error)

	// CountFound counts whom a query selects, on all its pages, up to most.
	CountFound(ctx context.Context, q PeopleQuery, most int) (int, error)

	// CountPeople counts people as they stand at now with a kind of factor, or
	// with all if it is empty.
	CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (Census, error)
}

// Enrolling tells what people have begun to enroll.
type Enrolling interface {
	// Invitations returns the person's invitations that are open at now,
	// newest first.
	Invitations(ctx context.Context, person id.ID, now time.Time) ([]enrollment.Invitation, error)

	// Pending is enrollment.Store's: the person's unfinished enrollment, nil if
	// there is none.
	Pending(ctx context.Context, person id.ID) (*enrollment.Pending, error)
}

// NewPerson is a person to be added, with what they bring along.
type NewPerson struct {
	Person   directory.Person
	Password []byte          // hash, sealed for table "person", the person's ID, column "password"; nil: none
	Factors  []factor.Factor // enrolled from the start
	// Requirements are their own from the start; each needs a Period of its own.
	Requirements []policy.Requirement
	Invite       *enrollment.Invitation
	Mail         []notify.Message
}

// Amendment is what one act changes about one person. Zero fields keep things
// as they are. What is removed is removed first.
type Amendment struct {
	Person  id.ID
	Version int64 // that the act was worked out for

	// RemovePerson removes the person and everything but the logs; of the
	// other fields only KeepAdministrator, Mail and Log then count.
	RemovePerson bool

	// KeepAdministrator refuses the whole if afterwards there would be no
	// administrator who is enabled and has a usable factor.
	KeepAdministrator bool

	Details              *Details
	Password             []byte // sealed hash
	ForgetPassword       bool
	Role                 *directory.Role
	Disabled             *bool
	PasswordEnrollsUntil *time.Time // a pointer to the zero time: the password alone enrolls nothing

	RemoveFactors   []id.ID
	AddFactors      []factor.Factor
	Rename          *Rename
	Unsuspend       bool // lets suspended factors prove again
	EndPending      bool // forgets an unfinished enrollment
	EndSessions     bool
	EndChallenges   bool              // open questions at the doors
	Unlock          bool              // forgets all wrong codes and passwords; known sources stay known
	VoidInvitations enrollment.Origin // all open ones of this origin; empty: none
	EndInvitations  bool              // all of them
	Invite          *enrollment.Invitation
	LinkMailedAt    time.Time // that a link to enroll goes by Mail; zero: none does

	PutDuties  []DutyPut
	DropDuties []id.ID // the periods of what is not required any more
	// Silent says that nothing changes that the person has still to do. It is
	// for whoever counts, and nothing that is written.
	Silent bool

	Mail []notify.Message
	Log  audit.Change // with AmendMany: none if it has no ID
}

// OnlyDuties reports whether nothing of the person's own row changes.
func (a Amendment) OnlyDuties() bool {
	a.Person, a.Version, a.PutDuties, a.DropDuties, a.Silent, a.Mail, a.Log = 0, 0, nil, nil, false, nil, audit.Change{}
	return reflect.ValueOf(a).IsZero()
}

// DutyPut is something required of a person, in place of what they have of the
// same period.
type DutyPut struct {
	policy.Requirement
	// Told says that the person hears of it by a message of the act itself:
	// reminders begin anew. Else what they were told of stays as it is, and
	// somebody who has nothing of the period yet is told.
	Told bool
}

// Rename calls a factor of the person something else.
type Rename struct {
	Factor id.ID
	Label  string
}

// Details are what describes a person.
type Details struct {
	DisplayName string
	Email       string
	Phone       string // E.164, or empty
	Language    string // BCP 47, or empty
	TimeZone    string // IANA, or empty
	Groups      []string
}

// Imports writes many people at once.
type Imports interface {
	// Known returns who of these Keys is there.
	Known(ctx context.Context, keys []string) (map[string]Known, error)

	// PutPeople writes entries in one transaction and says of each, in order,
	// what became of it. The same Key never comes twice in one call.
	PutPeople(ctx context.Context, entries []Entry, log audit.Change) ([]Put, error)
}

// Known is somebody who is there.
type Known struct {
	ID   id.ID
	Role directory.Role
}

// Entry is one person to be put: somebody new, or somebody who is there.
type Entry struct {
	NewPerson
	// Is is who is to be changed; zero: nobody, the person is new. A new
	// password ends their sessions.
	Is id.ID
	// Update says what to take over from NewPerson if Is is not zero; never
	// factors.
	Update Columns
}

// Columns says which of a person's details an import carries.
type Columns struct {
	DisplayName, Email, Phone, Language, TimeZone, Groups, Password bool
}

// Put is what became of an Entry.
type Put int

// The outcomes.
const (
	PutNothing Put = iota // new, but the Key was taken; or to be changed, but gone
	PutAdded
	PutUpdated
)

// PeopleQuery selects people. Zero fields select everybody.
type PeopleQuery struct {
	Search   string            // in user name, display name, address and telephone number, without case
	Status   enrollment.Status // as of Now
	Kind     policy.Wanted     // that Status is about; empty: all together
	Required *bool             // whether something is required, done or not, as of Now
	Group    string
	// Directory is the one they come from: its ID, or LocalPeople; zero: any.
	Directory id.ID
	// SignedInSince and SignedInBefore are about the last time somebody was let
	// in, which with NeverSignedIn never was.
	SignedInSince  time.Time
	SignedInBefore time.Time
	NeverSignedIn  bool
	Period         id.ID            // is required of them by this period, or by any of EveryPeriod
	Stage          enrollment.Stage // how far they have come in Period; empty: any
	NoAddress      bool             // no mail reaches them
	Undelivered    bool             // a mail to them waits for somebody to act
	Keys           []string         // these people only
	Disabled       *bool            // kept out of everything as of Now, by an administrator or by their directory
	Locked         bool             // second factor locked at Now
	WithRole       bool
	Suspect        bool   // a factor is suspended
	After          string // Key of the last one of the page before
	Limit          int
	Now            time.Time
}

// EveryPeriod is, as a period, all that are in force. Whoever is in several has
// come as far as with the one they are furthest behind in.
const EveryPeriod id.ID = -1

// LocalPeople is, as a directory, where people are from who come from none.
const LocalPeople id.ID = -1

// Row is one person in a list.
type Row struct {
	Person       *directory.Person
	Factors      []factor.Factor // without their secrets
	Requirements []policy.Requirement
	Version      int64     // of their standing
	LockedUntil  time.Time // of the second factor; may be past
	UntilReset   bool
	SignedIn     time.Time // when they were last let in; zero: never
}

// Census counts people.
type Census struct {
	All, Locked int
	Disabled    int // by an administrator, or kept out by their directory
	ByStatus    map[enrollment.Status]int
}

// NewDuty is something that somebody is to do from now on.
type NewDuty struct {
	Person      id.ID
	Requirement policy.Requirement
}

// PeriodFigures counts how periods go.
type PeriodFigures interface {
	// Progress counts how far the people of a period have come, or of
	// EveryPeriod. Their statuses are for a kind of factor; empty: for all
	// together.
	Progress(ctx context.Context, period id.ID, kind policy.Wanted, now time.Time) (Figures, error)

	// PeriodSums says of each period with people in it how many it asks and how
	// many have done it since. The periods themselves are left out.
	PeriodSums(ctx context.Context, now time.Time) (map[id.ID]Sum, error)
}

// Periods keeps what is required of many.
type Periods interface {
	// Periods returns all periods, the newest first.
	Periods(ctx context.Context) ([]enrollment.Period, error)

	PeriodFigures

	// BeginPeriod writes a period that means nothing yet.
	BeginPeriod(ctx context.Context, p enrollment.Period, log audit.Change) error

	// AddToPeriod writes what a period requires of people, in as many
	// transactions as let others write meanwhile, and returns how many did not
	// have it yet.
	AddToPeriod(ctx context.Context, list []NewDuty) (added int, err error)

	// RunPeriod brings a period that is starting into force, for everybody at
	// the same instant: at, or a moment later where several nodes have to hear
	// of it. It returns ErrGone if it is not starting, ErrRequiredTwice if the
	// same has come into force meanwhile for somebody who is in it, or is in
	// force for its group and nobody is in it, and ErrLastAdministrator if it
	// could lock out everybody who administers.
	RunPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error

	// LeaveTwice takes at most limit of those out of a period that is starting
	// of whom the same has come into force meanwhile, and returns their keys.
	LeaveTwice(ctx context.Context, period id.ID, limit int) (keys []string, err error)

	// EndPeriod puts a period out of force, for everybody at once. It returns
	// ErrGone if it is over.
	EndPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error

	// ClearPeriod takes at most limit people out of a period, in one
	// transaction, and returns how many.
	ClearPeriod(ctx context.Context, period id.ID, limit int) (removed int, err error)
}

// Logs reads what is only ever appended to, and the outbox.
type Logs interface {
	// FindSignIns returns one page, newest first.
	FindSignIns(ctx context.Context, q SignInQuery) ([]audit.SignIn, error)

	// CountSignIns counts decisions from since to until by the hour.
	CountSignIns(ctx context.Context, since, until time.Time) ([]SignInCount, error)

	// FindChanges returns one page, newest first.
	FindChanges(ctx context.Context, q ChangeQuery) ([]audit.Change, error)

	// Log adds an entry for what changed nothing.
	Log(ctx context.Context, entry audit.Change) error

	// FindMails returns one page, newest first, without bodies.
	FindMails(ctx context.Context, q MailQuery) ([]notify.Entry, error)

	// CountMails counts the messages that wait, and those since an instant
	// that wait for somebody to act, by state.
	CountMails(ctx context.Context, since time.Time) (map[notify.State]int, error)

	// ResendMail makes a message that waits due at once. Of another one it
	// writes the same anew by what holds now, as the message fresh, and marks the old one
	// notify.Replaced unless it was sent; see enrollment.Present. It returns
	// ErrGone, ErrSpent if the message held a secret, or ErrOver if it is of no
	// use at now, and why.
	ResendMail(ctx context.Context, which, fresh id.ID, now time.Time, log audit.Change) (why string, err error)
}

// MailTemplates keeps what mails say instead of the words that are built in.
type MailTemplates interface {
	notify.Templates

	// MailTemplates returns all, by kind and language.
	MailTemplates(ctx context.Context) ([]notify.Template, error)

	// SetMailTemplate adds or changes one.
	SetMailTemplate(ctx context.Context, t notify.Template, log audit.Change) error

	// RemoveMailTemplate removes one. It returns ErrGone if it is not there.
	RemoveMailTemplate(ctx context.Context, kind notify.Kind, language string, log audit.Change) error
}

// Background tells of work that no request waits for.
type Background interface {
	// Leader returns which node leads.
	Leader(ctx context.Context) (leader.State, error)

	// JobRuns returns the last runs of every job, newest first.
	JobRuns(ctx context.Context) ([]leader.Run, error)
}

// SignInQuery selects decisions. Zero fields select all.
type SignInQuery struct {
	ID       id.ID  // this one only
	Person   id.ID  // theirs
	Username string // as typed, without case; used where nobody is known by that name
	Door     string
	Client   string
	Result   audit.Result
	Reason   string
	Source   string
	Since    time.Time // inclusive
	Until    time.Time // exclusive
	Before   id.ID     // the last one of the page before
	Limit    int
}

// SignInCount counts the decisions of one hour.
type SignInCount struct {
	Hour   time.Time // its start
	Door   string
	Client string
	Result audit.Result
	Count  int
}

// ChangeQuery selects changes. Zero fields select all.
type ChangeQuery struct {
	Subject string
	Actor   string // their name
	Action  string // whole, or up to a dot: "user"
	Since   time.Time
	Until   time.Time
	Before  id.ID
	Limit   int
}

// MailQuery selects messages. Zero fields select all.
type MailQuery struct {
	ID       id.ID
	Person   id.ID
	State    notify.State
	Troubled bool      // failed, bounced or without an address
	Since    time.Time // inclusive
	Before   id.ID
	Limit    int
}

// RADIUSClients keeps the protected clients that speak RADIUS.
type RADIUSClients interface {
	// RADIUSClients returns all, by name, and the revision of the whole.
	RADIUSClients(ctx context.Context) (clients []policy.Client, revision int64, err error)

	// RADIUSClientsRevision returns a number that rises with every change to
	// any of them, by whichever node.
	RADIUSClientsRevision(ctx context.Context) (int64, error)

	// AddRADIUSClient returns ErrNameTaken or ErrAddressTaken.
	AddRADIUSClient(ctx context.Context, c policy.Client, log audit.Change) error

	// SetRADIUSClient replaces the one with the same ID. What counts only there
	// follows its name, whoever has it. It returns ErrGone, ErrNameTaken or
	// ErrAddressTaken, and ErrStarting for another name while a period that
	// counts only there is being started.
	SetRADIUSClient(ctx context.Context, c policy.Client, log audit.Change) error

	// RemoveRADIUSClient removes a client, the bypasses for it, and puts the
	// periods that count only there out of force, of which there must be none
	// but these: else it returns ErrStillRequired. It returns ErrGone if no
	// client has that ID and name.
	RemoveRADIUSClient(ctx context.Context, client policy.Client, ends []id.ID, at time.Time, log []audit.Change) error
}

// HelpDesk keeps what people ask for at a door.
type HelpDesk interface {
	// HelpRequests returns one page, newest first.
	HelpRequests(ctx context.Context, q HelpQuery) ([]HelpRequest, error)

	// CloseHelpRequest returns ErrGone if it is not open.
	CloseHelpRequest(ctx context.Context, request id.ID, by string, at time.Time, log audit.Change) error
}

// HelpQuery selects requests. Zero fields select all.
type HelpQuery struct {
	ID       id.ID // this one only
	Person   id.ID
	OpenOnly bool
	Before   id.ID
	Limit    int
}

// HelpRequest is one person's cry for help.
type HelpRequest struct {
	ID        id.ID
	Person    id.ID
	Username  string
	Door      string
	Source    string
	NewSource bool              // nobody had signed in as this person from there before
	Status    enrollment.Status // where they stood when they asked
	CreatedAt time.Time
	ClosedAt  time.Time // zero: open
	ClosedBy  string
}

// Keeping keeps the data safe.
type Keeping interface {
	// Backup writes everything as of one instant to w, in the one format of
	// both databases, while others write. keys, which may be nil, are kept
	// beside it as they are.
	Backup(ctx context.Context, w io.Writer, keys []byte, log audit.Change) error

	// InspectBackup reads all of a backup and proves that it is whole. The
	// error is a problem.Invalid that says what is wrong.
	InspectBackup(ctx context.Context, r io.Reader) (BackupInfo, error)

	// Restore replaces everything with what a backup holds, or nothing. keys is
	// the fingerprint of the keys that open it.
	Restore(ctx context.Context, r io.Reader, keys int64, log audit.Change) error

	// Reseal seals everything anew that is sealed with a key which is no
	// longer the active one, in small transactions, while others write.
	// progress, which may be nil, hears of every batch.
	Reseal(ctx context.Context, progress func(done, total int64), log audit.Change) error
}

// BackupInfo is what a backup says of itself.
type BackupInfo struct {
	CreatedAt time.Time
	Program   string // version that wrote it
	People    int
	Keys      []byte // under a passphrase; nil: without keys
	Sealed    *Sample
}

// Sample is one sealed value of a backup, to see whether keys fit.
type Sample struct {
	Table, Column string
	Row           string
	RowID         int64
	Value         []byte
}
