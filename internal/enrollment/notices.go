package enrollment

import (
	"slices"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// DefaultReminder is how long before the end of a period people are reminded,
// unless told otherwise.
const DefaultReminder = 24 * time.Hour

// Notice is what there is to tell a person about a requirement.
type Notice int

// The notices. The zero value is silence.
const (
	Silence    Notice = iota
	TellBegin         // it is required, from when to when
	TellRemind        // the end is near
	TellEnd           // the end has come
)

// Notices are what a person was told of a requirement.
type Notices struct {
	Begin    bool
	End      bool
	Reminded time.Duration // how long before the end the last reminder was for; 0: none yet
}

// Next says what there is to tell now, what was told once that is done, and
// when there will be something next (zero: never). It is a pure rule: run late
// or twice it tells nobody the same twice, and what came to nothing meanwhile is
// left out. Offsets say how long before the end to remind; a period that is
// shorter than one has its reminder at once. Quiet tells nobody anything: the
// person has done it, say.
func (n Notices) Next(r policy.Requirement, quiet bool, offsets []time.Duration, now time.Time) (tell Notice, after Notices, next time.Time) {
	after = n
	switch {
	case r.Duty == policy.RequiredNow:
		tell, after.Begin = TellBegin, true
		if n.Begin {
			tell = Silence
		}
	case r.Duty != policy.InPeriod || !r.PausedAt.IsZero():
		return Silence, n, time.Time{}
	case !now.Before(r.Due):
		tell, after.Begin, after.End = TellEnd, true, true
		if n.End {
			tell = Silence
		}
	case !n.Begin:
		tell, after.Begin, next = TellBegin, true, n.reminderAfter(r.Due, offsets, now, true)
	default:
		due := n.reminderDue(r.Due, offsets, now)
		if due > 0 {
			tell, after.Reminded = TellRemind, due
		}
		next = after.reminderAfter(r.Due, offsets, now, false)
	}
	if quiet {
		tell = Silence
	}
	return tell, after, next
}

// reminderDue is the reminder that is due: of several that are, the last. Zero
// is none.
func (n Notices) reminderDue(end time.Time, offsets []time.Duration, now time.Time) time.Duration {
	var due time.Duration
	for _, o := range offsets {
		if !now.Before(end.Add(-o)) && (n.Reminded == 0 || o < n.Reminded) && (due == 0 || o < due) {
			due = o
		}
	}
	return due
}

// reminderAfter is when the next reminder is due, or the end. With atOnce one
// that is due already counts.
func (n Notices) reminderAfter(end time.Time, offsets []time.Duration, now time.Time, atOnce bool) time.Time {
	if atOnce && n.reminderDue(end, offsets, now) > 0 {
		return now
	}
	next := end
	for _, o := range slices.Backward(slices.Sorted(slices.Values(offsets))) {
		at := end.Add(-o)
		if at.After(now) && (n.Reminded == 0 || o < n.Reminded) && at.Before(next) {
			next = at
		}
	}
	return next
}

// DueDuty is a requirement of which there may be something to tell.
type DueDuty struct {
	Person      id.ID
	Requirement policy.Requirement
	Told        Notices
	Quiet       bool      // there is nothing to tell the person: they have done it
	Heard       bool      // they were told that another requires the same kind of factor of them, to no later an end
	KeptOut     bool      // they are disabled, here or in their directory: it is not the time to tell them
	ExemptUntil time.Time // until when nothing is asked of the person; zero: they are not exempt
	NextAt      time.Time
}

// ToldDuty is what comes after a DueDuty.
type ToldDuty struct {
	Was    DueDuty
	Told   Notices
	NextAt time.Time
	Mail   []notify.Message
}
