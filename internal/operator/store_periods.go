package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// NewDuty is something that somebody is to do from now on.
type NewDuty struct {
	Person      id.ID
	Requirement policy.Requirement
}

// PeriodFigures counts how periods go.
type PeriodFigures interface {
	// Progress counts how far the people of a period have come, or of
	// EveryPeriod. Their statuses are for a kind of factor; empty: for all
	// together.
	Progress(ctx context.Context, period id.ID, kind policy.Wanted, now time.Time) (Figures, error)

	// PeriodSums says of each period with people in it how many it asks and how
	// many have done it since. The periods themselves are left out.
	PeriodSums(ctx context.Context, now time.Time) (map[id.ID]Sum, error)

	// EmptiedPeriods lists the periods in force of a group that had people and
	// has nobody any more, the newest first.
	EmptiedPeriods(ctx context.Context) ([]id.ID, error)
}

// PeriodStarts brings periods into force.
type PeriodStarts interface {
	// BeginPeriod writes a period that means nothing yet.
	BeginPeriod(ctx context.Context, p enrollment.Period, log audit.Change) error

	// AddToPeriod writes what a period requires of people, in as many
	// transactions as let others write meanwhile, and returns how many did not
	// have it yet.
	AddToPeriod(ctx context.Context, list []NewDuty) (added int, err error)

	// RestartPeriod has the clocks of all who are in a period from the beginning
	// run from at. It returns ErrGone if it is not starting.
	RestartPeriod(ctx context.Context, period id.ID, at time.Time) error

	// RestartClocks gives at most limit of those who are in a period that is
	// starting, and whose clock runs from another instant, what it requires now,
	// and returns how many.
	RestartClocks(ctx context.Context, period id.ID, limit int) (restarted int, err error)

	// RunPeriod brings a period that is starting into force, for everybody at
	// the same instant: at, or a moment later where several nodes have to hear
	// of it. It returns ErrGone if it is not starting, ErrRequiredTwice if the
	// same has come into force meanwhile for somebody who is in it, or is in
	// force for its group and nobody is in it, and ErrLastAdministrator if it
	// could lock out everybody who administers.
	RunPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error

	// LeaveTwice takes at most limit of those out of a period that is starting
	// of whom the same has come into force meanwhile, and returns their keys.
	LeaveTwice(ctx context.Context, period id.ID, limit int) (keys []string, err error)
}

// Periods keeps what is required of many.
type Periods interface {
	// Periods returns all periods, the newest first.
	Periods(ctx context.Context) ([]enrollment.Period, error)

	PeriodFigures

	PeriodStarts

	// EndPeriod puts a period out of force, for everybody at once. One that never
	// was in force, and that nobody is in, is gone then. It returns ErrGone if it is over.
	EndPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error

	// ClearPeriod takes at most limit people out of a period, in one
	// transaction, and returns how many.
	ClearPeriod(ctx context.Context, period id.ID, limit int) (removed int, err error)
}
