package enrollment

import (
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// The lengths of a period.
const (
	Day           = 24 * time.Hour
	DefaultPeriod = 7 * Day
	ShortestGiven = 1   // days
	LongestGiven  = 365 // days
)

// EndOfDay is the first instant after a day, written "2026-12-24", by the clock
// on the wall of a zone: midnight, or what is left of it where clocks are moved
// then.
func EndOfDay(date string, zone *time.Location) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}, err
	}
	end := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone)
	for end.Day() == day.Day() {
		end = end.Add(15 * time.Minute) // clocks are moved by no less
	}
	return end, nil
}

// PeriodState says how far a period has come.
type PeriodState string

// The states of a period. The zero value requires nothing.
const (
	Starting PeriodState = "starting" // people are being written under it; it means nothing yet
	Running  PeriodState = "running"
	Over     PeriodState = "over" // cancelled or undone; it means nothing any more
)

// Period is what was required at once of everybody who was chosen, of the members
// of a group, or of whom an import item brings. Each person's own clock is their policy.Requirement.
type Period struct {
	ID        id.ID
	State     PeriodState
	Duty      policy.Duty // RequiredNow or InPeriod
	Factor    policy.Wanted
	Place     string        // name of a protected client; empty: everywhere
	Group     string        // whose members it is for, later ones too; empty: of no group
	Item      id.ID         // the import item whose people it is for, later ones too; 0: of none
	Chosen    string        // how they were chosen, for people to read
	Length    time.Duration // of each person's clock; 0: until Until
	Until     time.Time     // the end for all; with Length the soonest end of whoever joins
	PausedAt  time.Time     // the clocks of whoever joins stand still since; zero: they run
	ClosedAt  time.Time     // nobody joins any more since; zero: whoever joins the group, or is imported, does
	Postpone  int           // how often one may go on without; negative: as often as one likes
	StartsAt  time.Time     // from when the clocks run of all who are in it from the beginning
	RunningAt time.Time
	OverAt    time.Time
	By        string
	Reason    string
}

// For is what the period requires of somebody who comes under it now: until it
// is in force, with the clock of all who are in it from the beginning; later, with
// one that starts now. Of whoever joins one that is in force it requires nothing
// within a day.
func (p Period) For(now time.Time) policy.Requirement {
	if p.State == Starting {
		now = p.StartsAt
	}
	r := policy.Requirement{
		Period: p.ID, Duty: p.Duty, Factor: p.Factor, Place: p.Place, Since: now, PostponeLeft: p.Postpone,
	}
	if p.Duty != policy.InPeriod {
		return r
	}
	left, from := p.Length, now
	if !p.PausedAt.IsZero() {
		r.PausedAt, from = now, p.PausedAt
	}
	if !p.Until.IsZero() {
		left = max(left, p.Until.Sub(from))
	}
	if p.State != Starting && p.Length == 0 {
		left = max(left, Day)
	}
	r.Due = now.Add(left)
	return r
}

// ChosenByItem is what Period.Chosen begins with if it is of an import item,
// before the name of that.
const ChosenByItem = "item "

// OfItem is the period of an import item, in force from now on: what is required
// of whom the item brings.
func OfItem(i directory.Item, period id.ID, by string, now time.Time) Period {
	p := Period{
		ID: period, State: Running, Duty: policy.RequiredNow, Factor: policy.WantAny, Item: i.ID, Chosen: ChosenByItem + i.Name,
		StartsAt: now, RunningAt: now, By: by,
	}
	if i.Defaults.Method != "" {
		p.Factor = policy.Wanted(i.Defaults.Method)
	}
	if i.Defaults.Period > 0 {
		p.Duty, p.Length, p.Postpone = policy.InPeriod, i.Defaults.Period, -1
	}
	return p
}

// Grows reports whether people join the period later.
func (p Period) Grows() bool { return p.Group != "" || p.Item != 0 }

// TakesIn reports whether people join the period now.
func (p Period) TakesIn() bool { return p.Grows() && p.State == Running && p.ClosedAt.IsZero() }

// Of is the name of the group, or of the import item, whose people it is for;
// empty: of whoever was chosen.
func (p Period) Of() string {
	if p.Item != 0 {
		return strings.TrimPrefix(p.Chosen, ChosenByItem)
	}
	return p.Group
}

// Terms are what an act on a whole group changes of its period, for whoever
// joins later.
type Terms struct {
	Until    time.Time
	PausedAt time.Time
	ClosedAt time.Time
}

// Terms returns those of the period.
func (p Period) Terms() Terms { return Terms{p.Until, p.PausedAt, p.ClosedAt} }

// FirstEnd is when the time of those is over who are in it from the beginning,
// as long as their clocks run.
func (p Period) FirstEnd() time.Time {
	if end := p.StartsAt.Add(p.Length); p.Length > 0 && end.After(p.Until) {
		return end
	}
	return p.Until
}

// Again is what the period of a group requires of somebody who left the group
// at left with that requirement, and is in it again: they go on where they were,
// for leaving a group for an hour is no way to another period, and a clock that
// was stopped stands still; whoever alone was let off it stays so. No end moves
// but one that came while they were away: that comes a day from now, and anew
// says that they are to hear of it.
func (p Period) Again(was policy.Requirement, left, now time.Time) (is policy.Requirement, anew bool) {
	is = p.For(now)
	is.Duty, is.Since, is.PostponeLeft = was.Duty, was.Since, was.PostponeLeft
	if is.Duty != policy.InPeriod {
		is.Due, is.PausedAt = was.Due, was.PausedAt
		return is, false
	}
	over := was.At(left) == policy.StandExpired
	if !over && was.PausedAt.IsZero() && p.PausedAt.After(left) {
		was.PausedAt = p.PausedAt // like the clocks of those who stayed
	}
	if is.Due = was.EndsAt(now); !was.PausedAt.IsZero() {
		is.PausedAt = now
	}
	if p.Length == 0 && p.Until.After(was.Due) { // it was moved for all
		moved := p.Until
		if !p.PausedAt.IsZero() {
			moved = now.Add(p.Until.Sub(p.PausedAt))
		}
		if moved.After(is.Due) {
			is.Due, over = moved, false
		}
	}
	if !over && !is.Due.After(now) {
		is.Due, anew = now.Add(Day), true
	}
	return is, anew
}

// InForce reports whether what the period requires counts at now.
func (p Period) InForce(now time.Time) bool {
	return p.State == Running && !now.Before(p.RunningAt)
}
