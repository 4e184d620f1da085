package authn

import (
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/policy"
)

var testNow = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// drawFacts draws facts from all over the space, with the interesting values
// likely enough to meet each other.
func drawFacts(t *rapid.T) Facts {
	f := Facts{
		Client:    drawClient(t),
		Door:      rapid.SampledFrom([]string{DoorRADIUS, DoorPortal}).Draw(t, "door"),
		Username:  "alice",
		Key:       "alice",
		Source:    Source{Peer: rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2"}).Draw(t, "peer")},
		Once:      audit.Once{1},
		Answering: rapid.Bool().Draw(t, "answering"),
	}
	if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		f.Record = drawRecord(t)
	} else if rapid.Bool().Draw(t, "bad name") {
		f.NameBad = rapid.SampledFrom([]Reason{
			ReasonForeignDomain, ReasonAmbiguousName, ReasonPasswordWrong, ReasonPasswordLocked, ReasonNotAdmitted, ReasonDirectoryDisabled,
			ReasonDirectoryLocked, ReasonPasswordChange, ReasonPasswordExpired,
		}).Draw(t, "why nobody")
	}
	f.Evidence.Passkey = drawPasskey(t)
	if f.Answering {
		f.Challenge = drawChallenge(t, f)
	} else {
		f.SignedIn = rapid.SampledFrom([]id.ID{0, 0, 0, 1, 2}).Draw(t, "signed in")
		f.Evidence.Invitation = drawInvitation(t)
		f.Evidence.BadInvite = f.Evidence.Invitation == nil && rapid.IntRange(0, 9).Draw(t, "bad invite") == 0
		f.Evidence.Password = rapid.SampledFrom([]PasswordEvidence{
			PasswordRight, PasswordRight, PasswordRight, PasswordWrong, PasswordAbsent, PasswordUnchecked,
		}).Draw(t, "password")
		drawNameless(t, &f)
	}
	f.Evidence.Directory = drawDirectory(t)
	f.OnlyAdministrator = rapid.Bool().Draw(t, "only administrator")
	f.Evidence.Code = drawCode(t)
	return f
}

// whys are all that a directory has against people.
var whys = []Reason{
	ReasonDirectoryDisabled, ReasonDirectoryExpired, ReasonDirectoryLocked, ReasonDirectoryGone, ReasonDirectoryHours,
	ReasonDirectoryPlace, ReasonPasswordExpired, ReasonPasswordChange,
}

func drawDirectory(t *rapid.T) DirectoryEvidence {
	d := DirectoryEvidence{
		Answer: rapid.SampledFrom([]DirectoryAnswer{
			DirectoryClear, DirectoryClear, DirectoryClear, DirectoryClear, DirectoryNotAsked, DirectorySilent, DirectoryRefuses, DirectoryRefuses,
		}).Draw(t, "directory"),
		Directory: 7, Object: rapid.SampledFrom([]string{"a1", "a1", "a1", "a1", "a1", "a1", "a1", "b2"}).Draw(t, "of whom"),
	}
	if d.Answer == DirectoryRefuses {
		d.Why = rapid.SampledFrom(whys).Draw(t, "why")
	}
	return d
}

func drawOrigin(t *rapid.T) directory.Origin {
	if rapid.Bool().Draw(t, "local") {
		return directory.Origin{}
	}
	return directory.Origin{
		Directory: 7, Object: "a1",
		Barred: rapid.SampledFrom([]directory.Barred{
			"", "", "", "", "", directory.BarredDisabled, directory.BarredExpired, directory.BarredLocked, directory.BarredGone,
		}).Draw(t, "barred"),
		ExpiresAt: rapid.SampledFrom([]time.Time{{}, {}, {}, testNow.Add(-time.Hour), testNow, testNow.Add(time.Nanosecond)}).Draw(t, "ends"),
	}
}

