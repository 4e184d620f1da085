package authn

import (
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// passkeyAlone requires of a passkey in place of name and password that it
// proves both factors. Nobody learns why it does not: whoever asks has proven
// nothing.
func (j *judge) passkeyAlone() bool {
	if !j.Client.Browser || j.Answering || j.SignedIn != 0 || j.Evidence.Passkey.Finding != PasskeyRight || j.factors() != someFactor {
		j.applies(RulePasskeyRefused)
		j.deny(j.whyPasskey())
		return false
	}
	j.applies(RuleFirstByPasskey)
	return true
}

// passkey judges the answer of a passkey. It cannot be guessed, so one that
// proves nothing counts towards no lock; it ends the attempt.
func (j *judge) passkey() {
	ev := j.Evidence.Passkey
	if ev.Finding != PasskeyRight {
		j.applies(RulePasskeyRefused)
		j.denyTelling(j.whyPasskey(), MessagePasskey)
		return
	}
	j.applies(RulePasskeyRight)
	j.out.effects.codeRight = true
	j.out.effects.burn = &CodeEvidence{Finding: CodeRight, Kind: factor.Passkey, Factor: ev.Factor, Step: ev.Step, Left: ev.Sealed}
	if j.Nameless {
		j.allow(ReasonPasskeyRight, ev.Method, factor.MethodMultiFactor)
	} else {
		j.allow(ReasonPasskeyRight, ev.Method)
	}
	if j.out.Outcome == Allow {
		j.out.Proof.Factor = ev.Factor
	}
}

func (j *judge) whyPasskey() Reason {
	switch j.Evidence.Passkey.Finding {
	case PasskeyReused:
		return ReasonPasskeyReused
	case PasskeyCopied:
		return ReasonPasskeyCopied
	case PasskeyAlone:
		return ReasonPasskeyAlone
	default:
		return ReasonPasskeyRefused
	}
}

// elsewhere decides on a person who has a factor, but none that this door can
// ask for. It goes as for people without one (policy.WithoutFactor), but that
// nobody enrolls here: a thief of the password must not get a factor of their
// own past the one there is. Who cannot get in is told by mail to set up an
// authenticator, on pages that do ask for the passkey; or here that the time to
// do so is over.
func (j *judge) elsewhere() {
	if j.Answering && j.Challenge.Purpose == challenge.SignIn {
		j.turnAway(ReasonFactorElsewhere) // the other factor was removed while the prompt was open
		return
	}
	verdict := policy.WithoutFactor(j.mode(), j.owes)
	if verdict != policy.RefuseExpired && j.bypass() {
		return
	}
	switch verdict {
	case policy.PassWithout:
		j.passWithout()
		return
	case policy.RefuseExpired:
		j.periodOver()
		return
	case policy.EnrollOrGoOn:
		switch {
		case j.Evidence.Code.Finding != CodeAbsent: // nothing here could have made that code
		case j.Answering:
			j.postpone()
			return
		default:
			if !j.timeOver() {
				j.mailHint()
			}
			j.goOn()
			return
		}
	case policy.Refuse, policy.Enroll, policy.RefuseByClient:
	}
	if j.timeOver() {
		j.periodOver()
		return
	}
	j.mailHint()
	j.turnAway(ReasonFactorElsewhere)
}

// mailHint tells how to get a factor that this door can ask for, as seldom as
// mailLink.
func (j *judge) mailHint() {
	if !j.mailedLately() {
		j.applies(RuleHintMailed)
		j.out.effects.mailHint = true
	}
}
