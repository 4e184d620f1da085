package operator

import (
	"context"
	"io"
	"time"

	"example.com/muster/internal/audit"
)

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
