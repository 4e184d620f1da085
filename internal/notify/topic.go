package notify

// Welcome is the topic of the message that an account is ready.
const Welcome = "welcome"

// Topic names what the message tells the present state of: of several that
// wait only the newest is of use to the person. Empty: it stands for itself.
func (m Message) Topic() string {
	switch m.Kind {
	case RequiredNow, PeriodStarted, PeriodReminder, PeriodExpired, PeriodExtended, PeriodReset, RequirementLifted:
	case Configured, Ready:
		return Welcome
	case Exempted:
		return string(Exempted)
	default:
		return ""
	}
	if m.Data["factor"] == "" {
		return "any"
	}
	return m.Data["factor"]
}

// TellsEnd reports whether a message of this kind tells until when a person
// may go on without a second step.
func (k Kind) TellsEnd() bool {
	return k == PeriodStarted || k == PeriodReminder || k == PeriodExtended || k == PeriodReset
}
