package roster

import (
	"context"
	"errors"

	"example.com/muster/internal/directory"
)

// ErrAccount says that a directory refuses the account that reads it, or did
// lately and is left alone for a while.
var ErrAccount = errors.New("roster: the directory refuses the account that reads it")

// Reader reads directories. An error means that a directory did not say all
// that it was asked; what was handed over before that is true nevertheless.
type Reader interface {
	// Read hands over what an item selects, in pieces of some hundred, each
	// good only until each returns. With a cursor of an earlier Read of the
	// same item it hands over what has changed since, if the directory can
	// tell, else everything, as it does without one. Entries that left what
	// the item selects are gone. Of what has changed each entry is named once.
	//
	// Before anybody it hands over all groups of the directory, if it reads any;
	// groups may be nil.
	//
	// An error of groups or each ends it and is returned as it is. Any other is
	// ErrAccount where that is why.
	Read(ctx context.Context, s directory.Source, i directory.Item, cursor []byte, groups func([]directory.Group) error,
		each func([]directory.EntryChange) error) (Reading, error)

	// Poll hands over, of everybody in the directory, who has been disabled,
	// enabled or removed or got another end of their account since the cursor,
	// and perhaps others who have changed. Without a cursor it hands over
	// nobody. It is cheap where nothing has changed. Entries need only Object,
	// DN, Barred and ExpiresAt.
	Poll(ctx context.Context, s directory.Source, cursor []byte, each func([]directory.EntryChange) error) (next []byte, err error)

	// DomainNames returns what the directory itself calls the domain that its
	// people are in, in lower case: the NetBIOS name of Active Directory.
	DomainNames(ctx context.Context, s directory.Source) ([]string, error)

	// Includes reports whether a Read of the item would hand over the entry. An
	// item whose base or group is not there includes nobody.
	Includes(ctx context.Context, s directory.Source, i directory.Item, object string) (bool, error)

	// Lookup reads single entries. Those that are not there are left out.
	Lookup(ctx context.Context, s directory.Source, objects []string) ([]directory.Entry, error)
}

// Reading is what a Read has come to.
type Reading struct {
	// Whole says that everything was read and handed over, not only what has
	// changed. It is Listed as well.
	Whole bool
	// Listed says that everybody who is there was named: who was not is gone.
	Listed bool
	// Cursor is where the next Read goes on; nil: it reads everything again.
	Cursor []byte
	// How says in a few English words how it was read: "full", "DirSync", …
	How string
}
