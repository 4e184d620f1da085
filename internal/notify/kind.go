package notify

import "slices"

// Kind names a message; its words are in the catalogue under "mail.<kind>.".
//
// Every message may have these entries in its data, and tells them where they
// are there: "at", the instant of what it tells about; "by", who did it
// (audit.Actor's name); "client", the name of the door; "address", from where.
// Instants are RFC 3339. After the instant "until" a message is not sent any
// more: what it offers is over. Other entries stand beside each kind, those in
// brackets need not be there.
type Kind string

// The messages to a person about their account.
const (
	Configured    Kind = "configured"     // they were added: the account exists, a second step will be asked for; [url], where to set it up
	Ready         Kind = "ready"          // they were added with a second step: it counts from now on
	EnrollLink    Kind = "enroll-link"    // url, code, until: how to enroll, for a door without text or from an administrator
	EnrollAnew    Kind = "enroll-anew"    // url, code, until, due: the time begins anew, and what there was is void
	FactorAdded   Kind = "factor-added"   // url, token, [until]: with "this was not me"
	FactorRemoved Kind = "factor-removed" // url, token, [label], [until]: one of several; the last one is PersonReset
	RecoveryUsed  Kind = "recovery-used"  // a recovery code was used
	PersonReset   Kind = "person-reset"   // the help desk removed the factors
	PassIssued    Kind = "pass-issued"    // until: a temporary pass, which is not in the mail
	BypassIssued  Kind = "bypass-issued"  // client, until: a sign-in without the second step
	AdminInvited  Kind = "admin-invited"  // a set-up link was made

	AuthenticatorNeeded Kind = "authenticator-needed" // client: it refused them, for it cannot ask for the factor they have
)

// The messages to a person about an enrollment period. In each, [factor] is
// the kind of factor that is asked for ("totp"; none: any), and [url] is where
// to set it up (none: the portal's own page, after signing in).
const (
	RequiredNow       Kind = "required-now"       // from their next sign-in on
	PeriodStarted     Kind = "period-started"     // until, the end; [length], whole days
	PeriodReminder    Kind = "period-reminder"    // until
	PeriodExpired     Kind = "period-expired"     // at, the end: they cannot sign in any more
	PeriodExtended    Kind = "period-extended"    // until, the new end, later or sooner than the old one
	PeriodReset       Kind = "period-reset"       // until, [length]: the time begins anew
	Exempted          Kind = "exempted"           // until, [owed]: nothing is asked for until then, of somebody who owes something
	RequirementLifted Kind = "requirement-lifted" // it was removed
)

// The messages to those who look after people.
const (
	AdminReset    Kind = "admin-reset"    // user: to every administrator: one of them was invited anew
	FactorsPaused Kind = "factors-paused" // user: to the help desk: somebody said "this was not me"
	// DirectoryRefused goes to every administrator: a directory refuses the
	// account that reads it. "directory" and "account" name both; "said" is why,
	// in English.
	DirectoryRefused Kind = "directory-refused"
	HelpAsked        Kind = "help-asked" // user, [state], [new]: to the help desk: somebody asks for help; state in words, new for an address never seen
	// WeeklyDigest goes to every administrator. Since and at bound the week;
	// the others are counts, and those that are missing are left out:
	// "required", "enrolled", "in-period", "pending", "expired", "exempt",
	// "enrolled-now" (in the week), "help" and "mails" (that wait for
	// somebody to act).
	WeeklyDigest Kind = "weekly-digest"
	MailTest     Kind = "mail-test" // somebody tries whether mail arrives; it goes to no person
)

// Kinds lists every kind of message.
func Kinds() []Kind {
	return []Kind{
		Configured, Ready, EnrollLink, EnrollAnew, FactorAdded, FactorRemoved, RecoveryUsed, PersonReset, PassIssued, BypassIssued, AdminInvited,
		AuthenticatorNeeded,
		RequiredNow, PeriodStarted, PeriodReminder, PeriodExpired, PeriodExtended, PeriodReset, Exempted, RequirementLifted,
		AdminReset, FactorsPaused, HelpAsked, DirectoryRefused, WeeklyDigest, MailTest,
	}
}

// Patient reports whether a message may wait for working hours. What warns of
// somebody else, and what a person waits for, may not.
func (k Kind) Patient() bool {
	switch k {
	case Configured, Ready, RequiredNow, PeriodStarted, PeriodReminder, PeriodExtended, Exempted, RequirementLifted, WeeklyDigest:
		return true
	default:
		return false
	}
}

// Secret reports whether a message of this kind holds what must not be kept
// once it is sent. It cannot be sent again.
func (k Kind) Secret() bool {
	return slices.Contains([]Kind{EnrollLink, EnrollAnew, FactorAdded, FactorRemoved}, k)
}
