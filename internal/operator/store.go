package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
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
	Instructions
	Background
	RADIUSClients
	HelpDesk
	Screens
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

// Enrolling tells what people have begun to enroll.
type Enrolling interface {
	// Invitations returns the person's invitations that are open at now,
	// newest first.
	Invitations(ctx context.Context, person id.ID, now time.Time) ([]enrollment.Invitation, error)

	// Pending is enrollment.Store's: the person's unfinished enrollment, nil if
	// there is none.
	Pending(ctx context.Context, person id.ID) (*enrollment.Pending, error)
}
