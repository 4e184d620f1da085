package roster

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// Errors of a store. Nothing was written.
var (
	// ErrRuns says that the item is being run.
	ErrRuns = errors.New("roster: the item is being run")
	// ErrOver says that a run is not what it was: somebody else ended it.
	ErrOver = errors.New("roster: the run is over")
)

// Store keeps what the roster remembers. Each method that writes is one
// transaction, which lasts some milliseconds for a batch of some hundred, and
// raises the version of each person it touches. Errors other than those above
// mean that the database could not be asked.
type Store interface {
	People
	Leaving
	Runs
	Polls
	Groups

	// Directories returns all, by name.
	Directories(ctx context.Context) ([]directory.Source, error)
	// SetLearned replaces directory.Source.Learned. It writes nothing if nothing
	// changes or the directory is gone.
	SetLearned(ctx context.Context, source id.ID, names []string, log audit.Change) error
	// SyncItems returns all: those of one directory in their order.
	SyncItems(ctx context.Context) ([]directory.Item, error)
}

// People keeps who is which entry.
type People interface {
	// KnownEntries hands over everybody of a directory, or only those with these
	// objects, in any order, and says of each whether item covers them.
	KnownEntries(ctx context.Context, source, item id.ID, only []directory.Object, each func(Known)) error
	// KeyOf returns the key of whoever is an entry.
	KeyOf(ctx context.Context, source id.ID, object string) (key string, found bool, err error)
	// NamesOf returns what people are called, of those who are there.
	NamesOf(ctx context.Context, people []id.ID) (map[id.ID]Named, error)
	// Emails hands over the mail addresses of everybody in lower case.
	Emails(ctx context.Context, each func(person id.ID, address string)) error
	// RefusedNames says which of these names nobody new of a directory can have
	// now, and why, as TakeEntries would.
	RefusedNames(ctx context.Context, source directory.Source, names []string) (map[string]Result, error)

	// TakeEntries takes over entries, and says of each what became of it. It returns
	// ErrOver if the batch is of a run that is.
	TakeEntries(ctx context.Context, b Batch) ([]Result, error)
}

// Leaving shuts people out and removes them.
type Leaving interface {
	// ShutOut shuts people out: their sessions, open questions, invitations and
	// unfinished enrollments end with it. Factors stay.
	ShutOut(ctx context.Context, s Shutting) ([]Result, error)
	// ExpiredPeople returns people whose account has ended by now and who are
	// not shut out yet.
	ExpiredPeople(ctx context.Context, now time.Time, limit int) ([]Out, error)
	// MissingPeople returns people who are gone, the longest first.
	MissingPeople(ctx context.Context, limit int) ([]Missing, error)
	// RemoveMissing removes somebody with all they have enrolled if they are
	// still gone. It returns LastAdmin rather than leave nobody who can
	// administer.
	RemoveMissing(ctx context.Context, m Missing, log audit.Change) (Result, error)
}

// Runs keeps runs.
type Runs interface {
	// BeginRun begins a run. It returns ErrRuns if one of the item is running
	// that gave a sign of life after silent; one that did not is interrupted.
	BeginRun(ctx context.Context, r Run, silent time.Time) error
	// ItemProgress says how far the item has been read.
	ItemProgress(ctx context.Context, item id.ID) (Progress, error)
	// NoteRows writes rows of a run, from the number first on, and gives a sign
	// of life. It returns ErrOver.
	NoteRows(ctx context.Context, r Run, first int, rows []Row, now time.Time) error
	// EndRun ends a run and, if next is not nil, remembers how far the item has
	// been read. If the run read everything, earlier runs of the item that
	// wait are superseded. It returns ErrOver.
	EndRun(ctx context.Context, r Run, next *Progress, log *audit.Change) error
	// LetStay takes people off those whom waiting runs of an item hold back. A
	// run that holds nobody any more is superseded.
	LetStay(ctx context.Context, item id.ID, people []directory.Object) error
	// DecideRun ends the waiting of a run. It returns ErrOver if it does not wait.
	DecideRun(ctx context.Context, run id.ID, state RunState, by string, log audit.Change) error
	// FindRuns returns runs, the newest first.
	FindRuns(ctx context.Context, q RunQuery) ([]Run, error)
	// RunRows returns rows of a run in their order.
	RunRows(ctx context.Context, run id.ID, kind RowKind, after, limit int) ([]Row, error)
}

// Polls keeps how far directories have been polled.
type Polls interface {
	// PollOf returns the zero Poll if there was none.
	PollOf(ctx context.Context, source id.ID) (Poll, error)
	// SetPoll does nothing if the directory is gone. An alarm, if it is not nil,
	// goes to every administrator.
	SetPoll(ctx context.Context, source id.ID, p Poll, alarm *notify.Message) error
}

// Batch is what is taken over at once.
type Batch struct {
	Run    *Run // kept up with its counts; nil: of no run
	Source directory.Source
	Item   id.ID // covers them from now on, and requires of whom no item covered yet what its period says; 0: none
	Untold bool  // of that they are not told the beginning, only reminded of its end
	Puts   []Put
	Now    time.Time
	// Back makes the entry in the log for somebody who is back, Appointed for
	// somebody new who has a role by a group.
	Back      func(username string) audit.Change
	Appointed func(username string, role directory.Role) audit.Change
}

// Shutting is who is shut out at once.
type Shutting struct {
	Run  *Run
	Item id.ID // no longer covers those who are gone; 0: they are gone altogether
	Outs []Out
	Now  time.Time
	// Entry makes the entry in the log for one of them, Back for somebody who
	// is no longer to be shut out.
	Entry func(username string, why directory.Barred) audit.Change
	Back  func(username string) audit.Change
}

// Welcome is what somebody gets who comes.
type Welcome struct {
	Invite *enrollment.Invitation
	Mail   []notify.Message
}

// Named is what somebody is called.
type Named struct{ Username, DN string }

// Missing is somebody who is gone.
type Missing struct {
	Person   id.ID
	Source   id.ID
	Username string
	GoneAt   time.Time
	Items    []id.ID // that covered them last
}

// Progress is how far an item has been read.
type Progress struct {
	Cursor  []byte
	WholeAt time.Time // when the last run began that read everything
}

// RunQuery selects runs. Zero fields select all.
type RunQuery struct {
	ID     id.ID
	Item   id.ID
	State  RunState
	Whole  bool // only those that read everything
	Before id.ID
	Limit  int
}

// Poll is what is known of the changes in a directory.
type Poll struct {
	Cursor  []byte
	Current time.Time // the instant as of which changes are known
	Problem string    // of the last try, for administrators
	Since   time.Time // when that began

	Refused   bool      // the directory refuses the account that reads it
	AlarmedAt time.Time // when administrators were told of that last; zero: never
}
