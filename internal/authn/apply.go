package authn

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// apply turns a judgement into what is written, and gives the decision its
// keys: handle, invitation code, log entry.
func (e *Engine) apply(f Facts, j judgement, now time.Time) (Change, Decision) {
	d, eff := j.Decision, j.effects
	c := Change{Record: f.Record, Spend: eff.spend, Postpone: eff.postponed, Bypass: eff.bypassed}
	if f.Record != nil {
		c.Standing = nextStanding(f, eff, now)
		if eff.passwordRight {
			c.Rehash = f.Evidence.NewHash
		}
	}
	if b := eff.burn; b != nil && b.Left != nil {
		c.Left = &LeftSecret{Factor: b.Factor, Sealed: b.Left}
	}
	if b := eff.burn; b != nil && b.Kind == factor.Recovery {
		c.Mail = append(c.Mail, e.message(notify.RecoveryUsed, f, now, nil))
	}
	if eff.open != nil {
		e.open(f, &j, &c, &d, now)
	}
	if eff.mailLink {
		e.mailLink(f, &c, now)
	}
	if eff.mailHint {
		c.LinkMailedAt = now
		c.Mail = append(c.Mail, e.message(notify.AuthenticatorNeeded, f, now, nil))
	}
	if eff.ends {
		s := e.signIn(f, d, now)
		c.SignIn, c.Standing.SignIn, d.SignIn = &s, s.ID, s.ID
	}
	return c, d
}

func nextStanding(f Facts, eff effects, now time.Time) Standing {
	s := f.Record.Standing
	source := f.Source.String()
	switch {
	case eff.passwordFailed:
		s.Passwords = s.Passwords.Fail(source, now)
	case eff.passwordRight:
		s.Passwords, _ = s.Passwords.Succeed(source, now)
	}
	switch {
	case eff.codeFailed:
		s.Codes = s.Codes.Fail(now)
	case eff.codeRight:
		s.Codes = s.Codes.Succeed()
	}
	if b := eff.burn; b != nil {
		s.Spent = spend(s.Spent, factor.Spent{Factor: b.Factor, Step: b.Step, At: now})
	}
	return s
}

// spentUpTo returns the last used step of a factor, -1 if none is used.
func spentUpTo(spent []factor.Spent, f id.ID) int64 {
	last := int64(-1)
	for _, s := range spent {
		if s.Factor == f {
			last = s.Step
		}
	}
	return last
}

// spend returns spent with n in the place of its factor; the old slice is
// shared and stays as it is.
func spend(spent []factor.Spent, n factor.Spent) []factor.Spent {
	spent = slices.Clone(spent)
	for i := range spent {
		if spent[i].Factor == n.Factor {
			n.Step = max(n.Step, spent[i].Step)
			spent[i] = n
			return spent
		}
	}
	return append(spent, n)
}

// open gives the next question its handle and, at a door that shows one, the
// invitation for the short address.
func (e *Engine) open(f Facts, j *judgement, c *Change, d *Decision, now time.Time) {
	q := *j.effects.open
	if j.effects.newAttempt {
		q.Attempt = e.IDs.Next(now)
	}
	d.Handle = e.newHandle(f)
	q.Hash = HashHandle(e.Keys, d.Handle)
	c.Put = &q
	d.Prompts = e.prompts(f.Client, f.Record, d.Handle, q)
	if j.effects.invite {
		code := enrollment.DeriveCode(e.Keys, q.Attempt)
		d.Invite.Code, d.Invite.Until = code, q.ExpiresAt
		if j.effects.newAttempt {
			inv := enrollment.Invitation{
				ID: e.IDs.Next(now), Code: enrollment.HashCode(e.Keys, code), Person: q.Person, Origin: enrollment.FromDoor,
				Attempt: q.Attempt, Client: q.Client, Source: q.Source, CreatedAt: now, ExpiresAt: q.ExpiresAt,
			}
			q.Invitation = inv.ID
			c.Invite = &inv
		}
	}
}

// mailLink writes an invitation that goes to the person's mailbox.
func (e *Engine) mailLink(f Facts, c *Change, now time.Time) {
	inv := enrollment.Invitation{
		ID: e.IDs.Next(now), Person: f.person().ID, Origin: enrollment.FromMail,
		Client: f.Client.Name, Source: f.Source.String(), CreatedAt: now, ExpiresAt: now.Add(enrollment.LinkLifetime),
	}
	code := enrollment.DeriveCode(e.Keys, inv.ID)
	inv.Code = enrollment.HashCode(e.Keys, code)
	c.Invite, c.LinkMailedAt = &inv, now
	shown := enrollment.FormatCode(code.Reveal())
	c.Mail = append(c.Mail, e.message(notify.EnrollLink, f, now, map[string]string{
		"code": shown, "url": e.EnrollURL + "#" + shown, "until": inv.ExpiresAt.UTC().Format(time.RFC3339),
	}))
}

