package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/leader"
	"example.com/muster/internal/notify"
)

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
