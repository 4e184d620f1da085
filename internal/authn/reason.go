package authn

import (
	"strings"

	"example.com/muster/internal/policy"
)

// Reason says for the log and for administrators why a decision was made.
// Values are stable: scripts search for them.
type Reason string

// The reasons of an Allow.
const (
	ReasonCodeRight     Reason = "code-right"
	ReasonRecoveryRight Reason = "recovery-code-right"
	ReasonPasskeyRight  Reason = "passkey-right"
	ReasonClientPasses  Reason = "no-factor-client-passes"
	ReasonInPeriod      Reason = "no-factor-in-period"
	ReasonPostponed     Reason = "no-factor-postponed"
	ReasonExempt        Reason = "no-factor-exempt"
	ReasonNotRequired   Reason = "no-factor-not-required" // at the portal
	ReasonBypass        Reason = "bypass"                 // granted by an administrator, once
)

// The reasons of an Ask or an Enroll.
const (
	ReasonCodeNeeded  Reason = "code-needed"
	ReasonMustEnroll  Reason = "must-enroll"
	ReasonMayEnroll   Reason = "may-enroll"
	ReasonMayGoOn     Reason = "may-go-on" // in the period, and nothing can be set up at this door
	ReasonNobodyThere Reason = "decoy"
)

// The reasons of a Deny.
const (
	ReasonUnknownUser      Reason = "unknown-user"
	ReasonForeignDomain    Reason = "foreign-domain"
	ReasonMalformedName    Reason = "malformed-name"
	ReasonUnknownClient    Reason = "unknown-client"
	ReasonDisabled         Reason = "disabled"
	ReasonEmptyPassword    Reason = "empty-password"
	ReasonPasswordWrong    Reason = "password-wrong"
	ReasonPasswordLocked   Reason = "password-locked"
	ReasonCodeMissing      Reason = "code-missing"
	ReasonCodeWrong        Reason = "code-wrong"
	ReasonCodeReused       Reason = "code-reused"
	ReasonCodeWrongStep    Reason = "code-from-another-time" // right for a step outside the window: the phone's clock is off
	ReasonCodeLocked       Reason = "code-locked"
	ReasonCodeLockedReset  Reason = "code-locked-until-reset"
	ReasonNotEnrolled      Reason = "not-enrolled"
	ReasonPeriodOver       Reason = "enrollment-period-over"
	ReasonNeedsInvitation  Reason = "needs-invitation"
	ReasonFactorsSuspended Reason = "factors-suspended"
	ReasonFactorElsewhere  Reason = "factor-not-for-this-door" // there is one, but nothing that can be asked for here
	ReasonPasskeyUnknown   Reason = "passkey-unknown"          // nobody's, or it answers no question of ours
	ReasonPasskeyRefused   Reason = "passkey-refused"          // it proves nothing
	ReasonPasskeyReused    Reason = "passkey-reused"           // it answers a question that is over
	ReasonPasskeyCopied    Reason = "passkey-copied"           // its counter went back: there may be two of it
	ReasonPasskeyAlone     Reason = "passkey-not-verified"     // it was to prove both factors and its user was not verified
	ReasonTooManyOpen      Reason = "too-many-open-attempts"
	ReasonTooManyRounds    Reason = "too-many-rounds"
	ReasonStateUnknown     Reason = "state-unknown" // never issued, or spent
	ReasonStateExpired     Reason = "state-expired"
	ReasonStateForeign     Reason = "state-of-another" // issued to another door, client or user
	ReasonInvitation       Reason = "invitation-invalid"
	ReasonAskedForHelp     Reason = "asked-for-help"    // the right password, to ask for help with: nobody was to be let in
	ReasonContention       Reason = "changed-meanwhile" // lost the compare-and-set twice
)

// The reasons of a Deny that a directory gives, or that its being there gives.
const (
	ReasonAmbiguousName     Reason = "ambiguous-name"          // several directories have somebody of this name
	ReasonNotAdmitted       Reason = "no-record-possible"      // in a directory, but the record cannot be made
	ReasonOutOfScope        Reason = "out-of-scope"            // in a directory, but no item includes them
	ReasonDirectoryDisabled Reason = "disabled-in-directory"   // AD sub-code 533
	ReasonDirectoryExpired  Reason = "expired-in-directory"    // 701
	ReasonDirectoryLocked   Reason = "locked-in-directory"     // 775
	ReasonDirectoryGone     Reason = "gone-from-directory"     // the entry is not there any more
	ReasonDirectoryHours    Reason = "outside-logon-hours"     // 530
	ReasonDirectoryPlace    Reason = "not-from-this-computer"  // 531
	ReasonPasswordExpired   Reason = "password-expired"        // 532
	ReasonPasswordChange    Reason = "password-must-change"    // 773
	ReasonDirectorySilent   Reason = "directory-not-answering" // refused only where it may be another one's person
	ReasonUndecided         Reason = "not-decided"             // the database did not answer, or this node had too much to do
)

// Rule is one line of a trace: the name of a rule that applied.
type Rule string

