package enrollment

import (
	"strings"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// Status is where a person stands with their second step.
type Status string

// The statuses, as everything that lists people shows them.
const (
	NotRequired Status = "not required"
	PendingDuty Status = "pending" // required, nothing begun
	InPeriod    Status = "in period"
	Enrolled    Status = "enrolled"
	ExpiredDuty Status = "expired"
	ExemptDuty  Status = "exempt"
)

// Name is the status as programs read and write it: in JSON, in addresses and
// in options. It has hyphens where people read blanks.
func (s Status) Name() string { return strings.ReplaceAll(string(s), " ", "-") }

// ParseStatus reads a status as programs write it, or as people read it.
func ParseStatus(text string) (s Status, ok bool) {
	for _, s := range Statuses() {
		if text == s.Name() || text == string(s) {
			return s, true
		}
	}
	return "", false
}

// Statuses lists every status, in the order of a funnel.
func Statuses() []Status {
	return []Status{NotRequired, PendingDuty, InPeriod, ExpiredDuty, ExemptDuty, Enrolled}
}

// State is a status with all that is to be said about it.
type State struct {
	Status Status
	Since  time.Time     // when it began; zero: not known
	Until  time.Time     // when it ends by itself; zero: it does not
	Paused bool          // the clock of the period is stopped: Until moves along
	Left   time.Duration // if Paused: from whenever the clock goes on to the end
	Period id.ID         // that it comes from; zero: none
	Factor policy.Wanted
	Place  string // where it counts; empty: everywhere
	Done   Done   // of somebody enrolled: what was required of them
}

// Done is a requirement that is met. The zero value says that there is none.
type Done struct {
	Factor policy.Wanted
	Since  time.Time
	Until  time.Time // the end of the period; zero: it was required at once
}

// DaysLeft is how many days the state still lasts, begun ones counted.
func (s State) DaysLeft(now time.Time) int {
	left := s.Until.Sub(now)
	if s.Paused {
		left = s.Left // now may be a moment before that of Until
	}
	if s.Until.IsZero() || left <= 0 {
		return 0
	}
	return int((left + Day - 1) / Day)
}

// StatusOf computes the status from facts, over all kinds of factor: whoever
// has one and still owes another is not enrolled.
func StatusOf(factors []factor.Factor, required []policy.Requirement, now time.Time) Status {
	return StateOf("", factors, required, now).Status
}

// StateOf computes the state for one kind of factor, or for all if kind is
// empty. It is the only place that does.
func StateOf(kind policy.Wanted, factors []factor.Factor, required []policy.Requirement, now time.Time) State {
	var p policy.Position
	met := kind
	if kind == "" {
		p, met = policy.Overall(required, factors, now), policy.WantAny
	} else {
		p = policy.StandingOf(kind, required, factors, now)
	}
	if met.Met(factors) && (p.Stand == policy.StandNone || p.Stand == policy.StandExempt && !owes(kind, factors, required, now)) {
		return State{Status: Enrolled, Since: since(met, factors), Factor: kind, Done: doneOf(kind, factors, required, now)}
	}
	s := State{Since: p.By.Since, Period: p.By.Period, Factor: p.By.Factor, Place: p.By.Place}
	switch p.Stand {
	case policy.StandRequired:
		s.Status = PendingDuty
	case policy.StandPeriod:
		s.Status, s.Until = InPeriod, p.By.EndsAt(now)
		if s.Paused = p.By.Stopped(); s.Paused {
			s.Left = s.Until.Sub(now)
		}
	case policy.StandExpired:
		s.Status, s.Since = ExpiredDuty, p.By.Due
	case policy.StandExempt:
		s.Status, s.Until = ExemptDuty, p.By.Due
	default:
		s.Status = NotRequired
	}
	return s
}

// doneOf returns what is required and met, of several what came first.
func doneOf(kind policy.Wanted, factors []factor.Factor, required []policy.Requirement, now time.Time) Done {
	var done Done
	for _, r := range required {
		asks := !r.Held && (r.Duty == policy.RequiredNow || r.Duty == policy.InPeriod)
		wants := r.Factor
		if wants == "" {
			wants = policy.WantAny
		}
		if !asks || kind != "" && kind != wants || !r.MetBy(factors) || !done.Since.IsZero() && !r.Since.Before(done.Since) {
			continue
		}
		done = Done{Factor: wants, Since: r.Since}
		if r.Duty == policy.InPeriod {
			done.Until = r.EndsAt(now)
		}
	}
	return done
}

// owes reports whether something would be open if no exemption were in force.
func owes(kind policy.Wanted, factors []factor.Factor, required []policy.Requirement, now time.Time) bool {
	var rest []policy.Requirement
	for _, r := range required {
		if r.Duty != policy.Exempt {
			rest = append(rest, r)
		}
	}
	if kind == "" {
		return policy.Overall(rest, factors, now).Stand != policy.StandNone
	}
	return policy.StandingOf(kind, rest, factors, now).Stand != policy.StandNone
}

// since is when the oldest factor that counts was set up.
func since(met policy.Wanted, factors []factor.Factor) time.Time {
	var first time.Time
	for _, f := range factors {
		if met.Met([]factor.Factor{f}) && (first.IsZero() || f.CreatedAt.Before(first)) {
			first = f.CreatedAt
		}
	}
	return first
}
