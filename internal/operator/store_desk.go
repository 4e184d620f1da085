package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

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

	// RemoveRADIUSClient removes a client and the bypasses for it. It returns
	// ErrStillRequired while a period that is not over counts only there, and
	// ErrGone if no client has that ID and name.
	RemoveRADIUSClient(ctx context.Context, client policy.Client, log audit.Change) error
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
	People   []id.ID // these only; nil: all
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