func drawClient(t *rapid.T) policy.Client {
	if rapid.IntRange(0, 4).Draw(t, "portal") == 0 {
		c := policy.PortalClient("portal")
		c.Unenrolled = rapid.SampledFrom([]policy.Unenrolled{policy.UnenrolledEnroll, policy.UnenrolledRequired, policy.UnenrolledRequired}).Draw(t, "of whom")
		return c
	}
	return policy.Client{
		Name:        "vpn",
		FirstFactor: rapid.SampledFrom([]policy.FirstFactor{policy.FirstDirectory, policy.FirstNone}).Draw(t, "first"),
		Code:        rapid.SampledFrom([]policy.CodePlace{policy.CodeChallenge, policy.CodeAppend, policy.CodeBoth}).Draw(t, "place"),
		Unenrolled: rapid.SampledFrom([]policy.Unenrolled{
			policy.UnenrolledEnroll, policy.UnenrolledReject, policy.UnenrolledPass, policy.UnenrolledPeriod,
		}).Draw(t, "mode"),
	}
}

func drawRecord(t *rapid.T) *Record {
	r := &Record{
		Person: &directory.Person{
			ID: 1, Username: "alice", Key: "alice", Email: "alice@example.com", Language: "de",
			Disabled:             rapid.IntRange(0, 7).Draw(t, "disabled") == 0,
			GroupRole:            rapid.SampledFrom([]directory.Role{"", "", "", "", directory.HelpDesk}).Draw(t, "role of a group"),
			Role:                 rapid.SampledFrom([]directory.Role{"", "", "", directory.Administrator}).Draw(t, "role"),
			PasswordEnrollsUntil: drawInstant(t, "enrolls until"),
			LinkMailedAt:         drawInstant(t, "mailed"),
			Origin:               drawOrigin(t),
		},
	}
	for i := range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "requirements") {
		r.Requirements = append(r.Requirements, drawRequirement(t, id.ID(70+i)))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "factors") {
		r.Factors = append(r.Factors, factor.Factor{
			ID: id.ID(10 + i), Person: 1, Kind: rapid.SampledFrom([]factor.Kind{factor.TOTP, factor.Recovery, factor.Passkey}).Draw(t, "kind"),
			CodeDigits: 6, Suspended: rapid.IntRange(0, 3).Draw(t, "suspended") == 0,
		})
	}
	if rapid.Bool().Draw(t, "counters") {
		r.Standing.Codes = lockout.Codes{
			Wrong: rapid.IntRange(0, lockout.CodeLimit-1).Draw(t, "wrong"), Since: testNow.Add(-time.Minute),
			LockedUntil: drawInstant(t, "locked"), Streak: rapid.SampledFrom([]int{0, 5, 99, 100}).Draw(t, "streak"),
		}
		r.Standing.Passwords.Sources = []lockout.Source{{Name: "192.0.2.1", LockedUntil: drawInstant(t, "source locked")}}
	}
	proven := rapid.IntRange(0, 2).Draw(t, "open proven") > 0
	for i := range rapid.SampledFrom([]int{0, 0, 1, 4, 5, 5, 6}).Draw(t, "open") {
		r.Open = append(r.Open, challenge.Challenge{
			Hash: challenge.Hash{byte(i)}, Attempt: id.ID(50 + i), Person: 1, Purpose: challenge.SignIn, Door: DoorRADIUS, Client: "vpn",
			Password: proven,
			Username: "alice", Source: rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.9"}).Draw(t, "open source"),
			ExpiresAt: testNow.Add(time.Duration(rapid.SampledFrom([]int{-1, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}).Draw(t, "open until")) * time.Minute),
		})
	}
	return r
}

func drawRequirement(t *rapid.T, period id.ID) policy.Requirement {
	return policy.Requirement{
		Period: period,
		Duty: rapid.SampledFrom([]policy.Duty{
			policy.RequiredNow, policy.InPeriod, policy.InPeriod, policy.InPeriod, policy.Exempt, policy.Bypass,
		}).Draw(t, "duty"),
		Factor:       rapid.SampledFrom([]policy.Wanted{policy.WantTOTP, policy.WantTOTP, policy.WantAny, policy.WantPasskey, ""}).Draw(t, "wanted"),
		Place:        rapid.SampledFrom([]string{"", "", "vpn", "vpn", "another client", "portal"}).Draw(t, "place"),
		Due:          drawInstant(t, "due"),
		PausedAt:     rapid.SampledFrom([]time.Time{{}, {}, {}, testNow.Add(-2 * time.Hour)}).Draw(t, "paused"),
		PostponeLeft: rapid.SampledFrom([]int{-1, 0, 2}).Draw(t, "left"),
		Held:         rapid.IntRange(0, 9).Draw(t, "held") == 0,
	}
}

