package operator

import (
	"context"
	"errors"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// Bulk is an act on many, as it is written down before it begins. Whoever
// carries it out, from the beginning or after another process has died, has
// all they need in it and in its members.
type Bulk struct {
	ID        id.ID // of its entry in the log of changes, too
	Action    string
	Chosen    string // how they were chosen, for people to read
	Period    id.ID  // that is started, or put out of force; zero: none
	By        audit.Actor
	Reason    string
	Factor    policy.Wanted // only requirements of this kind; empty: all
	Length    time.Duration
	Until     time.Time
	OrderedAt time.Time
	Undoes    id.ID // the act that it takes back; zero: none
	Rules     []BulkRule
	State     BulkState
	Final     bool // it cannot be undone

	People, Done, Skipped, Failed int
	Silent                        int // of Done; see BulkResult

	EndedAt  time.Time
	UndoneAt time.Time
	Hold     BulkHold
}

// BulkState says how far an act on many has come.
type BulkState string

// The states of an act on many.
const (
	BulkChoosing BulkState = "choosing" // its people are being written down; it has changed nothing
	BulkRunning  BulkState = "running"
	BulkOver     BulkState = "over"
	BulkDropped  BulkState = "dropped" // its process died before it was known who is chosen: it has changed nothing
)

// Unfinished reports whether somebody has to go on with it.
func (b *Bulk) Unfinished() bool { return b.State == BulkChoosing || b.State == BulkRunning }

// BulkHold says who carries an act out. Every step is refused with
// ErrTakenOver if the hold is not the newest any more.
type BulkHold struct {
	Bulk   id.ID
	Runner string // names the process
	Fence  int64  // rises when another takes over
	Beat   int64  // rises with every step; it is not compared by steps
}

// ErrTakenOver is returned by steps of whoever no longer holds an act. Nothing
// was written.
var ErrTakenOver = errors.New("operator: another process carries the act out by now")

// Outcome is what became of one person in an act on many. The zero value: they
// wait for their turn.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeSkipped Outcome = "skipped" // there was nothing to do
	OutcomeFailed  Outcome = "failed"
)

// BulkMember is one of those an act on many is for.
type BulkMember struct {
	Person   id.ID  // below zero: nobody has the name
	Key      string // empty: they are gone
	Username string
	Outcome  Outcome
	Refusal  Refusal // why it was not done
	Said     string
	// Before and After are what was required of them, if it was done.
	Before, After []policy.Requirement
}

// BulkQuery selects members of one act, ordered by person.
type BulkQuery struct {
	Bulk    id.ID
	Outcome Outcome // OutcomeDone and so on; empty: those who wait
	People  []id.ID // these only; nil: all
	After   id.ID
	Limit   int // 0: all
}

// BulkStep is one transaction of an act on many.
type BulkStep struct {
	Amendments []Amendment  // each done, or refused as Amend would
	Left       []BulkMember // those for whom it is not done, and why
}

// BulkRecords tells what acts on many there were.
type BulkRecords interface {
	// Bulk returns an act, nil if there is none.
	Bulk(ctx context.Context, bulk id.ID) (*Bulk, error)

	// LastBulk returns the last of these acts on many that has done something,
	// or goes on, and takes none back; nil if there is none.
	LastBulk(ctx context.Context, actions []string) (*Bulk, error)

	// UnfinishedBulks returns the acts that somebody has to go on with.
	UnfinishedBulks(ctx context.Context) ([]Bulk, error)

	// BulkMembers returns whom an act is for.
	BulkMembers(ctx context.Context, q BulkQuery) ([]BulkMember, error)
}

