package enrollment

import (
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// Stance is what is required of a person, and what they have.
type Stance struct {
	Factors  []factor.Factor
	Required []policy.Requirement
}

// News is what a person is to hear of a change of what is required of them.
type News struct {
	Kind   notify.Kind // PeriodStarted, PeriodExtended, RequiredNow, Exempted or RequirementLifted
	Factor policy.Wanted
	Until  time.Time // the end; zero: the kind tells none
}

// Owes reports whether the person has something left to do.
func (s Stance) Owes(now time.Time) bool {
	stand := policy.Overall(s.Required, s.Factors, now).Stand
	return stand != policy.StandNone && stand != policy.StandExempt
}

// NewsOf says what there is to tell somebody who stood as before and stands as
// after: for each kind of factor what has changed about what they owe. Nobody
// hears of an end that does not concern them: whoever has done what is required
// hears nothing, and nor does whoever is exempt.
func NewsOf(before, after Stance, now time.Time) []News {
	var list []News
	for _, kind := range policy.Wants() {
		if n := newsOf(kind, before.position(kind, now), after.position(kind, now), now); n.Kind != "" {
			list = append(list, n)
		}
	}
	if len(list) > 0 && list[0].Kind == notify.Exempted { // it is of all kinds
		list = list[:1]
	}
	return list
}

func (s Stance) position(kind policy.Wanted, now time.Time) policy.Position {
	return policy.StandingOf(kind, s.Required, s.Factors, now)
}

func newsOf(kind policy.Wanted, was, is policy.Position, now time.Time) News {
	owed := was.Stand != policy.StandNone && was.Stand != policy.StandExempt
	switch is.Stand {
	case policy.StandNone:
		if owed {
			return News{Kind: notify.RequirementLifted, Factor: kind}
		}
	case policy.StandExempt:
		if owed {
			return News{Kind: notify.Exempted, Until: is.By.Due}
		}
	case policy.StandRequired:
		if was.Stand != policy.StandRequired {
			return News{Kind: notify.RequiredNow, Factor: kind}
		}
	case policy.StandPeriod:
		return newEnd(kind, was, is, now)
	case policy.StandExpired: // the sweep tells that, once
	}
	return News{}
}

// newEnd is what there is to tell somebody who is in their period. One whose
// clock is stopped has no end to tell; it is told when the clock goes on.
func newEnd(kind policy.Wanted, was, is policy.Position, now time.Time) News {
	end := is.By.EndsAt(now)
	switch {
	case !is.By.PausedAt.IsZero():
		return News{}
	case was.Stand == policy.StandPeriod && was.By.Due.Equal(end), was.Stand == policy.StandExpired && was.By.Due.Equal(end):
		return News{}
	case was.Stand == policy.StandPeriod, was.Stand == policy.StandExpired:
		return News{Kind: notify.PeriodExtended, Factor: kind, Until: end}
	}
	return News{Kind: notify.PeriodStarted, Factor: kind, Until: end}
}
