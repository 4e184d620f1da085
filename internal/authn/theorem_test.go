package authn

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// mayEnter states who may be let in, over facts alone and without a word of
// decide: the theorem that the tests hold decide to, in both directions.
func mayEnter(f Facts, now time.Time) bool {
	if f.Record == nil || f.Record.Person.Disabled {
		return false
	}
	me := f.Record.Person.ID

	// The directory that somebody comes from has nothing against them, as of now:
	// it has just said so, about nobody else.
	if o, said := f.Record.Person.Origin, f.Evidence.Directory; o.Directory != 0 &&
		(said.Answer != DirectoryClear || said.Directory != o.Directory || said.Object != o.Object) {
		return false
	}

	// An answer needs its own, open question.
	if f.Answering {
		c := f.Challenge
		if c == nil || c.Purpose == challenge.Decoy || c.Person != me || c.Door != f.Door ||
			c.Client != f.Client.Name || c.Username != f.Username || !now.Before(c.ExpiresAt) {
			return false
		}
	}

	// The first factor was proven to us, or it is the client's matter.
	switch {
	case f.Nameless:
		if f.Answering || f.SignedIn != 0 || !f.Client.Browser || f.Evidence.Passkey.Finding != PasskeyRight {
			return false
		}
	case f.Client.FirstFactor == policy.FirstNone:
	case f.Answering:
		if !f.Challenge.Password {
			return false
		}
	case f.SignedIn != 0:
		if f.SignedIn != me || !f.Client.Browser {
			return false
		}
	default:
		if f.Evidence.Password != PasswordRight {
			return false
		}
		for _, s := range f.Record.Standing.Passwords.Sources {
			if s.Name == f.Source.Peer && now.Before(s.LockedUntil) {
				return false
			}
		}
	}

	// What was presented as an invitation must be one.
	if i := f.Evidence.Invitation; f.Evidence.BadInvite ||
		i != nil && (i.Person != me || !i.SpentAt.IsZero() || !now.Before(i.ExpiresAt)) {
		return false
	}

	// Whoever has a factor that the door can ask for must have shown it, and
	// must not be locked. A passkey shows itself to a browser only.
	here, elsewhere, suspended := false, false, false
	for _, x := range f.Record.Factors {
		usable := x.Kind != factor.Recovery && !x.Suspended
		here = here || usable && (x.Kind != factor.Passkey || f.Client.Browser)
		elsewhere = elsewhere || usable
		suspended = suspended || x.Suspended
	}
	owes, postpones := owesAt(f, now)
	bypass := false
	for _, r := range f.Record.Requirements {
		bypass = bypass || r.Duty == policy.Bypass && r.Place == f.Client.Name && !f.Client.Browser && now.Before(r.Due)
	}
	if here && owes == policy.StandExpired {
		return false
	}
	if here && bypass && f.Evidence.Code.Finding == CodeAbsent {
		return true
	}
	if here {
		codes := f.Record.Standing.Codes
		return showed(f) && codes.Streak < 100 && !now.Before(codes.LockedUntil)
	}
	if f.Nameless || suspended && !elsewhere || f.Answering && f.Challenge.Purpose == challenge.SignIn {
		return false
	}

	// Whoever has none gets in only by an exemption, because nothing is required
	// of them at the portal, by the client's leave, or by going on in a period;
	// and not where they came to our own pages to enroll.
	role := f.Record.Person.Role != "" || f.Record.Person.GroupRole != ""
	comes := f.Client.Browser && !f.Answering && (f.SignedIn != 0 || f.Evidence.Invitation != nil)
	switch {
	case owes == policy.StandExpired:
		return false
	case owes == policy.StandExempt && comes:
		return false
	case owes == policy.StandExempt, bypass:
		return true
	case owes == policy.StandRequired, f.Client.FirstFactor == policy.FirstNone:
		return false
	case f.Client.Unenrolled == policy.UnenrolledPass:
		return true
	case owes == policy.StandNone && f.Client.Unenrolled == policy.UnenrolledRequired:
		return f.Client.Browser && !role && !comes
	case owes != policy.StandPeriod:
		return false
	case f.Client.Unenrolled == policy.UnenrolledPeriod:
		return true
	case f.Client.Unenrolled == policy.UnenrolledReject:
		return false
	}
	if !postpones {
		return false
	}
	switch {
	case f.Answering:
		return f.Evidence.Code.Finding == CodeAbsent // pressed OK
	case f.Client.Code == policy.CodeAppend: // nobody can press OK where no prompt is shown
		return !elsewhere || f.Evidence.Code.Finding == CodeAbsent
	}
	// Our own pages say the rest to whoever must not enroll by password alone.
	byPassword := !role && !f.Record.Person.PasswordEnrollsUntil.IsZero()
	return f.Client.Browser && !byPassword && !invitedBeyondPassword(f)
}

