package authn

import (
	"slices"
	"time"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
)

// The rules for people without a factor that this client can ask for.

// unenrolled applies the table of policy.WithoutFactor.
func (j *judge) unenrolled() {
	if j.Answering && j.Challenge.Purpose == challenge.SignIn {
		j.turnAway(ReasonNotEnrolled) // the factor was removed while the prompt was open
		return
	}
	verdict := policy.WithoutFactor(j.mode(), j.owes)
	if verdict != policy.RefuseExpired && j.bypass() {
		return
	}
	switch verdict {
	case policy.PassWithout:
		if j.cameToEnroll() {
			j.mustEnroll(false)
			return
		}
		j.passWithout()
	case policy.Enroll:
		j.mustEnroll(false)
	case policy.EnrollOrGoOn:
		j.mustEnroll(true)
	case policy.RefuseExpired:
		j.periodOver()
	case policy.RefuseByClient:
		j.applies(RuleRejectByClient)
		if j.Client.FirstFactor == policy.FirstNone && !j.timeOver() {
			j.mailLink()
		}
		j.turnAway(ReasonNotEnrolled)
	default:
		j.applies(RuleNotInPeriod)
		j.turnAway(ReasonNotEnrolled)
	}
}

func (j *judge) mode() policy.Unenrolled { return mode(j.Client, j.person()) }

// mode is how a client treats this person as long as they have no factor.
func mode(c policy.Client, p *directory.Person) policy.Unenrolled {
	return c.ModeFor(p.EffectiveRole() != directory.NoRole)
}

// cameToEnroll reports whether somebody whose password would be enough on our
// own pages has come to set up a second step all the same: they are signed in
// with the password already, or present an invitation.
func (j *judge) cameToEnroll() bool {
	return j.Client.Browser && !j.Answering && (j.SignedIn != 0 || j.Evidence.Invitation != nil)
}

// periodOver refuses: nothing but an administrator opens what a period has
// closed. Whoever proved the password to us hears so, in their language, where
// a right password shows anyway.
func (j *judge) periodOver() {
	j.applies(RulePeriodOver)
	j.turnAwayTelling(ReasonPeriodOver, MessageExpired)
	j.tellAtPrompt(MessageExpired)
}

// needsLink refuses whoever has to set up a second step and cannot by the
// password alone: the way is in their mail, and they hear that.
func (j *judge) needsLink() {
	j.applies(RuleNeedsInvitation)
	j.denyTelling(ReasonNeedsInvitation, linkMessage(j.person()))
	j.tellAtPrompt(linkMessage(j.person()))
}

// linkMessage says where somebody gets a link that they need: in their mail, or
// from the help desk if no mail reaches them.
func linkMessage(p *directory.Person) Message {
	if p.Email == "" {
		return MessageNeedsHelp
	}
	return MessageNeedsLink
}

// goOnMessage says where somebody who may go on without finds the way to set up
// what is required: as linkMessage, and with the help desk if their time to do
// so is over.
func goOnMessage(p *directory.Person, timeOver bool) Message {
	if p.Email == "" || timeOver {
		return MessageGoOnHelp
	}
	return MessageGoOn
}

// tellAtPrompt says why somebody is refused who has proven the password to us,
// in their language, where a right password shows anyway.
func (j *judge) tellAtPrompt(message Message) {
	if j.out.Outcome == Deny && !j.Client.Browser && j.Client.FirstFactor == policy.FirstDirectory && j.Client.CanPrompt() {
		j.out.Message, j.out.Language = message, j.person().Language
	}
}

func (j *judge) passWithout() {
	switch stand := j.owes.Stand; {
	case stand == policy.StandExempt:
		j.applies(RuleExempt)
		j.allow(ReasonExempt)
	case stand == policy.StandPeriod:
		j.applies(RulePassInPeriod)
		j.allow(ReasonInPeriod)
	case j.mode() == policy.UnenrolledRequired:
		j.applies(RuleNotRequired)
		j.allow(ReasonNotRequired)
	default:
		j.applies(RulePassByClient)
		j.allow(ReasonClientPasses)
	}
}

