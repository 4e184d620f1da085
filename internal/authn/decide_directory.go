package authn

import "example.com/muster/internal/policy"

// The rules about people who come from a directory.

// checksPassword reports whether this attempt begins with a password that is
// checked by us.
func (j *judge) checksPassword() bool {
	return !j.Answering && !j.Nameless && j.SignedIn == 0 && j.Client.FirstFactor == policy.FirstDirectory
}

// bars returns why the person's directory has just said that it keeps them
// out; "" if it has not.
func (j *judge) bars() Reason {
	if d := j.Evidence.Directory; d.Answer == DirectoryRefuses && !j.person().Origin.Local() && d.about(j.person()) {
		return d.Why
	}
	return ""
}

// barred says why the directory keeps the person out, where no password is
// checked that it will say itself. What it has just said counts more than what
// the record remembers.
func (j *judge) barred() Reason {
	p := j.person()
	d := j.Evidence.Directory
	switch {
	case p.Origin.Local(), j.checksPassword(), d.Answer == DirectoryClear && d.about(p):
		return ""
	case j.bars() != "":
		return j.bars()
	}
	if b := p.Origin.At(j.now); b.Out() {
		return barredReason(b)
	}
	return ""
}

// provenHere reports whether what is known of the password is about this
// person: for somebody of a directory, that it comes from their entry there.
func (j *judge) provenHere() bool {
	p := j.person()
	return p.Origin.Local() || j.Evidence.Password == PasswordAbsent || j.Evidence.Directory.about(p)
}

// cleared reports whether the person's directory, if they have one, has
// nothing against them as of now.
func (j *judge) cleared() bool {
	p := j.person()
	if p.Origin.Local() {
		return true
	}
	d := j.Evidence.Directory
	if d.Answer != DirectoryClear || !d.about(p) {
		return false
	}
	j.applies(RuleDirectoryClear)
	return true
}

// undecided ends without a decision: nothing is written, and whoever asked
// hears that we could not decide.
func (j *judge) undecided() {
	j.applies(RuleDirectorySilent)
	j.out.Outcome, j.out.Reason, j.out.Message = Deny, ReasonDirectorySilent, MessageRefused
	j.out.Person, j.out.Language = 0, ""
	j.out.effects = effects{undecided: true}
}

// refusedByDirectory refuses somebody whose password is right. What they can do
// about it is told only where a right password shows anyway.
func (j *judge) refusedByDirectory(why Reason) {
	j.deny(why)
	if told := toldOfDirectory(why); told != MessageNone && j.Client.CanPrompt() {
		j.out.Message = told
	}
}

// refusedUnrecorded refuses whoever has no record. Who is in a directory and has
// proven the password there is told the same as somebody who has one.
func (j *judge) refusedUnrecorded() {
	why := j.whyUnknown()
	j.turnAway(why)
	if told := toldOfDirectory(why); told != MessageNone && j.checksPassword() && j.Evidence.Password == PasswordRight && j.Client.CanPrompt() {
		j.out.Message = told
	}
}

// toldOfDirectory is what a person may know of why they are refused.
func toldOfDirectory(why Reason) Message {
	switch why {
	case ReasonPasswordChange, ReasonPasswordExpired:
		return MessageChangePassword
	case ReasonOutOfScope:
		return MessageNotIncluded
	default:
		return MessageNone
	}
}

// whyWrong says what the directory had to say of a password that it refused.
func (j *judge) whyWrong() Reason {
	if why := j.bars(); why != "" {
		return why
	}
	return ReasonPasswordWrong
}
