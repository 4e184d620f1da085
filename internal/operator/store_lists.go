package operator

import (
	"context"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

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
	Stage          enrollment.Stage // how far they have come in Period, or OpenStage or AnyStage; empty: any
	Item           id.ID            // an import item covers them
	AddedSince     time.Time        // they have a record since then at the earliest; zero: whenever
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

// What a query has as a stage beside the stages themselves. With a status and no
// stage it is as with AnyStage.
const (
	OpenStage enrollment.Stage = "open"    // has not done it: who is asked, and not kept out
	AnyStage  enrollment.Stage = "counted" // any but enrollment.KeptOut
)

// StagesOfQueries lists what a query may have as a stage.
func StagesOfQueries() []enrollment.Stage { return append(enrollment.Stages(), OpenStage, AnyStage) }

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
