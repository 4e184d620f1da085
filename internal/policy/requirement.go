package policy

import (
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
)

// Wanted says which factors satisfy a requirement.
type Wanted string

// What can be wanted.
const (
	WantTOTP    Wanted = "totp"    // an authenticator with codes
	WantPasskey Wanted = "passkey" // a passkey
	WantAny     Wanted = "any"     // any second factor
)

// Wants lists them, the usual one first.
func Wants() []Wanted { return []Wanted{WantTOTP, WantPasskey, WantAny} }

// Met reports whether one of the factors satisfies what is wanted. Recovery
// codes and suspended factors satisfy nothing.
func (w Wanted) Met(factors []factor.Factor) bool {
	for _, f := range factors {
		if f.Usable() && (w == WantAny || string(f.Kind) == string(w)) {
			return true
		}
	}
	return false
}

// Duty is what a requirement demands, or grants.
type Duty string

// The duties. The zero value demands nothing.
const (
	NotRequired Duty = ""
	RequiredNow Duty = "required"
	InPeriod    Duty = "in-period" // required, but not before Requirement.Due
	Exempt      Duty = "exempt"    // until Requirement.Due; zero Due: without end
	Bypass      Duty = "bypass"    // once instead of the second factor, at Requirement.Place, before Requirement.Due
)

// Requirement is one thing that is required of a person, with a clock of its
// own, as it is stored. Several may apply to one person. What it means at an
// instant is said by At.
type Requirement struct {
	Period   id.ID // that it came with, or an identifier of its own
	Own      bool  // it came with no period: the person's own, an exemption, a bypass
	Duty     Duty
	Factor   Wanted // empty: WantAny
	Place    string // the name of a protected client, or empty: everywhere
	Since    time.Time
	Due      time.Time
	PausedAt time.Time // in a period: when its clock was stopped; zero: it runs
	// PostponeLeft is how often the person may still go on without; negative:
	// as often as they like.
	PostponeLeft int
	// Held says that the period is still being started, or is over: it means
	// nothing.
	Held bool
}

// Stand is what a requirement means at one instant.
type Stand string

// The stands.
const (
	StandNone     Stand = "not required"
	StandRequired Stand = "required now"
	StandPeriod   Stand = "in period"
	StandExpired  Stand = "expired"
	StandExempt   Stand = "exempt"
)

// At computes what the requirement means, whatever factors there are: the end
// of a period is an instant, and at that instant the period is over.
func (r Requirement) At(now time.Time) Stand {
	switch {
	case r.Held:
		return StandNone
	case r.Duty == RequiredNow:
		return StandRequired
	case r.Duty == InPeriod && now.Before(r.EndsAt(now)):
		return StandPeriod
	case r.Duty == InPeriod:
		return StandExpired
	case r.Duty == Exempt && (r.Due.IsZero() || now.Before(r.Due)):
		return StandExempt
	default:
		return StandNone
	}
}

// EndsAt is when the period ends, as things stand: while its clock is stopped,
// what was left then is left still.
func (r Requirement) EndsAt(now time.Time) time.Time {
	if r.PausedAt.IsZero() {
		return r.Due
	}
	return now.Add(r.Due.Sub(r.PausedAt))
}

// Stopped reports whether the clock of a period stands still.
func (r Requirement) Stopped() bool { return r.Duty == InPeriod && !r.PausedAt.IsZero() }

// wanted is Factor with its default.
func (r Requirement) wanted() Wanted {
	if r.Factor == "" {
		return WantAny
	}
	return r.Factor
}

// MetBy reports whether the factors do what is required.
func (r Requirement) MetBy(factors []factor.Factor) bool { return r.wanted().Met(factors) }

// Covers reports whether the requirement counts at a client. Whatever it
// protects, it counts on Muster's own pages too: nobody slips through the
// portal to enroll after the end.
func (r Requirement) Covers(c Client) bool {
	return r.Place == "" || r.Place == c.Name || c.Browser
}

// Binds reports whether the requirement, once it is required now or its time is
// over, counts at a client: what only a browser could ask for protects no other
// door, unless it was required for that very client.
func (r Requirement) Binds(c Client) bool {
	return c.Browser || r.Place != "" || r.wanted() != WantPasskey
}

// Outlasting is a period that begins or goes on during an exemption: if it
// would end before that does, what is left of it counts on from the exemption's
// end. An exemption without end leaves it as it is.
func (r Requirement) Outlasting(exempt Requirement, now time.Time) Requirement {
	if r.Duty != InPeriod || !r.PausedAt.IsZero() || exempt.At(now) != StandExempt || exempt.Due.IsZero() ||
		!now.Before(r.Due) || r.Due.After(exempt.Due) {
		return r
	}
	r.Due = exempt.Due.Add(r.Due.Sub(now))
	return r
}

// Exemption returns the exemption in force; the zero value if there is none.
func Exemption(all []Requirement, now time.Time) Requirement {
	for _, r := range all {
		if r.Duty == Exempt && r.At(now) == StandExempt {
			return r
		}
	}
	return Requirement{}
}

