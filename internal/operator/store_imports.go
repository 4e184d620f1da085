package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

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