// owesAt states what of all that is required of the person counts at the
// client, without a word of policy: an exemption goes before everything, then
// any requirement that is not met wins, the most pressing one first.
func owesAt(f Facts, now time.Time) (owes policy.Stand, postpones bool) {
	owes, postpones = owesByClock(f, now)
	administers := f.Record.Person.Role == directory.Administrator || f.Record.Person.GroupRole == directory.Administrator
	if owes == policy.StandExpired && administers && f.OnlyAdministrator && f.Client.Browser {
		return policy.StandRequired, false // or nobody could administer
	}
	return owes, postpones
}

func owesByClock(f Facts, now time.Time) (owes policy.Stand, postpones bool) {
	owes = policy.StandNone
	postpones = true
	for _, r := range f.Record.Requirements {
		everlasting := r.Duty == policy.Exempt && r.Due.IsZero()
		ended := !now.Before(r.Due)
		if !r.PausedAt.IsZero() && r.Duty == policy.InPeriod {
			ended = !r.PausedAt.Before(r.Due)
		}
		covers := r.Place == "" || r.Place == f.Client.Name || f.Client.Browser
		met := false
		for _, x := range f.Record.Factors {
			whatever := r.Factor == "" || r.Factor == policy.WantAny
			met = met || x.Kind != factor.Recovery && !x.Suspended && (whatever || string(x.Kind) == string(r.Factor))
		}
		switch {
		case r.Held || !covers || r.Duty == policy.Bypass || r.Duty == policy.Exempt && !everlasting && ended:
		case r.Duty == policy.Exempt:
			return policy.StandExempt, false
		case met:
		case (r.Duty == policy.RequiredNow || ended) && r.Place == "" && r.Factor == policy.WantPasskey && !f.Client.Browser:
			// A passkey protects nothing here.
		case r.Duty == policy.InPeriod && ended:
			owes = policy.StandExpired
		case owes == policy.StandExpired:
		case r.Duty == policy.RequiredNow:
			owes = policy.StandRequired
		case owes != policy.StandRequired:
			owes, postpones = policy.StandPeriod, postpones && r.PostponeLeft != 0
		}
	}
	return owes, postpones
}

// showed reports whether a factor was shown: a passkey if there is any answer
// of one, else a code.
func showed(f Facts) bool {
	if f.Client.Browser && f.Evidence.Passkey.Finding != PasskeyAbsent {
		return f.Evidence.Passkey.Finding == PasskeyRight
	}
	return f.Evidence.Code.Finding == CodeRight
}

func invitedBeyondPassword(f Facts) bool {
	return f.Evidence.Invitation != nil && f.Evidence.Invitation.Origin != "door"
}

// checkTheorem is what decide must hold on any facts.
func checkTheorem(t interface {
	Fatalf(format string, args ...any)
}, f Facts, now time.Time,
) {
	j := decide(f, now)
	if got, want := j.Outcome == Allow, mayEnter(f, now); got != want {
		t.Fatalf("allowed: %v, must be %v (reason %s, trace %v)\n%+v", got, want, j.Reason, j.Trace, f)
	}
	eff := j.effects
	if eff.undecided {
		checkUndecided(t, f, j)
		return
	}
	switch j.Outcome {
	case Allow:
		if eff.codeRight != (showed(f) && j.Proof.Second()) {
			t.Fatalf("allowed, code counted as right: %v, proof %v", eff.codeRight, j.Proof)
		}
		used, step := f.Evidence.Code.Factor, f.Evidence.Code.Step
		if f.Client.Browser && f.Evidence.Passkey.Finding != PasskeyAbsent {
			used, step = f.Evidence.Passkey.Factor, f.Evidence.Passkey.Step
		}
		if j.Proof.Second() && (eff.burn == nil || eff.burn.Step != step || eff.burn.Factor != used) {
			t.Fatalf("allowed without burning the code")
		}
		if slices.Contains(j.Proof.Methods, factor.MethodPassword) && f.Nameless {
			t.Fatalf("a password that nobody typed is proven: %v", j.Proof)
		}
		if f.Answering && (len(eff.spend) != 1 || eff.spend[0] != *f.Challenge) {
			t.Fatalf("allowed without spending the question")
		}
		if (j.Reason == ReasonBypass) != (eff.bypassed != 0) || eff.bypassed != 0 && j.Proof.Second() {
			t.Fatalf("allowed, bypass used up: %v, proof %v", eff.bypassed, j.Proof)
		}
	case Ask, Enroll:
		checkQuestion(t, f, j, now)
		if j.Outcome == Enroll && slices.ContainsFunc(f.Record.Factors, factor.Factor.Usable) {
			t.Fatalf("somebody with a factor is to enroll by less than that")
		}
	case Deny:
	}
	if (j.Outcome == Allow || j.Outcome == Deny) != eff.ends {
		t.Fatalf("%v, but ends: %v", j.Outcome, eff.ends)
	}
	if j.Outcome != Allow && (eff.burn != nil || eff.codeRight || len(eff.postponed) > 0 || eff.bypassed != 0 || j.Proof.Second()) {
		t.Fatalf("%v, but something was used up or proven: %+v", j.Outcome, eff)
	}
	tellsWhy := j.Message == MessageExpired || j.Message == MessageNeedsLink || j.Message == MessageNeedsHelp
	if tellsWhy && !f.Client.Browser && !f.Answering && f.Evidence.Password != PasswordRight {
		t.Fatalf("without the right password is told where somebody stands: %s", j.Message)
	}
	if j.Outcome == Deny && !f.Answering && j.Language != "" && !tellsWhy {
		t.Fatalf("a refusal in the person's language tells that there is a person")
	}
	if j.Outcome == Deny && f.Nameless && f.Evidence.Passkey.Finding != PasskeyRight && j.Message != MessageRefused {
		t.Fatalf("whoever has proven nothing is told why: %s", j.Message)
	}
	ofDirectory := j.Message == MessageChangePassword || j.Message == MessageNotIncluded
	if ofDirectory && (f.Answering || f.Client.FirstFactor != policy.FirstDirectory || f.Evidence.Password != PasswordRight) {
		t.Fatalf("without the right password is told what a directory has against somebody: %s", j.Message)
	}
	if len(j.Trace) == 0 || j.Reason == "" {
		t.Fatalf("no trace or no reason: %+v", j.Decision)
	}
	checkCounting(t, f, j, now)
}