// Position is where a person stands, and by which of their requirements.
type Position struct {
	Stand Stand
	By    Requirement // zero for StandNone
	// PostponeLeft is, in a period, how often the person may still go on
	// without: the least that any of the periods grants which apply; negative:
	// as often as they like.
	PostponeLeft int
}

// MayPostpone reports whether the person may go on without for now.
func (p Position) MayPostpone() bool {
	return p.Stand == StandPeriod && p.PostponeLeft != 0
}

// Standing is where a person with these factors stands with all that is
// required of them at a client. An exemption in force goes before everything;
// else any requirement that applies and is not met wins, the most pressing one
// first: what is over, what is required now, the period that ends first. What
// may not be put off in one period may not because another ends earlier.
func Standing(at Client, all []Requirement, factors []factor.Factor, now time.Time) Position {
	return standing(all, factors, now, func(r Requirement) bool {
		return r.Covers(at) && (pressing(r.At(now)) <= pressing(StandPeriod) || r.Binds(at))
	})
}

// Postponed returns the periods of which going on without at a client uses one
// postponing, where those are limited: all that apply there and are not met.
func Postponed(at Client, all []Requirement, factors []factor.Factor, now time.Time) []id.ID {
	var periods []id.ID
	for _, r := range all {
		if r.Covers(at) && r.At(now) == StandPeriod && !r.MetBy(factors) {
			periods = append(periods, r.Period)
		}
	}
	return periods
}

// Overall is Standing with everything that is required anywhere, and so Standing
// at Muster's own pages.
func Overall(all []Requirement, factors []factor.Factor, now time.Time) Position {
	return standing(all, factors, now, func(Requirement) bool { return true })
}

// StandingOf is Overall for what asks for one kind of factor: what wants any
// factor is a kind of its own.
func StandingOf(kind Wanted, all []Requirement, factors []factor.Factor, now time.Time) Position {
	return standing(all, factors, now, func(r Requirement) bool { return r.Duty == Exempt || r.wanted() == kind })
}

func standing(all []Requirement, factors []factor.Factor, now time.Time, counts func(Requirement) bool) Position {
	var worst Position
	left := -1
	for _, r := range all {
		if !counts(r) {
			continue
		}
		stand := r.At(now)
		switch {
		case stand == StandExempt:
			return Position{Stand: StandExempt, By: r}
		case stand == StandNone || r.MetBy(factors):
			continue
		case pressing(stand) > pressing(worst.Stand),
			stand == worst.Stand && r.EndsAt(now).Before(worst.By.EndsAt(now)):
			worst = Position{Stand: stand, By: r}
		}
		if r.PostponeLeft >= 0 && (left < 0 || r.PostponeLeft < left) {
			left = r.PostponeLeft
		}
	}
	if worst.Stand == "" {
		worst.Stand = StandNone
	}
	if worst.Stand == StandPeriod {
		worst.PostponeLeft = left
	}
	return worst
}

// pressing orders stands.
func pressing(s Stand) int {
	switch s {
	case StandExpired:
		return 3
	case StandRequired:
		return 2
	case StandPeriod:
		return 1
	default:
		return 0
	}
}

// BypassAt returns the bypass that is good at a client now, nil if there is
// none. There is none for Muster's own pages.
func BypassAt(at Client, all []Requirement, now time.Time) *Requirement {
	if at.Browser {
		return nil
	}
	for i := range all {
		if r := &all[i]; r.Duty == Bypass && r.Place == at.Name && now.Before(r.Due) {
			return r
		}
	}
	return nil
}

// Dated reports whether a requirement with a date is running that is not met.
func Dated(all []Requirement, factors []factor.Factor, now time.Time) bool {
	for _, r := range all {
		if r.At(now) == StandPeriod && !r.MetBy(factors) {
			return true
		}
	}
	return false
}

// Verdict says how a person without a factor is treated.
type Verdict int

// The verdicts. The zero value refuses.
const (
	Refuse         Verdict = iota
	Enroll                 // must enroll now
	EnrollOrGoOn           // may enroll, or go on without
	PassWithout            // the password is enough
	RefuseExpired          // refused because the period is over
	RefuseByClient         // refused because the client wants people enrolled beforehand
)

// WithoutFactor is the table for a person without a factor: where they stand
// themselves decides first, then the client's mode.
func WithoutFactor(mode Unenrolled, p Position) Verdict {
	switch p.Stand {
	case StandExpired:
		return RefuseExpired
	case StandRequired:
		switch mode {
		case UnenrolledEnroll, UnenrolledRequired, UnenrolledPass, UnenrolledPeriod:
			return Enroll
		default:
			return RefuseByClient
		}
	case StandExempt:
		return PassWithout
	case StandNone, StandPeriod: // the client's mode decides
	}
	switch mode {
	case UnenrolledEnroll, UnenrolledRequired:
		if mode == UnenrolledRequired && p.Stand == StandNone {
			return PassWithout
		}
		if p.MayPostpone() {
			return EnrollOrGoOn
		}
		return Enroll
	case UnenrolledPass:
		return PassWithout
	case UnenrolledPeriod:
		if p.Stand == StandPeriod {
			return PassWithout
		}
		return Refuse
	default:
		return RefuseByClient
	}
}
