package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
)

// Directories keeps where people come from, and what of it is kept in step.
type Directories interface {
	// Directories returns all, by name.
	Directories(ctx context.Context) ([]directory.Source, error)

	// AddDirectory returns ErrNameTaken.
	AddDirectory(ctx context.Context, s directory.Source, log audit.Change) error

	// SetDirectory makes one directory another with the same ID, if it is still
	// what it was; all of it is then read anew from the start. It returns
	// ErrGone, ErrChangedMeanwhile or ErrNameTaken.
	SetDirectory(ctx context.Context, was, is directory.Source, log audit.Change) error

	// RemoveDirectory removes it with its items. It returns ErrGone, or
	// ErrInUse while people come from it.
	RemoveDirectory(ctx context.Context, source id.ID, log audit.Change) error

	// EntryOf returns what is known of the entry that somebody is and is not in
	// directory.Origin; the zero KnownEntry for a local user.
	EntryOf(ctx context.Context, person id.ID) (KnownEntry, error)

	// RemovePeopleOf removes at most limit people who come from a directory,
	// and returns how many are left. It returns ErrLastAdministrator rather
	// than remove the last one.
	RemovePeopleOf(ctx context.Context, source id.ID, limit int) (left int, err error)
}

// Syncing keeps what of a directory is kept in step, and its runs.
type Syncing interface {
	// SyncItems returns all: those of one directory in their order.
	SyncItems(ctx context.Context) ([]directory.Item, error)

	// AddSyncItem adds an item, and if it requires something the period of whom
	// it brings. It returns ErrNameTaken, or ErrGone if the directory is.
	AddSyncItem(ctx context.Context, i directory.Item, log audit.Change) error

	// SetSyncItem makes one item another with the same ID, if it is still what
	// it was; it is then read anew from the start. If it requires something else,
	// or nothing, its period takes nobody in any more; who is in it stays. It
	// returns ErrGone, ErrChangedMeanwhile or ErrNameTaken.
	SetSyncItem(ctx context.Context, was, is directory.Item, log audit.Change) error

	// FindRuns and RunRows are roster.Store's.
	FindRuns(ctx context.Context, q roster.RunQuery) ([]roster.Run, error)
	RunRows(ctx context.Context, run id.ID, kind roster.RowKind, after, limit int) ([]roster.Row, error)

	// DecideRun ends the waiting of a run. It returns roster.ErrOver if it
	// does not wait.
	DecideRun(ctx context.Context, run id.ID, state roster.RunState, by string, log audit.Change) error

	// RemoveSyncItem returns ErrGone. The people whom the item covers stay as
	// they are, its period takes nobody in any more, and its runs wait for nothing any more.
	RemoveSyncItem(ctx context.Context, item id.ID, log audit.Change) error
}

// KnownEntry is what people look at of an entry, and nothing is decided by.
type KnownEntry struct {
	Shown roster.Shown
	Items []id.ID // that cover it
}
