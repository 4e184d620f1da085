package authn

import (
	"time"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// judgement is what decide says: the decision, and what it wants written.
type judgement struct {
	Decision
	effects effects
}

// effects are what a decision changes, before it has keys and identifiers.
type effects struct {
	passwordFailed bool
	passwordRight  bool
	codeFailed     bool
	codeRight      bool
	burn           *CodeEvidence         // what the code spends
	spend          []challenge.Challenge // questions that are over
	open           *challenge.Challenge  // the next question; it has no Hash yet
	newAttempt     bool                  // open begins an attempt
	invite         bool                  // the question comes with a code for the short address
	mailLink       bool
	mailHint       bool    // how to get a factor that this door can ask for
	postponed      []id.ID // the periods of which a postponing is used
	bypassed       id.ID   // the bypass that is used; zero: none
	ends           bool    // the attempt is over: it goes into the log
	undecided      bool    // a directory has to be asked first: nothing is written
}

// judge carries the facts and the growing judgement through the rules.
type judge struct {
	Facts
	now  time.Time
	owes policy.Position // where the person stands at this client with what is required of them
	out  judgement
}

// decide is the one place where it is decided who gets in. It is a pure
// function; docs/decision-table.md is its table.
func decide(f Facts, now time.Time) judgement {
	j := judge{Facts: f, now: now}
	j.out.Trace = make([]Rule, 0, 8) // room for most
	j.rule()
	return j.out
}

func (j *judge) rule() {
	if j.Answering && !j.question() {
		return
	}
	p := j.person()
	switch {
	case j.Answering && j.Challenge.Purpose == challenge.Decoy:
		j.applies(RuleDecoy)
		j.turnAway(j.whyDecoy())
		return
	case p == nil && j.checksPassword() && j.Evidence.Password == PasswordUnchecked:
		j.undecided()
		return
	case p == nil:
		j.applies(RuleUnknown)
		j.refusedUnrecorded()
		return
	case p.Disabled:
		j.applies(RuleDisabled)
		j.turnAway(ReasonDisabled)
		return
	case j.barred() != "":
		j.applies(RuleBarred)
		j.turnAway(j.barred())
		return
	}
	j.applies(RuleKnown)
	if !j.firstFactor() || !j.invitation() {
		return
	}
	j.out.Person = p.ID
	if j.Client.FirstFactor == policy.FirstDirectory {
		j.out.Language = p.Language // whoever knows the password may hear their own language
	}
	var spared bool
	if j.owes, spared = standing(j.Client, j.Record, j.OnlyAdministrator, j.now); spared {
		j.applies(RuleOnlyAdministrator)
	}
	switch j.factors() {
	case someFactor:
		j.applies(RuleHasFactor)
		j.owing()
		if j.owes.Stand == policy.StandExpired {
			j.periodOver()
			return
		}
		j.secondFactor()
	case factorElsewhere:
		j.applies(RuleFactorElsewhere)
		j.owing()
		j.elsewhere()
	case suspendedFactor:
		j.applies(RuleSuspended)
		j.turnAwayTelling(ReasonFactorsSuspended, MessageSuspended)
	case noFactor:
		j.applies(RuleNoFactor)
		j.owing()
		j.unenrolled()
	}
}

// owing notes which of several requirements decides.
func (j *judge) owing() {
	if len(j.Record.Requirements) > 0 && j.owes.Stand != policy.StandNone {
		j.applies(ruleOwing(j.owes))
		j.out.Owes = j.owes
	}
}

// question checks that the answer has a question, and that it is this one.
// Somebody else's question stays open: nobody can void another's prompt.
func (j *judge) question() bool {
	c := j.Challenge
	switch {
	case c == nil:
		j.applies(RuleStateUnknown)
		j.deny(ReasonStateUnknown)
		return false
	case !c.Matches(j.Door, j.Client.Name, j.Username),
		c.Purpose != challenge.Decoy && (j.person() == nil || j.person().ID != c.Person):
		j.applies(RuleStateForeign)
		j.deny(ReasonStateForeign)
		return false
	case c.Status(j.now) != challenge.Pending:
		j.applies(RuleStateExpired)
		j.deny(ReasonStateExpired)
		return false
	}
	j.applies(RuleStateMatches)
	return true
}

// firstFactor requires that the password is right, or was proven where that
// counts: earlier in this attempt, in a live session, or by the client.
func (j *judge) firstFactor() bool {
	p := j.person()
	if j.Nameless {
		return j.passkeyAlone()
	}
	if j.Client.FirstFactor == policy.FirstNone {
		j.applies(RuleFirstByClient)
		return true
	}
	if j.Answering {
		if !j.Challenge.Password {
			j.applies(RulePasswordWrong)
			j.deny(ReasonPasswordWrong)
			return false
		}
		j.applies(RuleFirstBefore)
		return true
	}
	if j.SignedIn != 0 {
		if j.SignedIn != p.ID || !j.Client.Browser {
			j.applies(RuleStateForeign)
			j.deny(ReasonStateForeign)
			return false
		}
		j.applies(RuleFirstBefore)
		return true
	}
	return j.password()
}

func (j *judge) password() bool {
	switch {
	case j.Record.Standing.Passwords.Refused(j.Source.String(), j.now):
		j.applies(RulePasswordRefused)
		j.deny(ReasonPasswordLocked)
		return false
	case j.Evidence.Password == PasswordUnchecked, !j.provenHere():
		j.undecided()
		return false
	case j.Evidence.Password == PasswordRight && j.bars() != "":
		j.applies(RuleDirectoryBars)
		j.refusedByDirectory(j.bars())
		return false
	case j.Evidence.Password == PasswordRight:
		j.applies(RulePasswordRight)
		j.out.effects.passwordRight = true
		return true
	case j.Evidence.Password == PasswordAbsent:
		j.applies(RulePasswordEmpty)
		j.deny(ReasonEmptyPassword)
		return false
	default:
		j.applies(RulePasswordWrong)
		j.out.effects.passwordFailed = true
		j.deny(j.whyWrong())
		return false
	}
}

// invitation requires that a presented code opens something for this person.
func (j *judge) invitation() bool {
	i := j.Evidence.Invitation
	switch {
	case i == nil && !j.Evidence.BadInvite:
		return true
	case i != nil && i.Person == j.person().ID && i.Open(j.now):
		j.applies(RuleInvitationGood)
		return true
	default:
		j.applies(RuleInvitationBad)
		j.deny(ReasonInvitation)
		return false
	}
}

type hasFactor int

const (
	noFactor hasFactor = iota
	suspendedFactor
	factorElsewhere // some, but none that this door can ask for
	someFactor
)

func (j *judge) factors() hasFactor {
	has := noFactor
	for _, f := range j.Record.Factors {
		switch {
		case f.Usable() && canAsk(j.Client, f.Kind):
			return someFactor
		case f.Usable():
			has = factorElsewhere
		case f.Suspended && has == noFactor:
			has = suspendedFactor
		}
	}
	return has
}

// canAsk reports whether people can be asked for a factor of this kind at a
// client: a passkey answers to a browser only.
func canAsk(c policy.Client, k factor.Kind) bool { return k != factor.Passkey || c.Browser }

// secondFactor: a person with a factor is always asked.
func (j *judge) secondFactor() {
	codes := j.Record.Standing.Codes
	if j.Evidence.Code.Finding == CodeAbsent && j.bypass() {
		return
	}
	if codes.Locked(j.now) {
		j.applies(RuleCodeLocked)
		j.codeLocked(codes.UntilReset())
		return
	}
	if j.Client.Browser && j.Evidence.Passkey.Finding != PasskeyAbsent {
		j.passkey()
		return
	}
	switch j.Evidence.Code.Finding {
	case CodeRight:
		j.codeRight()
	case CodeAbsent:
		j.codeAbsent()
	default:
		j.codeWrong()
	}
}

// bypass lets in with what an administrator granted in place of the second
// factor: once, and only at the client it was granted for.
func (j *judge) bypass() bool {
	b := policy.BypassAt(j.Client, j.Record.Requirements, j.now)
	if b == nil {
		return false
	}
	j.applies(RuleBypass)
	j.out.effects.bypassed = b.Period
	j.allow(ReasonBypass)
	return true
}

func (j *judge) codeLocked(untilReset bool) {
	reason := ReasonCodeLocked
	if untilReset {
		reason = ReasonCodeLockedReset
	}
	if j.Answering { // they were let to the prompt: it is no news that the password was right
		j.turnAwayTelling(reason, MessageLockedUntil)
		return
	}
	j.turnAway(reason)
}

func (j *judge) codeRight() {
	ev := j.Evidence.Code
	method, reason := factor.MethodTOTP, ReasonCodeRight
	if ev.Kind == factor.Recovery {
		j.applies(RuleRecoveryRight)
		method, reason = factor.MethodRecoveryCode, ReasonRecoveryRight
	} else {
		j.applies(RuleCodeRight)
	}
	j.out.effects.codeRight = true
	j.out.effects.burn = &ev
	j.allow(reason, method)
	if j.out.Outcome == Allow {
		j.out.Proof.Factor = ev.Factor
	}
}

func (j *judge) codeAbsent() {
	if !j.Client.CanPrompt() {
		j.applies(RuleCodeMissing)
		j.deny(ReasonCodeMissing)
		return
	}
	j.applies(RuleCodeAsked)
	j.ask(challenge.SignIn, MessageAskCode, ReasonCodeNeeded, 0)
}

// codeWrong counts the failure, and gives another try where the first factor
// was proven to us and tries are left.
func (j *judge) codeWrong() {
	reason := ReasonCodeWrong
	switch j.Evidence.Code.Finding {
	case CodeReused:
		j.applies(RuleCodeReused)
		reason = ReasonCodeReused
	case CodeWrongStep:
		j.applies(RuleCodeWrongStep)
		reason = ReasonCodeWrongStep
	default:
		j.applies(RuleCodeWrong)
	}
	j.out.effects.codeFailed = true
	locks := j.Record.Standing.Codes.Fail(j.now).Locked(j.now)
	switch {
	case j.Client.FirstFactor == policy.FirstNone:
		j.turnAwayOrAsk(reason, locks)
	case locks:
		j.applies(RuleCodeLocked)
		j.denyTelling(reason, MessageLockedUntil)
	case j.Client.CanPrompt() && j.wrong() < challenge.MaxWrong:
		j.ask(challenge.SignIn, MessageWrongCode, reason, 1)
	default:
		j.deny(reason)
	}
}

// wrong is the number of wrong codes in this attempt, with this one.
func (j *judge) wrong() int {
	if j.Answering {
		return j.Challenge.Wrong + 1
	}
	return 1
}

// turnAwayOrAsk answers a wrong code where the client has checked the
// password: from outside it looks as if nobody were there.
func (j *judge) turnAwayOrAsk(reason Reason, locks bool) {
	if j.Answering && j.Client.CanPrompt() && !locks && j.wrong() < challenge.MaxWrong {
		j.ask(challenge.SignIn, MessageWrongCode, reason, 1)
		return
	}
	j.turnAway(reason)
}

// turnAway refuses. Where the client has checked the password and shows
// prompts, whoever cannot get in is asked the same questions as everybody
// else, or the questions would tell who exists.
func (j *judge) turnAway(reason Reason) {
	if j.Client.FirstFactor != policy.FirstNone || !j.Client.CanPrompt() || j.Nameless {
		j.deny(reason)
		return
	}
	given := j.Evidence.Code.Finding != CodeAbsent
	switch {
	case !j.Answering && !given:
		j.ask(challenge.Decoy, MessageAskCode, ReasonNobodyThere, 0)
	case j.Answering && given && j.wrong() < challenge.MaxWrong:
		j.ask(challenge.Decoy, MessageWrongCode, ReasonNobodyThere, 1)
	case j.Answering && !given:
		j.ask(challenge.Decoy, MessageAskCode, ReasonNobodyThere, 0)
	default:
		j.deny(reason)
	}
}

// turnAwayTelling refuses, and on our own pages says why to somebody who has
// proven the password.
func (j *judge) turnAwayTelling(reason Reason, message Message) {
	j.turnAway(reason)
	if j.out.Outcome == Deny && j.Client.Browser {
		j.out.Message = message
	}
}

func (j *judge) whyUnknown() Reason {
	if j.NameBad != "" {
		return j.NameBad
	}
	return ReasonUnknownUser
}

// whyDecoy says for the log why nobody could have answered a decoy.
func (j *judge) whyDecoy() Reason {
	p := j.person()
	switch {
	case p == nil:
		return j.whyUnknown()
	case p.Disabled:
		return ReasonDisabled
	case j.barred() != "":
		return j.barred()
	case j.factors() != someFactor:
		return ReasonNotEnrolled
	case j.Record.Standing.Codes.Locked(j.now):
		return ReasonCodeLocked
	default:
		return ReasonTooManyOpen
	}
}