// The rules, in the order in which decide asks them.
const (
	RuleStateUnknown    Rule = "state.unknown"
	RuleStateExpired    Rule = "state.expired"
	RuleStateForeign    Rule = "state.foreign"
	RuleStateMatches    Rule = "state.matches"
	RuleDecoy           Rule = "decoy"
	RuleUnknown         Rule = "person.unknown"
	RuleDisabled        Rule = "person.disabled"
	RuleBarred          Rule = "person.barred-by-directory"
	RuleKnown           Rule = "person.known"
	RuleFirstBefore     Rule = "first-factor.proven-before"
	RuleFirstByClient   Rule = "first-factor.by-client"
	RuleFirstByPasskey  Rule = "first-factor.by-passkey"
	RulePasswordRefused Rule = "first-factor.source-locked"
	RulePasswordEmpty   Rule = "first-factor.empty"
	RulePasswordWrong   Rule = "first-factor.wrong"
	RulePasswordRight   Rule = "first-factor.right"
	RuleDirectoryBars   Rule = "first-factor.refused-by-directory"
	RuleDirectorySilent Rule = "directory.not-answering"
	RuleDirectoryClear  Rule = "directory.current"
	RuleInvitationBad   Rule = "invitation.invalid"
	RuleInvitationGood  Rule = "invitation.valid"
	// RuleOnlyAdministrator: the end of a period means "required now", for nobody
	// else who administers can come in.
	RuleOnlyAdministrator Rule = "requirement.only-administrator"
	RuleSuspended         Rule = "factors.suspended"
	RuleHasFactor         Rule = "factors.some"
	RuleNoFactor          Rule = "factors.none"
	RuleBypass            Rule = "bypass.used"
	RuleFactorElsewhere   Rule = "factors.none-for-this-door"
	RuleHintMailed        Rule = "factors.hint-mailed"
	RulePasskeyRight      Rule = "passkey.right"
	RulePasskeyRefused    Rule = "passkey.refused"
	RuleCodeLocked        Rule = "code.locked"
	RuleCodeMissing       Rule = "code.missing"
	RuleCodeAsked         Rule = "code.asked"
	RuleCodeRight         Rule = "code.right"
	RuleRecoveryRight     Rule = "recovery-code.right"
	RuleCodeWrong         Rule = "code.wrong"
	RuleCodeReused        Rule = "code.reused"
	RuleCodeWrongStep     Rule = "code.another-time"
	RuleTooManyOpen       Rule = "attempts.too-many"
	RuleSupersedes        Rule = "attempts.supersedes-own"
	RuleTooManyRounds     Rule = "attempts.too-many-rounds"
	RuleRetransmission    Rule = "request.retransmission"
	RuleEnroll            Rule = "unenrolled.enroll"
	RuleEnrollPostpone    Rule = "unenrolled.enroll-or-postpone"
	RuleMayGoOn           Rule = "unenrolled.go-on-or-not"
	RulePostponed         Rule = "unenrolled.postponed"
	RuleStillWaiting      Rule = "unenrolled.waiting"
	RuleRejectByClient    Rule = "unenrolled.client-rejects"
	RulePassByClient      Rule = "unenrolled.client-passes"
	RulePassInPeriod      Rule = "unenrolled.in-period"
	RuleExempt            Rule = "unenrolled.exempt"
	RuleNotRequired       Rule = "unenrolled.not-required"
	RuleNotInPeriod       Rule = "unenrolled.not-in-period"
	RulePeriodOver        Rule = "unenrolled.period-over"
	RuleSetUpClosed       Rule = "unenrolled.set-up-closed" // the next rule says by what requirement
	RuleNeedsInvitation   Rule = "unenrolled.needs-invitation"
	RuleLinkMailed        Rule = "unenrolled.link-mailed"
	RuleMuteClient        Rule = "client.shows-no-prompt"
	RuleUnknownClient     Rule = "client.unknown"
	RuleLostRace          Rule = "commit.lost-twice"
	RuleProvesOnly        Rule = "help.password-shown"
)

// ruleOwing names the requirement that decides, and where the person stands
// with it: "requirement.in-period.totp.everywhere".
func ruleOwing(p policy.Position) Rule {
	wanted, place := p.By.Factor, p.By.Place
	if wanted == "" {
		wanted = policy.WantAny
	}
	if place == "" {
		place = "everywhere"
	}
	return Rule(requirementRule + strings.ReplaceAll(string(p.Stand), " ", "-") + "." + string(wanted) + "." + place)
}

const requirementRule = "requirement."

// Requirement takes apart a rule that names what is required: where the person
// stands with it ("in-period"), what is wanted, and the client it counts at,
// empty for everywhere. ok is false for every other rule.
func (r Rule) Requirement() (stand string, wanted policy.Wanted, place string, ok bool) {
	rest, ok := strings.CutPrefix(string(r), requirementRule)
	parts := strings.SplitN(rest, ".", 3)
	if !ok || len(parts) != 3 {
		return "", "", "", false
	}
	if place = parts[2]; place == "everywhere" {
		place = ""
	}
	return parts[0], policy.Wanted(parts[1]), place, true
}
