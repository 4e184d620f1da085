package ldap

import (
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

// Outcome is what became of a person's password. The zero value is Wrong.
type Outcome int

// The outcomes.
const (
	Wrong   Outcome = iota // not this person's password, or no such person
	Right                  // the directory lets the person in
	Refused                // the directory keeps the person out; see the reason
)

// Reason says why the directory keeps somebody out. It is for the log; only
// [Verdict.ChangeFirst] may be told to the person.
type Reason string

// The reasons. AD and ppolicy name their sources.
const (
	NoReason        Reason = ""
	UnknownPerson   Reason = "unknown person"            // AD 525
	Disabled        Reason = "account disabled"          // AD 533
	AccountExpired  Reason = "account expired"           // AD 701
	Locked          Reason = "account locked"            // AD 775, ppolicy accountLocked
	OutsideHours    Reason = "outside of logon hours"    // AD 530
	WrongHost       Reason = "not from this workstation" // AD 531
	PasswordExpired Reason = "password expired"          // AD 532, ppolicy passwordExpired
	MustChange      Reason = "password must be changed"  // AD 773, ppolicy changeAfterReset
	Restricted      Reason = "account restricted"        // AD 52f, 568, 569, and other refusals
)

// Verdict is a directory's answer to a person's password. The zero value is a
// wrong password.
type Verdict struct {
	Outcome Outcome
	Reason  Reason
	Server  string // the URL of the server that answered
}

// ChangeFirst tells whether the password was right and has to be changed
// before anything else.
func (v Verdict) ChangeFirst() bool {
	return v.Outcome == Refused && (v.Reason == PasswordExpired || v.Reason == MustChange)
}

// mayBind refuses names and passwords that a server may treat as anonymous or
// unauthenticated, empty ones and those that begin or end with a NUL for a
// server written in C.
func mayBind(name string, password secret.Text) bool {
	return !password.Empty() && !strings.Contains(password.Reveal(), "\x00") &&
		strings.TrimSpace(name) != "" && !strings.Contains(name, "\x00") && utf8.ValidString(name)
}

// judge reads the answer to a person's bind. An error means that the server
// has not said anything about the password.
func judge(answer wire.Message, result wire.Result) (Verdict, error) {
	policy := policyReason(answer.Policy())
	switch result.Code {
	case wire.Success:
		if policy != NoReason {
			return Verdict{Outcome: Refused, Reason: policy}, nil
		}
		return Verdict{Outcome: Right}, nil
	case wire.InvalidCredentials:
		if policy != NoReason {
			return Verdict{Outcome: Refused, Reason: policy}, nil
		}
		return subCode(result.Diagnostic), nil
	case wire.NoSuchObject:
		return Verdict{Reason: UnknownPerson}, nil
	case wire.InappropriateAuthentication: // an entry without a password
		return Verdict{}, nil
	case wire.ConstraintViolation: // too many wrong ones, in 389 and others
		return Verdict{Outcome: Refused, Reason: Locked}, nil
	case wire.UnwillingToPerform: // an inactive account, in 389 and others
		return Verdict{Outcome: Refused, Reason: Restricted}, nil
	default:
		return Verdict{}, refused("bind", result)
	}
}

func policyReason(answer wire.PolicyAnswer) Reason {
	switch answer {
	case wire.PolicyPasswordExpired:
		return PasswordExpired
	case wire.PolicyLocked:
		return Locked
	case wire.PolicyMustChange:
		return MustChange
	case wire.PolicySilent, wire.PolicyOther:
		return NoReason
	}
	return NoReason
}

// subCode reads Active Directory's reason out of its text, such as
// "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error,
// data 533, v4563". Any other text is a wrong password.
func subCode(diagnostic string) Verdict {
	_, rest, ok := strings.Cut(diagnostic, "AcceptSecurityContext error, data ")
	if !ok {
		return Verdict{}
	}
	code, _, _ := strings.Cut(rest, ",")
	reason, ok := map[string]Reason{
		"530": OutsideHours, "531": WrongHost, "532": PasswordExpired, "533": Disabled,
		"701": AccountExpired, "773": MustChange, "775": Locked,
		"52f": Restricted, "568": Restricted, "569": Restricted,
	}[strings.ToLower(strings.TrimSpace(code))]
	switch {
	case ok:
		return Verdict{Outcome: Refused, Reason: reason}
	case strings.TrimSpace(code) == "525":
		return Verdict{Reason: UnknownPerson}
	default:
		return Verdict{}
	}
}
