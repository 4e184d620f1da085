package authn

import (
	"testing"
	"time"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// How far a requirement of the tests here has come.
const (
	required = "now"
	runs     = "runs"
	usedUp   = "used up"
	over     = "over"
)

func requirement(wanted policy.Wanted, how, place string) policy.Requirement {
	r := policy.Requirement{Period: 70, Duty: policy.InPeriod, Factor: wanted, Place: place, Due: testNow.Add(72 * time.Hour), PostponeLeft: -1}
	switch how {
	case required:
		r.Duty, r.Due = policy.RequiredNow, time.Time{}
	case usedUp:
		r.PostponeLeft = 0
	case over:
		r.Due = testNow
	}
	return r
}

// at is somebody who has typed the right password at a VPN.
func at(mode policy.Unenrolled, code policy.CodePlace, requirements ...policy.Requirement) Facts {
	return Facts{
		Client: policy.Client{Name: "vpn", FirstFactor: policy.FirstDirectory, Code: code, Unenrolled: mode},
		Door:   DoorRADIUS, Username: "alice", Key: "alice",
		Record: &Record{
			Person:       &directory.Person{ID: 1, Username: "alice", Key: "alice", Email: "alice@example.com", PasswordEnrollsUntil: testNow.Add(time.Hour)},
			Requirements: requirements,
		},
		Evidence: Evidence{Password: PasswordRight},
	}
}

// TestWhatADoorSaysOfATimeThatIsOver: whoever may enroll nothing any more hears
// so at once, at doors that what is over does not cover, too.
func TestWhatADoorSaysOfATimeThatIsOver(t *testing.T) {
	const totp, key, wifi = policy.WantTOTP, policy.WantPasskey, "wifi"
	enroll, prompt := policy.UnenrolledEnroll, policy.CodeChallenge
	role, late := func(f *Facts) { f.Record.Person.Role = directory.Administrator }, func(f *Facts) {
		f.Record.Person.PasswordEnrollsUntil = testNow.Add(-time.Hour)
	}
	noMail := func(f *Facts) { role(f); f.Record.Person.Email = "" }
	for name, tc := range map[string]struct {
		facts   Facts
		also    func(*Facts)
		reason  Reason
		message Message
		link    bool // is mailed
	}{
		"over at another client":               {facts: at(enroll, prompt, requirement(totp, over, wifi)), reason: ReasonPeriodOver, message: MessageExpired},
		"over at the portal":                   {facts: at(enroll, prompt, requirement(totp, over, "portal")), reason: ReasonPeriodOver, message: MessageExpired},
		"over elsewhere, no prompt":            {facts: at(enroll, policy.CodeAppend, requirement(totp, over, wifi)), reason: ReasonPeriodOver, message: MessageRefused},
		"over elsewhere, the client rejects":   {facts: at(policy.UnenrolledReject, prompt, requirement(totp, over, wifi)), reason: ReasonNotEnrolled, message: MessageRefused},
		"over elsewhere, the client passes":    {facts: at(policy.UnenrolledPass, prompt, requirement(totp, over, wifi)), reason: ReasonClientPasses},
		"over elsewhere, running here":         {facts: at(enroll, prompt, requirement(totp, over, wifi), requirement(totp, runs, "vpn")), reason: ReasonMayGoOn, message: MessageGoOnHelp},
		"the same, put off often enough":       {facts: at(enroll, prompt, requirement(totp, over, wifi), requirement(totp, usedUp, "vpn")), reason: ReasonPeriodOver, message: MessageExpired},
		"the same, no prompt":                  {facts: at(enroll, policy.CodeAppend, requirement(totp, over, wifi), requirement(totp, runs, "vpn")), reason: ReasonPostponed},
		"over elsewhere, required now here":    {facts: at(enroll, prompt, requirement(totp, over, wifi), requirement(totp, required, "vpn")), reason: ReasonPeriodOver, message: MessageExpired},
		"a passkey, over":                      {facts: at(enroll, prompt, requirement(key, over, "")), reason: ReasonPeriodOver, message: MessageExpired},
		"a passkey, over, the client passes":   {facts: at(policy.UnenrolledPass, prompt, requirement(key, over, "")), reason: ReasonClientPasses},
		"a passkey, over at the client":        {facts: at(policy.UnenrolledPass, prompt, requirement(key, over, "vpn")), reason: ReasonPeriodOver, message: MessageExpired},
		"a passkey, still running":             {facts: at(enroll, prompt, requirement(key, runs, "")), reason: ReasonMayEnroll, message: MessagePostpone},
		"a passkey now":                        {facts: at(enroll, prompt, requirement(key, required, "")), reason: ReasonMustEnroll, message: MessageEnroll},
		"a passkey now, the client passes":     {facts: at(policy.UnenrolledPass, prompt, requirement(key, required, "")), reason: ReasonClientPasses},
		"a passkey now at it, it would pass":   {facts: at(policy.UnenrolledPass, prompt, requirement(key, required, "vpn")), reason: ReasonMustEnroll, message: MessageEnroll},
		"an app now, it would pass":            {facts: at(policy.UnenrolledPass, prompt, requirement(totp, required, "")), reason: ReasonMustEnroll, message: MessageEnroll},
		"a passkey now, days for an app":       {facts: at(enroll, prompt, requirement(key, required, ""), requirement(totp, runs, "")), reason: ReasonMayEnroll, message: MessagePostpone},
		"a passkey now here, days for an app":  {facts: at(enroll, prompt, requirement(key, required, "vpn"), requirement(totp, runs, "")), reason: ReasonMustEnroll, message: MessageEnroll},
		"days for an app, put off enough":      {facts: at(enroll, prompt, requirement(totp, usedUp, "")), reason: ReasonMustEnroll, message: MessageEnroll},
		"the same, and only by a link":         {facts: at(enroll, prompt, requirement(totp, usedUp, "")), also: role, reason: ReasonNeedsInvitation, message: MessageNeedsLink, link: true},
		"nothing is required, only by a link":  {facts: at(enroll, prompt), also: late, reason: ReasonNeedsInvitation, message: MessageNeedsLink, link: true},
		"days for an app, only by a link":      {facts: at(enroll, prompt, requirement(totp, runs, "")), also: role, reason: ReasonMayGoOn, message: MessageGoOn, link: true},
		"only by a link, and no address":       {facts: at(enroll, prompt, requirement(totp, usedUp, "")), also: noMail, reason: ReasonNeedsInvitation, message: MessageNeedsHelp, link: true},
		"days, only by a link, no address":     {facts: at(enroll, prompt, requirement(totp, runs, "")), also: noMail, reason: ReasonMayGoOn, message: MessageGoOnHelp, link: true},
		"over elsewhere, an administrator":     {facts: at(enroll, prompt, requirement(totp, over, wifi)), also: role, reason: ReasonPeriodOver, message: MessageExpired},
		"over elsewhere, the only one":         {facts: at(enroll, prompt, requirement(totp, over, wifi)), also: func(f *Facts) { role(f); f.OnlyAdministrator = true }, reason: ReasonNeedsInvitation, message: MessageNeedsLink, link: true},
		"over elsewhere, has a passkey":        {facts: at(enroll, prompt, requirement(totp, over, wifi)), also: hasPasskey, reason: ReasonPeriodOver, message: MessageExpired},
		"over elsewhere, exempt":               {facts: at(enroll, prompt, requirement(totp, over, wifi), policy.Requirement{Duty: policy.Exempt}), reason: ReasonExempt},
		"over elsewhere, password checked off": {facts: at(enroll, prompt, requirement(totp, over, wifi)), also: func(f *Facts) { f.Client.FirstFactor = policy.FirstNone }, reason: ReasonNobodyThere, message: MessageAskCode},
	} {
		if tc.also != nil {
			tc.also(&tc.facts)
		}
		j := decide(tc.facts, testNow)
		if j.Reason != tc.reason || j.Message != tc.message || j.effects.mailLink != tc.link || j.effects.mailHint {
			t.Errorf("%s: %v because of %s, shown %q, link mailed %v, by %v", name, j.Outcome, j.Reason, j.Message, j.effects.mailLink, j.Trace)
		}
	}
}

func hasPasskey(f *Facts) {
	f.Record.Factors = []factor.Factor{{ID: 2, Person: 1, Kind: factor.Passkey}}
}

// TestNobodyIsSentToAPageThatRefuses: wherever a door shows the way to set
// something up, or has it mailed, the page behind it opens; and nobody hears
// that it does not who would get there.
func TestNobodyIsSentToAPageThatRefuses(t *testing.T) {
	seen := map[Message]int{}
	for f := range unenrolledAtADoor {
		j := decide(f, testNow)
		seen[j.Message]++
		checkLeadsOn(t, f, j)
	}
	for _, m := range []Message{
		MessageEnroll, MessagePostpone, MessageGoOn, MessageGoOnHelp, MessageNeedsLink, MessageExpired, MessageRefused, MessageNone,
	} {
		if seen[m] == 0 {
			t.Errorf("nobody was told %q", m)
		}
	}
}

func checkLeadsOn(t *testing.T, f Facts, j judgement) {
	t.Helper()
	pages := f
	pages.Client, pages.Door, pages.Answering, pages.Challenge = policy.PortalClient(DoorPortal), DoorPortal, false, nil
	pages.Evidence = Evidence{Password: PasswordRight}
	there, _ := owesAt(pages, testNow)
	through := func(by enrollment.Origin) judgement {
		with := pages
		with.Evidence.Invitation = &enrollment.Invitation{ID: 30, Person: 1, Origin: by, ExpiresAt: testNow.Add(time.Minute)}
		return decide(with, testNow)
	}
	if j.Outcome == Enroll {
		if got := through(enrollment.FromDoor); got.Outcome != Enroll {
			t.Fatalf("shown the way (%v), and there it is %v because of %s\n%+v", j.Trace, got.Outcome, got.Reason, f.Record)
		}
	}
	if j.effects.mailLink {
		if got := through(enrollment.FromMail); got.Outcome != Enroll {
			t.Fatalf("mailed a link (%v), and there it is %v because of %s\n%+v", j.Trace, got.Outcome, got.Reason, f.Record)
		}
	}
	if j.effects.mailHint {
		if got := decide(pages, testNow); got.Outcome != Ask {
			t.Fatalf("mailed a hint (%v), and there it is %v because of %s\n%+v", j.Trace, got.Outcome, got.Reason, f.Record)
		}
	}
	if (j.Message == MessageNeedsLink || j.Message == MessageGoOn) && !j.effects.mailLink && !j.effects.mailHint {
		t.Fatalf("told of a mail that nobody sends (%v)\n%+v", j.Trace, f.Record)
	}
	if (j.Reason == ReasonPeriodOver || j.Message == MessageGoOnHelp) && there != policy.StandExpired {
		here, _ := owesAt(f, testNow)
		if here != policy.StandExpired {
			t.Fatalf("told that the time is over (%v), and the pages are open\n%+v", j.Trace, f.Record)
		}
	}
}

// unenrolledAtADoor goes through everybody with nothing that a RADIUS client
// could ask for.
func unenrolledAtADoor(yield func(Facts) bool) {
	firsts := []policy.Requirement{{}}
	for _, wanted := range policy.Wants() {
		for _, how := range []string{required, runs, usedUp, over} {
			for _, place := range []string{"", "vpn", "wifi", "portal"} {
				firsts = append(firsts, requirement(wanted, how, place))
			}
		}
	}
	seconds := []policy.Requirement{
		{},
		requirement(policy.WantTOTP, runs, "vpn"), requirement(policy.WantTOTP, over, "wifi"),
		requirement(policy.WantPasskey, required, ""), requirement(policy.WantPasskey, over, ""),
	}
	for _, first := range firsts {
		for _, second := range seconds {
			for _, mode := range []policy.Unenrolled{policy.UnenrolledEnroll, policy.UnenrolledReject, policy.UnenrolledPass, policy.UnenrolledPeriod} {
				for who := range 12 {
					f := at(mode, policy.CodeChallenge, first, second)
					if who&1 != 0 {
						hasPasskey(&f)
					}
					switch who >> 1 {
					case 1:
						f.Record.Person.PasswordEnrollsUntil = testNow.Add(-time.Hour)
					case 2:
						f.Record.Person.PasswordEnrollsUntil = time.Time{}
					case 3:
						f.Record.Person.Role = directory.Administrator
					case 4:
						f.Record.Person.Role, f.OnlyAdministrator = directory.Administrator, true
					case 5:
						f.Client.FirstFactor = policy.FirstNone
					}
					if !atEachQuestion(f, yield) {
						return
					}
				}
			}
		}
	}
}

// atEachQuestion goes through what somebody may be asked, and answer.
func atEachQuestion(f Facts, yield func(Facts) bool) bool {
	mute := f
	if mute.Client.Code = policy.CodeAppend; !yield(f) || !yield(mute) {
		return false
	}
	for _, purpose := range []challenge.Purpose{challenge.Enroll, challenge.GoOn} {
		for _, finding := range []CodeFinding{CodeAbsent, CodeWrong} {
			asked := f
			asked.Answering, asked.Evidence = true, Evidence{Code: CodeEvidence{Finding: finding}}
			asked.Challenge = &challenge.Challenge{
				Hash: challenge.Hash{9}, Person: 1, Door: f.Door, Client: f.Client.Name, Username: f.Username, Key: f.Key,
				Purpose: purpose, Round: 1, Password: f.Client.FirstFactor == policy.FirstDirectory, ExpiresAt: testNow.Add(time.Minute),
			}
			if !yield(asked) {
				return false
			}
		}
	}
	return true
}