// mustEnroll leads to where a second step is set up. Whoever would be refused
// there is not sent: they hear here and now that they need a link, or help.
func (j *judge) mustEnroll(mayPostpone bool) {
	may := enrollment.MayEnroll(j.person(), j.Record.Factors, j.Record.Requirements, j.Evidence.Invitation, j.now)
	switch {
	case mayPostpone && j.Answering && j.Evidence.Code.Finding == CodeAbsent:
		j.postpone()
	case j.timeOver() && mayPostpone && j.Answering:
		j.askToGoOn()
	case j.timeOver() && mayPostpone:
		j.goOn()
	case j.timeOver():
		j.periodOver()
	case j.Answering:
		j.stillWaiting(may == enrollment.May || j.Client.Browser, mayPostpone)
	case may != enrollment.May && mayPostpone:
		j.applies(RuleNeedsInvitation)
		j.mailLink()
		j.goOn() // the period lets them in; only enrolling needs more
	case may != enrollment.May:
		j.mailLink()
		j.needsLink()
	case !j.Client.CanPrompt() && mayPostpone:
		j.applies(RuleMuteClient)
		j.mailLink()
		j.postpone()
	case !j.Client.CanPrompt():
		j.applies(RuleMuteClient)
		j.mailLink()
		j.deny(ReasonNotEnrolled)
	default:
		j.showEnrollment(mayPostpone)
	}
}

// stillWaiting answers at a prompt that waits for an enrollment. An empty
// answer binds nothing and is no failure. On our own pages what the enrollment
// was begun with still counts.
func (j *judge) stillWaiting(mayEnroll, mayPostpone bool) {
	switch {
	case mayPostpone && (j.Challenge.Purpose == challenge.GoOn || !mayEnroll):
		j.mailLink()
		j.askToGoOn()
	case j.Challenge.Purpose == challenge.GoOn || !mayEnroll:
		j.mailLink()
		j.needsLink()
	default:
		j.applies(RuleStillWaiting)
		j.showEnrollment(mayPostpone)
	}
}

// timeOver reports whether nothing can be set up any more by the person: see
// the function of that name. The trace says which requirement's time is over.
func (j *judge) timeOver() bool {
	by, over := timeOver(j.Record, j.OnlyAdministrator, j.now)
	if over && !slices.Contains(j.out.Trace, RuleSetUpClosed) {
		j.applies(RuleSetUpClosed)
		j.applies(ruleOwing(by))
	}
	return over
}

// goOn is for somebody in their period who cannot set up here and now what is
// required: they go on without, but hear of it first wherever they can. Our
// own pages let them in as far as the page that says so.
func (j *judge) goOn() {
	switch {
	case j.Client.Browser:
		j.applies(RulePassInPeriod)
		j.allow(ReasonInPeriod)
	case j.Client.CanPrompt():
		j.askToGoOn()
	default:
		j.postpone()
	}
}

// askToGoOn says how many days are left, and where to look for the way to set
// up what is required, or for help where there is none any more. An empty
// answer goes on without.
func (j *judge) askToGoOn() {
	message := goOnMessage(j.person(), j.timeOver())
	j.applies(RuleMayGoOn)
	j.ask(challenge.GoOn, message, ReasonMayGoOn, 0)
	if j.out.Outcome == Ask {
		j.out.Invite = inviteIn(j.owes, j.now)
	}
}

func (j *judge) showEnrollment(mayPostpone bool) {
	message, reason := MessageEnroll, ReasonMustEnroll
	if mayPostpone {
		j.applies(RuleEnrollPostpone)
		message, reason = MessagePostpone, ReasonMayEnroll
	} else {
		j.applies(RuleEnroll)
	}
	j.ask(challenge.Enroll, message, reason, 0)
	if j.out.Outcome == Ask {
		j.out.Outcome = Enroll
		j.out.Invite = inviteIn(j.owes, j.now)
		j.out.Invite.MayPostpone = mayPostpone
		j.out.effects.invite = !j.Client.Browser
	}
}

// inviteIn says what of a period is told with the way to enroll.
func inviteIn(owes policy.Position, now time.Time) *Invite {
	i := &Invite{MayPostpone: owes.MayPostpone()}
	if owes.Stand == policy.StandPeriod {
		i.Due, i.UsedUp, i.TimesLeft = owes.By.EndsAt(now), !i.MayPostpone, max(owes.PostponeLeft, 0)
	}
	return i
}

func (j *judge) postpone() {
	j.applies(RulePostponed)
	j.out.effects.postponed = policy.Postponed(j.Client, j.Record.Requirements, j.Record.Factors, j.now)
	j.allow(ReasonPostponed)
}

// mailLink sends the way to enroll to the person's mailbox, once in a while.
func (j *judge) mailLink() {
	if !j.mailedLately() {
		j.applies(RuleLinkMailed)
		j.out.effects.mailLink = true
	}
}

func (j *judge) mailedLately() bool {
	p := j.person()
	return j.now.Sub(p.LinkMailedAt) < enrollment.MailEvery && !j.now.Before(p.LinkMailedAt)
}
