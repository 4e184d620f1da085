package wire

// PolicyAnswer is what a password policy says to a bind
// (draft-behera-ldap-password-policy-10 section 6.2).
type PolicyAnswer int32

// The answers that concern signing in. The zero value says nothing.
const (
	PolicySilent          PolicyAnswer = 0
	PolicyPasswordExpired PolicyAnswer = 1
	PolicyLocked          PolicyAnswer = 2
	PolicyMustChange      PolicyAnswer = 3
	PolicyOther           PolicyAnswer = 4
)

// Policy returns the answer of the server's password policy.
func (m Message) Policy() PolicyAnswer {
	e, ok := m.sequence(OIDPolicy)
	if !ok {
		return PolicySilent
	}
	for !e.end() {
		tag, content, ok := e.next()
		if !ok {
			return PolicySilent
		}
		if tag != 0x81 { // [0] is a warning: it runs out soon
			continue
		}
		switch n, _ := numberOf(content); n {
		case 0:
			return PolicyPasswordExpired
		case 1:
			return PolicyLocked
		case 2:
			return PolicyMustChange
		default:
			return PolicyOther
		}
	}
	return PolicySilent
}
