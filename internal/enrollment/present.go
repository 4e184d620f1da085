package enrollment

import (
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// Why a message is withdrawn that holds again when somebody is let in again,
// their exemption is over, or their clock goes on.
const (
	WhyKeptOut = notify.ProblemKeptOut
	WhyExempt  = notify.ProblemExempt
	WhyStopped = notify.ProblemStopped
)

// Present returns a message about what is required of a person as it is true
// at now: with the end that holds. If what it says does not hold any more, why
// says so, for administrators. Messages about anything else it returns as they
// are.
func Present(m notify.Message, p *directory.Person, s Stance, now time.Time) (is notify.Message, why string) {
	topic := m.Topic()
	switch {
	case topic == "" || topic == notify.Welcome:
		return m, ""
	case p.Excluded(now):
		return m, WhyKeptOut
	case m.Kind == notify.Exempted:
		position := policy.Overall(s.Required, s.Factors, now)
		if position.Stand != policy.StandExempt || position.By.Due.IsZero() {
			return m, notify.ProblemNotExempt
		}
		return with(m, "until", position.By.Due), ""
	}
	kind := policy.Wanted(topic)
	position := s.position(kind, now)
	switch {
	case m.Kind == notify.RequirementLifted:
		if position.Stand != policy.StandNone && position.Stand != policy.StandExempt {
			return m, notify.ProblemRequiredAgain
		}
		return m, ""
	case position.Stand == policy.StandNone && kind.Met(s.Factors):
		return m, notify.ProblemSetUp
	case position.Stand == policy.StandNone:
		return m, notify.ProblemNotRequired
	case position.Stand == policy.StandExempt:
		return m, WhyExempt
	}
	return presentEnd(m, position, now)
}

// presentEnd is Present where something is owed.
func presentEnd(m notify.Message, is policy.Position, now time.Time) (notify.Message, string) {
	switch {
	case m.Kind == notify.PeriodExpired:
		if is.Stand != policy.StandExpired {
			return m, notify.ProblemEndMoved
		}
		return with(m, "at", is.By.Due), ""
	case m.Kind == notify.RequiredNow:
		if is.Stand != policy.StandRequired {
			return m, notify.ProblemPeriodByNow
		}
		return m, ""
	case is.Stand == policy.StandExpired:
		return m, notify.ProblemTimeOver
	case is.Stand == policy.StandRequired:
		return m, notify.ProblemAtOnce
	case !is.By.PausedAt.IsZero():
		return m, WhyStopped
	}
	return with(m, "until", is.By.EndsAt(now)), ""
}

// with is m with another instant, and without a length if that would not fit.
func with(m notify.Message, entry string, at time.Time) notify.Message {
	said := at.UTC().Format(time.RFC3339)
	if m.Data[entry] == said {
		return m
	}
	data := map[string]string{}
	for name, value := range m.Data {
		if name != "length" {
			data[name] = value
		}
	}
	data[entry] = said
	m.Data = data
	return m
}