func drawChallenge(t *rapid.T, f Facts) *challenge.Challenge {
	if rapid.IntRange(0, 9).Draw(t, "has question") == 0 {
		return nil
	}
	c := &challenge.Challenge{
		Hash: challenge.Hash{9}, Attempt: 77, Person: 1, Door: f.Door, Client: f.Client.Name, Username: f.Username, Key: f.Key,
		Purpose:   rapid.SampledFrom([]challenge.Purpose{challenge.SignIn, challenge.SignIn, challenge.Enroll, challenge.GoOn, challenge.Decoy}).Draw(t, "purpose"),
		Round:     rapid.SampledFrom([]int{1, 1, 2, challenge.MaxRounds}).Draw(t, "round"),
		Wrong:     rapid.IntRange(0, challenge.MaxWrong-1).Draw(t, "wrong so far"),
		Password:  rapid.IntRange(0, 3).Draw(t, "proven") > 0,
		ExpiresAt: drawInstant(t, "expires"),
	}
	if c.Purpose == challenge.Decoy {
		c.Person = 0
	}
	switch rapid.IntRange(0, 15).Draw(t, "foreign") {
	case 0:
		c.Door = "another door"
	case 1:
		c.Client = "another client"
	case 2:
		c.Username = "mallory"
	case 3:
		c.Person = 2
	}
	return c
}

// drawNameless makes some attempts begin with a passkey in place of a name.
func drawNameless(t *rapid.T, f *Facts) {
	if rapid.IntRange(0, 5).Draw(t, "nameless") > 0 {
		return
	}
	f.Nameless, f.Evidence.Password = true, PasswordAbsent
	f.Evidence.Passkey.Finding = max(f.Evidence.Passkey.Finding, PasskeyRefused)
	if f.Record == nil {
		f.NameBad, f.Key = ReasonPasskeyUnknown, ""
	}
}

func drawPasskey(t *rapid.T) PasskeyEvidence {
	return PasskeyEvidence{
		Finding: rapid.SampledFrom([]PasskeyFinding{
			PasskeyAbsent, PasskeyAbsent, PasskeyAbsent, PasskeyAbsent, PasskeyAbsent,
			PasskeyRight, PasskeyRight, PasskeyRefused, PasskeyReused, PasskeyCopied, PasskeyAlone,
		}).Draw(t, "passkey"),
		Factor: 11, Method: factor.MethodHardwareKey, Step: 1_700_000_000,
	}
}

func drawInvitation(t *rapid.T) *enrollment.Invitation {
	if rapid.IntRange(0, 3).Draw(t, "invited") > 0 {
		return nil
	}
	return &enrollment.Invitation{
		ID: 30, Person: rapid.SampledFrom([]id.ID{1, 1, 1, 2}).Draw(t, "invited whom"),
		Origin:    rapid.SampledFrom([]enrollment.Origin{enrollment.FromDoor, enrollment.FromMail, enrollment.FromAdmin}).Draw(t, "origin"),
		ExpiresAt: drawInstant(t, "invited until"),
		SpentAt:   rapid.SampledFrom([]time.Time{{}, {}, {}, testNow.Add(-time.Minute)}).Draw(t, "spent"),
	}
}

func drawCode(t *rapid.T) CodeEvidence {
	return CodeEvidence{
		Finding: rapid.SampledFrom([]CodeFinding{CodeAbsent, CodeAbsent, CodeRight, CodeRight, CodeWrong, CodeReused, CodeWrongStep}).Draw(t, "code"),
		Kind:    rapid.SampledFrom([]factor.Kind{factor.TOTP, factor.TOTP, factor.Recovery}).Draw(t, "code kind"),
		Factor:  10, Step: 58_000_000,
	}
}

// drawInstant prefers the edges.
func drawInstant(t *rapid.T, label string) time.Time {
	return rapid.SampledFrom([]time.Time{
		{}, testNow.Add(-time.Hour), testNow.Add(-time.Nanosecond), testNow, testNow.Add(time.Nanosecond), testNow.Add(time.Hour), testNow.Add(30 * 24 * time.Hour),
	}).Draw(t, label)
}