// Bulks keeps acts on many.
type Bulks interface {
	// BeginBulk writes down an act, in the state BulkChoosing.
	BeginBulk(ctx context.Context, b Bulk) error

	// ChooseBulk adds people, in one transaction; who has an outcome already
	// is counted by it.
	ChooseBulk(ctx context.Context, h BulkHold, list []BulkMember) error

	// RunBulk begins an act for those who were chosen: it marks the act that b
	// undoes, and puts b.Period out of force for good, or returns ErrGone if
	// either is so already; or it ends the periods of b.Rules, or changes their
	// terms, for everybody at once, unless b brings them back at its end.
	RunBulk(ctx context.Context, b Bulk, log audit.Change) error

	// StepBulk writes each amendment that can be, keeps how the duties were
	// before and are after, and notes what became of each person. It returns for
	// each amendment what Amend would; ErrLastAdministrator it returns for all,
	// and has written nothing.
	StepBulk(ctx context.Context, h BulkHold, step BulkStep) ([]error, error)

	// EndBulk ends an act, as BulkOver or BulkDropped; back are the periods that
	// come into force again. It returns ErrLastAdministrator if those could lock
	// out everybody who administers.
	EndBulk(ctx context.Context, h BulkHold, state BulkState, at time.Time, back []BulkRule, log audit.Change) error

	// TakeBulk makes somebody the one who carries an act out, if it is held as
	// it was seen, beat and all; else it returns ErrTakenOver.
	TakeBulk(ctx context.Context, seen BulkHold, runner string) (BulkHold, error)
}

// BulkStarts keeps starts of periods among the acts on many.
type BulkStarts interface {
	// NoteBulk notes of an act in the state BulkChoosing for how many more
	// people it is, for how many more it is done, and who else is left out.
	NoteBulk(ctx context.Context, h BulkHold, people, done int, left []BulkMember) error

	// PutBulk notes an act that is done as a whole.
	PutBulk(ctx context.Context, b Bulk) error
}

// Act returns an act on many, nil if there is none.
func (o *Operator) Act(ctx context.Context, by audit.Actor, which id.ID) (*Bulk, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	b, err := o.Store.Bulk(ctx, which)
	if err != nil {
		return nil, unavailable(err)
	}
	return b, nil
}

// ActResult says what became of an act on many so far.
func (o *Operator) ActResult(ctx context.Context, by audit.Actor, which id.ID) (BulkResult, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return BulkResult{}, err
	}
	return o.resultOf(ctx, which)
}

func (o *Operator) resultOf(ctx context.Context, which id.ID) (BulkResult, error) {
	b, err := o.Store.Bulk(ctx, which)
	if err != nil {
		return BulkResult{}, unavailable(err)
	}
	if b == nil {
		return BulkResult{}, told(ErrGone)
	}
	result := BulkResult{Act: which, Chosen: b.People, Done: b.Done, Silent: b.Silent, Later: b.later()}
	for outcome, list := range map[Outcome]*[]BulkFailure{OutcomeSkipped: &result.Skipped, OutcomeFailed: &result.Failures} {
		members, err := o.Store.BulkMembers(ctx, BulkQuery{Bulk: which, Outcome: outcome})
		if err != nil {
			return result, unavailable(err)
		}
		for _, m := range members {
			*list = append(*list, BulkFailure{Username: m.Username, Refusal: m.Refusal, Text: m.Said})
		}
	}
	return result, nil
}

// putsBack reports whether the act brings back what another one changed: one that
// undoes a start puts its period out of force instead.
func (b *Bulk) putsBack() bool { return b.Undoes != 0 && b.Period == 0 }

// subject is what the log of changes says the act is about: a discard is about
// its period, others are about those who were chosen.
func (b *Bulk) subject() string {
	if b.Action == ActEnd {
		return b.Period.String()
	}
	return b.Chosen
}

// Starts reports whether it is a start of a period.
func (b *Bulk) Starts() bool { return b.Action == actRequire }

// doing is what it does to each.
func (b *Bulk) doing() doing {
	if b.Action == actUndo && !b.putsBack() {
		return doings[ActEnd]
	}
	return doings[b.Action]
}

// outcomeText says for the log what became of an act.
func (b *Bulk) outcomeText() string {
	return "act " + b.ID.String() + ": done for " + strconv.Itoa(b.Done) + " of " + strconv.Itoa(b.People)
}

// left is somebody for whom an act is not done.
func left(m BulkMember, outcome Outcome, err error) BulkMember {
	f := failure(m.Username, err)
	m.Outcome, m.Refusal, m.Said = outcome, f.Refusal, f.Text
	return m
}