func (e *Engine) message(kind notify.Kind, f Facts, now time.Time, data map[string]string) notify.Message {
	if data == nil {
		data = map[string]string{}
	}
	data["client"], data["address"], data["at"] = f.Client.Name, f.Source.String(), now.UTC().Format(time.RFC3339)
	return notify.Message{ID: e.IDs.Next(now), Kind: kind, Person: f.person().ID, Data: data}
}

func (e *Engine) signIn(f Facts, d Decision, now time.Time) audit.SignIn {
	s := audit.SignIn{
		ID: e.IDs.Next(now), Username: f.Username, Door: f.Door, Client: f.Client.Name, Source: f.Source.String(),
		Result: audit.Denied, Reason: string(d.Reason), Method: methods(d.Proof), Trace: traced(d.Trace), Once: f.Once,
	}
	if d.Outcome == Allow {
		s.Result = audit.Allowed
	}
	if f.Record != nil {
		s.Person, s.Previous = f.Record.Person.ID, f.Record.Standing.SignIn
	}
	return s
}

func methods(p factor.Proof) string {
	switch len(p.Methods) {
	case 0:
		return ""
	case 1:
		return string(p.Methods[0])
	}
	return string(p.Methods[0]) + "+" + string(p.Methods[1])
}

func traced(rules []Rule) string {
	n := len(rules)
	for _, r := range rules {
		n += len(r)
	}
	var b strings.Builder
	b.Grow(n)
	for i, r := range rules {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(r))
	}
	return b.String()
}

// askAgain rebuilds the question that this very request got before.
func (e *Engine) askAgain(f Facts, c *challenge.Challenge, now time.Time) Decision {
	d := Decision{
		Outcome: Ask, Handle: e.newHandle(f), Until: c.ExpiresAt, Person: c.Person,
		Reason: ReasonCodeNeeded, Message: MessageAskCode, Trace: []Rule{RuleRetransmission},
	}
	if c.Password {
		d.Language = f.Record.Person.Language
	}
	switch {
	case c.Purpose == challenge.GoOn:
		owes := policy.Standing(f.Client, f.Record.Requirements, f.Record.Factors, now)
		_, over := timeOver(f.Record, f.OnlyAdministrator, now)
		d.Reason, d.Message = ReasonMayGoOn, goOnMessage(f.Record.Person, over)
		d.Invite = inviteIn(owes, now)
		d.Invite.MayPostpone = true
	case c.Purpose == challenge.Enroll:
		d.Outcome, d.Reason, d.Message = Enroll, ReasonMustEnroll, MessageEnroll
		owes := policy.Standing(f.Client, f.Record.Requirements, f.Record.Factors, now)
		d.Invite = inviteIn(owes, now)
		d.Invite.Code, d.Invite.Until, d.Invite.MayPostpone = enrollment.DeriveCode(e.Keys, c.Attempt), c.ExpiresAt, false
		if policy.WithoutFactor(mode(f.Client, f.Record.Person), owes) == policy.EnrollOrGoOn {
			d.Reason, d.Message = ReasonMayEnroll, MessagePostpone
			d.Invite.MayPostpone = true
		}
	case c.Wrong > 0:
		d.Message = MessageWrongCode
	}
	return d
}

// answered rebuilds the decision that a log entry recorded, with the words that
// a door without pages showed then: a restart in between changes no octet.
func answered(f Facts, s audit.SignIn) Decision {
	d := Decision{
		Outcome: Deny, Person: s.Person, SignIn: s.ID, Reason: Reason(s.Reason),
		Message: MessageRefused, Trace: []Rule{RuleRetransmission},
	}
	if s.Result != audit.Allowed {
		d.Message, d.Language = toldBefore(f, s)
		return d
	}
	d.Outcome, d.Message = Allow, MessageNone
	d.Proof.At = s.At()
	for m := range strings.SplitSeq(s.Method, "+") {
		if m != "" {
			d.Proof.Methods = append(d.Proof.Methods, factor.Method(m))
		}
	}
	return d
}

// toldBefore returns what a refusal said, and in whose language; see
// judge.deny, judge.tellAtPrompt and judge.refusedByDirectory.
func toldBefore(f Facts, s audit.SignIn) (m Message, language string) {
	applied := func(r Rule) bool { return slices.Contains(strings.Fields(s.Trace), string(r)) }
	shows := f.Client.FirstFactor == policy.FirstDirectory && f.Client.CanPrompt()
	switch {
	case shows && Reason(s.Reason) == ReasonPeriodOver:
		return MessageExpired, f.Record.Person.Language
	case shows && Reason(s.Reason) == ReasonNeedsInvitation:
		return linkMessage(f.Record.Person), f.Record.Person.Language
	case shows && (applied(RuleDirectoryBars) || applied(RuleUnknown)) && toldOfDirectory(Reason(s.Reason)) != MessageNone:
		return toldOfDirectory(Reason(s.Reason)), ""
	case f.Client.FirstFactor == policy.FirstDirectory && applied(RuleFirstBefore):
		return MessageRefused, f.Record.Person.Language
	default:
		return MessageRefused, ""
	}
}
