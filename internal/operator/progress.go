package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// Progress is a period, and how far its people have come.
type Progress struct {
	enrollment.Period
	Figures
}

// Overall is all periods in force, and how far their people have come together.
type Overall struct {
	Periods []Sum // the newest first
	Figures
	Factor policy.Wanted // that all of them require; empty: they require different ones
}

// Figures are how far people have come with what is required of them. Whoever is
// kept out and has not done it is in none of them but Troubles.Disabled, and as
// enrollment.KeptOut in Stages; when they are let in again, they count again.
type Figures struct {
	People  int // of whom something is required
	Already int // had the factor before it was required of them

	// Of the others, how many came at least so far.
	Told, Opened, Begun, Verified, SignedIn int
	// Stages says of everybody, also of who is left out of People, how far they have come.
	Stages map[enrollment.Stage]int

	ByStatus map[enrollment.Status]int // for the kind of factor that is required
	Open     []OpenAt                  // how many had not done it, over time; the last point is now
	Step     time.Duration             // between two points of Open, but for the last
	Began    time.Time                 // when it was required of the first of them
	Ends     time.Time                 // when the last of the clocks ends, of who is not exempt; zero: none runs
	Groups   []Part                    // by group, the one with most to do first
	Managers []Part                    // by the manager that a directory names
	Troubles Troubles

	CountedAt time.Time // of a great many people a moment ago; see Counted
}

// Asked is how many have something to do, or have done it since.
func (f Figures) Asked() int { return f.People - f.Already }

// Left is how many have not done it.
func (f Figures) Left() int { return f.Asked() - f.Verified }

// OpenAt is how many people had not done at an instant what was required of
// them by then.
type OpenAt struct {
	At   time.Time
	Open int
}

// Part is a part of the people of a period.
type Part struct {
	Name   string // of the group; of a manager's entry in the directory
	People int
	Done   int

	Username    string // of a manager who is known here
	DisplayName string // of theirs; may be empty
}

// Troubles is why people who have not done it may not come by themselves.
type Troubles struct {
	NoAddress   int // no mail reaches them
	Undelivered int // a mail did not reach them
	Disabled    int // kept out by an administrator or by their directory; not in the other figures
}

// OpenPoints is into how many steps the time from the beginning to the end of a
// period is divided.
const OpenPoints = 56

// PartsShown is how many groups or managers Progress names: those with most to
// do.
const PartsShown = 20

// Period returns one period, and how far its people have come.
func (o *Operator) Period(ctx context.Context, by audit.Actor, which id.ID) (Progress, error) {
	list, err := o.Periods(ctx, by)
	if err != nil {
		return Progress{}, err
	}
	for _, p := range list {
		if p.ID != which {
			continue
		}
		figures, err := o.Store.Progress(ctx, which, p.Factor, o.Now())
		if err != nil {
			return Progress{}, unavailable(err)
		}
		return Progress{p, figures}, nil
	}
	return Progress{}, refuse(RefusedGone, problem.NotFound, "there is no such period").WithHint("muster period list shows them")
}

// Sum is a period in force, and in two numbers how far its people have come.
type Sum struct {
	enrollment.Period
	Asked, Done int       // who had the factor before are left out
	Ends        time.Time // when the last of the clocks ends, of who is not exempt; zero: there is none
}

// Overall returns all periods in force, and how far their people have come
// together.
func (o *Operator) Overall(ctx context.Context, by audit.Actor) (Overall, error) {
	running, err := o.Running(ctx, by)
	if err != nil {
		return Overall{}, err
	}
	all := Overall{Periods: running}
	for i, p := range running {
		if i == 0 {
			all.Factor = p.Factor
		}
		if p.Factor != all.Factor {
			all.Factor = ""
		}
	}
	if all.Figures, err = o.Store.Progress(ctx, EveryPeriod, all.Factor, o.Now()); err != nil {
		return Overall{}, unavailable(err)
	}
	return all, nil
}

// Running lists the periods in force, the newest first.
func (o *Operator) Running(ctx context.Context, by audit.Actor) ([]Sum, error) {
	list, err := o.Periods(ctx, by)
	if err != nil {
		return nil, err
	}
	sums, err := o.Store.PeriodSums(ctx, o.Now())
	if err != nil {
		return nil, unavailable(err)
	}
	var running []Sum
	for _, p := range list {
		if sum := sums[p.ID]; p.InForce(o.Now()) {
			sum.Period = p
			running = append(running, sum)
		}
	}
	return running, nil
}
