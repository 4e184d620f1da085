package authn

import (
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

func (j *judge) applies(r Rule) { j.out.Trace = append(j.out.Trace, r) }

// deny ends the attempt with the neutral text. Before a prompt was reached it
// is in nobody's language: that too would tell a guesser something.
func (j *judge) deny(reason Reason) {
	j.out.Outcome, j.out.Reason, j.out.Message = Deny, reason, MessageRefused
	if !j.Answering {
		j.out.Language = ""
	}
	j.end()
}

// denyTelling ends the attempt; our own pages may say why.
func (j *judge) denyTelling(reason Reason, message Message) {
	j.deny(reason)
	if j.Client.Browser {
		j.out.Message = message
	}
}

// allow ends the attempt well, if the person's directory has nothing against
// them as of now: what is remembered of it lets nobody in.
func (j *judge) allow(reason Reason, second ...factor.Method) {
	if !j.cleared() {
		j.undecided()
		return
	}
	j.out.Outcome, j.out.Reason, j.out.Message = Allow, reason, MessageNone
	j.out.Person = j.person().ID
	j.out.Proof.At = j.now
	if j.Client.FirstFactor == policy.FirstDirectory && !j.Nameless {
		j.out.Proof.Methods = append(j.out.Proof.Methods, factor.MethodPassword)
	}
	j.out.Proof.Methods = append(j.out.Proof.Methods, second...)
	j.end()
}

// end spends the question that was answered. A question that was not this
// person's to answer stays open.
func (j *judge) end() {
	j.out.effects.ends = true
	if j.Challenge != nil && j.out.Reason != ReasonStateForeign {
		j.out.effects.spend = append(j.out.effects.spend, *j.Challenge)
	}
}

// ask puts a question: the next round of the attempt, or a new attempt. It
// refuses when there are too many of either.
func (j *judge) ask(purpose challenge.Purpose, message Message, reason Reason, wrong int) {
	var next challenge.Challenge
	if j.Answering {
		if j.Challenge.Round >= challenge.MaxRounds {
			j.applies(RuleTooManyRounds)
			j.deny(ReasonTooManyRounds)
			return
		}
		next = j.Challenge.Next(j.Once)
		j.out.effects.spend = append(j.out.effects.spend, *j.Challenge)
	} else {
		next = j.newAttempt()
		if purpose != challenge.Decoy && !j.roomFor(next) {
			j.applies(RuleTooManyOpen)
			j.out.effects.newAttempt = false
			j.turnAway(ReasonTooManyOpen)
			return
		}
	}
	next.Purpose = purpose
	next.Wrong += wrong
	if purpose == challenge.Decoy {
		next.Person = 0
	}
	lifetime := challenge.PromptLifetime
	if purpose == challenge.Enroll {
		lifetime = challenge.EnrollLifetime
		if j.Client.Browser {
			lifetime = challenge.PageLifetime
		}
	}
	if !j.Answering || next.Purpose != j.Challenge.Purpose {
		next.ExpiresAt = j.now.Add(lifetime) // rounds do not prolong an attempt
	}
	j.out.Outcome, j.out.Reason, j.out.Message = Ask, reason, message
	j.out.Until = next.ExpiresAt
	j.out.effects.open = &next
}

func (j *judge) newAttempt() challenge.Challenge {
	j.out.effects.newAttempt = true
	c := challenge.Challenge{
		Door: j.Door, Client: j.Client.Name, Username: j.Username, Key: j.Key,
		Source: j.Source.String(), Round: 1, Once: j.Once,
	}
	if p := j.person(); p != nil {
		c.Person = p.ID
		c.Password = j.out.effects.passwordRight || j.Client.Browser && j.SignedIn == p.ID
	}
	if i := j.Evidence.Invitation; i != nil {
		c.Invitation = i.ID
	}
	return c
}

// roomFor reports whether the person may have one more open attempt. Those
// that proved the password to us and those that did not have an allowance
// each: nobody without the password fills up the other. When there are enough,
// one from the same place makes room; a flood from elsewhere evicts nobody's.
func (j *judge) roomFor(next challenge.Challenge) bool {
	open, own := 0, -1
	for i, c := range j.Record.Open {
		if c.Status(j.now) != challenge.Pending || c.Password != next.Password {
			continue
		}
		open++
		if c.Door == next.Door && c.Client == next.Client && c.Source == next.Source &&
			(own < 0 || c.ExpiresAt.Before(j.Record.Open[own].ExpiresAt)) {
			own = i
		}
	}
	if open < challenge.MaxOpen {
		return true
	}
	if own < 0 || open > challenge.MaxOpen {
		return false
	}
	j.applies(RuleSupersedes)
	j.out.effects.spend = append(j.out.effects.spend, j.Record.Open[own])
	return true
}
