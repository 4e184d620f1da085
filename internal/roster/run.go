package roster

import (
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// RunState is how far a run has come.
type RunState string

// The states.
const (
	Running     RunState = "running"
	Done        RunState = "done"
	Waiting     RunState = "waiting"     // done, but for those who would be shut out: an administrator decides
	Approved    RunState = "approved"    // was waiting
	Rejected    RunState = "rejected"    // was waiting
	Superseded  RunState = "superseded"  // was waiting until later runs had seen everything anew, or everybody it held as they should be
	Failed      RunState = "failed"      // ended early; Problem says why
	Interrupted RunState = "interrupted" // whoever ran it is gone
)

// RunStates lists them.
func RunStates() []RunState {
	return []RunState{Running, Done, Waiting, Approved, Rejected, Superseded, Failed, Interrupted}
}

// Run is one run of an item.
type Run struct {
	ID    id.ID // its time is the beginning
	Item  id.ID
	Name  string // of the item, as it was
	Whole bool   // everything was read, not only what changed
	State RunState
	Ended time.Time // zero: it runs
	Counts
	Problem   string // English, for administrators
	DecidedBy string // who approved or rejected
}

// Began returns when the run began.
func (r *Run) Began() time.Time { return r.ID.Time() }

// Counts are how many entries became what.
type Counts struct {
	Added     int
	Changed   int
	Disabled  int // newly disabled, expired or otherwise barred there
	Removed   int // gone from the directory or from what its items cover
	Back      int // shut out before, and no longer
	Unchanged int
	Refused   int // cannot be taken over; each has a row
}

// Seen is how many entries were looked at.
func (c Counts) Seen() int {
	return c.Added + c.Changed + c.Back + c.Unchanged + c.Refused
}

// RowKind says what a run has to say about an entry.
type RowKind string

// The kinds.
const (
	RowRefused RowKind = "refused" // nothing of the entry was taken over
	RowWarned  RowKind = "warned"  // something of it was not
	RowHeld    RowKind = "held"    // would be shut out; waits for approval
	RowStays   RowKind = "stays"   // was held, and is not to go any more
)

// The kinds that only an import has.
const (
	RowImported RowKind = "imported" // has a record now
	RowThere    RowKind = "there"    // had one, which is left as it is
)

// Row is what a run has to say about one entry.
type Row struct {
	Kind     RowKind
	Object   string
	Username string
	DN       string
	Reason   directory.Remark
}

// mostRows is how many rows of a kind a run keeps; all those held are kept.
const mostRows = 1000

// Known is what is remembered of an entry that somebody here is.
type Known struct {
	Object    directory.Object
	Person    id.ID
	Digest    int64 // of the entry as last taken over
	ExpiresAt int64 // Unix microseconds; 0: never
	Barred    directory.Barred
	Gone      bool
	Covered   bool // by the item that was asked for
	Never     bool // no item has covered them yet: they came by signing in, or were imported
}

// Put is an entry to be taken over.
type Put struct {
	Person  directory.Person // as they shall be; of somebody known only what an entry tells is written
	Known   bool             // they have a record
	Name    string           // the user name as compared, without a domain
	Digest  int64
	Shown   Shown
	ReadAt  time.Time // who may in is not overwritten by what is older
	Welcome Welcome   // for whom is not known
}

// Shown is what people look at and nothing is decided by.
type Shown struct {
	Phone, Mobile, Manager, Language string // as they stand in the directory
}

// Out is somebody to be shut out.
type Out struct {
	Person id.ID
	Object directory.Object
	Barred directory.Barred
	// ExpiresAt is written along with Barred, unless they are gone.
	ExpiresAt time.Time
	ReadAt    time.Time
}

// Result is what became of a Put or an Out.
type Result int

// The results.
const (
	Nothing       Result = iota // they are no longer known, or known by now, or something later is
	Added                       //
	Changed                     //
	Back                        // and no longer shut out
	ShutOut                     //
	StillCovered                // by another item: not gone
	NameOfLocal                 // a local user has the name
	NameTwice                   // another entry of the directory has it
	LastAdmin                   // nobody else could administer
	NameCollision               // the name with the domain is taken as well
)
