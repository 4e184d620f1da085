package policy

import "time"

// Duty is what is required of a person apart from where they sign in.
type Duty string

// The duties. The zero value is no requirement of their own.
const (
	NotRequired Duty = ""
	RequiredNow Duty = "required"
	InPeriod    Duty = "in-period" // required, but not before Requirement.Due
	Exempt      Duty = "exempt"    // until Requirement.Due; zero Due: without end
)

// Requirement is a person's own requirement as it is stored. What it means at
// an instant is said by At.
type Requirement struct {
	Duty         Duty
	Due          time.Time
	MayPostpone  bool // in a period: whether "later" is still offered
	PostponeLeft int  // how often; negative: as often as they like
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

// At computes where the person stands: the end of a period is an instant,
// and at that instant the period is over.
func (r Requirement) At(now time.Time) Stand {
	switch r.Duty {
	case RequiredNow:
		return StandRequired
	case InPeriod:
		if now.Before(r.Due) {
			return StandPeriod
		}
		return StandExpired
	case Exempt:
		if r.Due.IsZero() || now.Before(r.Due) {
			return StandExempt
		}
		return StandRequired
	default:
		return StandNone
	}
}

// Dated reports whether a requirement with a date is running.
func (r Requirement) Dated(now time.Time) bool { return r.At(now) == StandPeriod }

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

// WithoutFactor is the table for a person without a factor: their own
// requirement decides first, then the client's mode.
func WithoutFactor(mode Unenrolled, r Requirement, now time.Time) Verdict {
	stand := r.At(now)
	switch stand {
	case StandExpired:
		return RefuseExpired
	case StandRequired:
		switch mode {
		case UnenrolledEnroll, UnenrolledPass, UnenrolledPeriod:
			return Enroll
		default:
			return RefuseByClient
		}
	case StandExempt:
		return PassWithout
	case StandNone, StandPeriod: // the client's mode decides
	}
	switch mode {
	case UnenrolledEnroll:
		if stand == StandPeriod && r.MayPostpone && r.PostponeLeft != 0 {
			return EnrollOrGoOn
		}
		return Enroll
	case UnenrolledPass:
		return PassWithout
	case UnenrolledPeriod:
		if stand == StandPeriod {
			return PassWithout
		}
		return Refuse
	default:
		return RefuseByClient
	}
}
