package authn

// withoutEntering is a judgement for somebody who shows a right password to ask
// for help, and comes in nowhere: it says who they are, counts the password as
// any attempt does, and neither lets in nor asks, spends, postpones or mails
// anything. Where the password proves nothing the judgement stays as it is.
func (j judgement) withoutEntering() judgement {
	if j.effects.undecided || j.Person == 0 {
		return j
	}
	return judgement{
		Decision: Decision{
			Outcome: Deny, Reason: ReasonAskedForHelp, Message: MessageRefused, Person: j.Person,
			Trace: append(j.Trace, RuleProvesOnly),
		},
		effects: effects{passwordFailed: j.effects.passwordFailed, passwordRight: j.effects.passwordRight, ends: true},
	}
}