// checkUndecided: without a decision nothing is written and nobody let in, and
// it happens only where a directory has not said what there is to say.
func checkUndecided(t interface {
	Fatalf(format string, args ...any)
}, f Facts, j judgement,
) {
	eff := j.effects
	if j.Outcome != Deny || eff.open != nil || eff.burn != nil || eff.codeRight || eff.codeFailed || eff.passwordRight ||
		eff.passwordFailed || len(eff.postponed) > 0 || eff.bypassed != 0 || eff.mailLink || eff.ends || len(eff.spend) > 0 || j.Proof.Second() {
		t.Fatalf("nothing was decided, yet it has consequences: %+v", j)
	}
	said := f.Evidence.Directory
	if f.Record == nil || f.Evidence.Password == PasswordUnchecked {
		return
	}
	if o := f.Record.Person.Origin; o.Directory == 0 || said.Answer == DirectoryRefuses && said.Object == o.Object {
		t.Fatalf("undecided, though there is nothing to ask: %+v", f)
	}
}

// TestNoAllowIsRefusedForADirectorysSilence: who would be let in if their directory
// answered is not refused because it does not: nothing is decided.
func TestNoAllowIsRefusedForADirectorysSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		if f.Record == nil || f.Record.Person.Origin.Local() || f.Record.Person.Origin.At(testNow).Out() {
			return
		}
		answers := f
		answers.Evidence.Directory = DirectoryEvidence{Answer: DirectoryClear, Directory: 7, Object: "a1"}
		if !mayEnter(answers, testNow) {
			return
		}
		for _, silence := range []DirectoryAnswer{DirectoryNotAsked, DirectorySilent} {
			f.Evidence.Directory = DirectoryEvidence{Answer: silence}
			if j := decide(f, testNow); !j.effects.undecided {
				t.Fatalf("%v because of %s\n%+v", j.Outcome, j.Reason, f)
			}
		}
	})
}

// checkQuestion: a question asked is bound to the person and to what they
// have proven, its limits hold, and the one before it is spent.
func checkQuestion(t interface {
	Fatalf(format string, args ...any)
}, f Facts, j judgement, now time.Time,
) {
	q := j.effects.open
	if q == nil {
		t.Fatalf("asked without a question")
		return
	}
	if q.Door != f.Door || q.Client != f.Client.Name || q.Username != f.Username || q.Round > challenge.MaxRounds ||
		q.Wrong >= challenge.MaxWrong || !q.ExpiresAt.After(now) || q.ExpiresAt.Sub(now) > challenge.PageLifetime && !f.Answering {
		t.Fatalf("a question out of bounds: %+v", q)
	}
	if f.Answering && (len(j.effects.spend) != 1 || q.Round != f.Challenge.Round+1 || q.Attempt != f.Challenge.Attempt) {
		t.Fatalf("the answered question was not spent: %+v", q)
	}
	if q.Purpose == challenge.Decoy {
		if q.Person != 0 || f.Client.FirstFactor != policy.FirstNone {
			t.Fatalf("a decoy where there should be none: %+v", q)
		}
		return
	}
	if q.Person != f.Record.Person.ID || f.Record.Person.Disabled {
		t.Fatalf("a question to the wrong person: %+v", q)
	}
	if o, said := f.Record.Person.Origin, f.Evidence.Directory; o.Directory != 0 && said.Object == o.Object && said.Answer == DirectoryRefuses {
		t.Fatalf("a question to somebody whom the directory keeps out: %+v", q)
	}
	proven := f.Evidence.Password == PasswordRight && !f.Answering && f.SignedIn == 0 ||
		f.Answering && f.Challenge.Password || f.SignedIn == q.Person && f.Client.Browser
	if f.Client.FirstFactor == policy.FirstDirectory && (!proven || !q.Password) {
		t.Fatalf("a question before the first factor: %+v", q)
	}
	if !f.Answering {
		open := 0
		for _, o := range f.Record.Open {
			if now.Before(o.ExpiresAt) && o.Password == q.Password {
				open++
			}
		}
		if open-len(j.effects.spend) >= challenge.MaxOpen {
			t.Fatalf("%d questions open, one more was asked", open)
		}
	}
}

