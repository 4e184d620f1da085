package enrollment

import (
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// Why a message is withdrawn that holds again when somebody is let in again, or
// their exemption is over.
const (
	WhyKeptOut = "the person is kept out"
	WhyExempt  = "they are exempt"
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
			return m, "they are not exempt any more"
		}
		return with(m, "until", position.By.Due), ""
	}
	kind := policy.Wanted(topic)
	position := s.position(kind, now)
	switch {
	case m.Kind == notify.RequirementLifted:
		if position.Stand != policy.StandNone && position.Stand != policy.StandExempt {
			return m, "it is required again"
		}
		return m, ""
	case position.Stand == policy.StandNone && kind.Met(s.Factors):
		return m, "they have set it up"
	case position.Stand == policy.StandNone:
		return m, "it is not required any more"
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
			return m, "the end has moved"
		}
		return with(m, "at", is.By.Due), ""
	case m.Kind == notify.RequiredNow:
		if is.Stand != policy.StandRequired {
			return m, "there is a period by now"
		}
		return m, ""
	case is.Stand == policy.StandExpired:
		return m, "the time is over"
	case is.Stand == policy.StandRequired:
		return m, "it is required at once by now"
	case !is.By.PausedAt.IsZero():
		return m, "the clock is stopped"
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