// checkCounting: a wrong guess that was looked at is counted, and so is none
// that was not.
func checkCounting(t interface {
	Fatalf(format string, args ...any)
}, f Facts, j judgement, now time.Time,
) {
	eff := j.effects
	if eff.passwordFailed && (f.Answering || f.Evidence.Password != PasswordWrong) {
		t.Fatalf("a password was counted that nobody typed wrong")
	}
	if j.Reason == ReasonPasswordWrong && f.Record != nil && !f.Answering && !eff.passwordFailed {
		t.Fatalf("a wrong password was not counted")
	}
	wrong := f.Evidence.Code.Finding >= CodeWrong && f.Evidence.Code.Finding <= CodeWrongStep
	if eff.codeFailed && f.Client.Browser && f.Evidence.Passkey.Finding != PasskeyAbsent {
		t.Fatalf("a passkey was counted, which nobody can guess")
	}
	if eff.codeFailed && !wrong {
		t.Fatalf("a code was counted that was not wrong")
	}
	if eff.codeFailed && f.Record.Standing.Codes.Locked(now) {
		t.Fatalf("a code was looked at behind the lock")
	}
	if (j.Reason == ReasonCodeWrong || j.Reason == ReasonCodeReused || j.Reason == ReasonCodeWrongStep) && !eff.codeFailed {
		t.Fatalf("a wrong code was not counted")
	}
}

func TestNoAllowWithoutWhatPolicyRequires(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkTheorem(t, drawFacts(t), testNow) })
}

func FuzzNoAllowWithoutWhatPolicyRequires(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { checkTheorem(t, drawFacts(t), testNow) }))
}

func TestTheZeroDecisionDenies(t *testing.T) {
	if (Decision{}).Outcome != Deny || decide(Facts{}, testNow).Outcome != Deny {
		t.Error("nothing known, yet not denied")
	}
}

// TestRefusalsLookAlike: where the client has checked the password, everyone
// who cannot get in gets what a person with a wrong code gets.
func TestRefusalsLookAlike(t *testing.T) {
	type seen struct {
		Outcome  Outcome
		Message  Message
		Language string
	}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		f.Client = policy.Client{Name: "vpn", FirstFactor: policy.FirstNone, Code: f.Client.Code, Unenrolled: policy.UnenrolledReject}
		f.SignedIn, f.Evidence.Invitation, f.Evidence.BadInvite = 0, nil, false
		f.Nameless, f.Evidence.Passkey = false, PasskeyEvidence{} // this door has none
		if f.Challenge != nil && f.Challenge.Client != "another client" {
			f.Challenge.Client = "vpn"
		}
		if f.Answering && f.Challenge == nil || mayEnter(f, testNow) {
			return
		}
		stranger := f
		stranger.Record = nil
		if f.Answering {
			c := *f.Challenge
			if c.Person == 1 {
				c.Person, c.Purpose = 0, challenge.Decoy
			}
			if f.Record == nil && f.Challenge.Purpose != challenge.Decoy || f.Challenge.Person == 2 {
				return // a question to a person who is gone
			}
			if f.Challenge.Purpose == challenge.Enroll {
				return // no such question at a client of this kind
			}
			stranger.Challenge = &c
		}
		a, b := decide(f, testNow), decide(stranger, testNow)
		if a.effects.undecided {
			return // they have shown a right code
		}
		if f.Evidence.Code.Finding == CodeRight { // a stranger's code is never right
			stranger.Evidence.Code.Finding = CodeWrong
			b = decide(stranger, testNow)
		}
		sa, sb := seen{a.Outcome, a.Message, a.Language}, seen{b.Outcome, b.Message, b.Language}
		if sa != sb {
			t.Fatalf("a person sees %+v (%s), a stranger %+v (%s)\n%+v", sa, a.Reason, sb, b.Reason, f)
		}
	})
}
