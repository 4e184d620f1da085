package enrollment_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

var now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func TestMayEnroll(t *testing.T) {
	young := directory.Person{ID: 1, PasswordEnrollsUntil: now.Add(1)}
	old := directory.Person{ID: 1, PasswordEnrollsUntil: now}
	admin := directory.Person{ID: 1, PasswordEnrollsUntil: now.Add(1), Role: directory.Auditor}
	mailed := &enrollment.Invitation{Person: 1, Origin: enrollment.FromMail, ExpiresAt: now.Add(1)}
	shown := &enrollment.Invitation{Person: 1, Origin: enrollment.FromDoor, ExpiresAt: now.Add(1)}
	others := &enrollment.Invitation{Person: 2, Origin: enrollment.FromMail, ExpiresAt: now.Add(1)}
	over := &enrollment.Invitation{Person: 1, Origin: enrollment.FromMail, ExpiresAt: now}
	spent := &enrollment.Invitation{Person: 1, Origin: enrollment.FromMail, ExpiresAt: now.Add(1), SpentAt: now}
	dated := []policy.Requirement{{Duty: policy.InPeriod, Due: now.Add(1)}}
	suspended := []factor.Factor{{Kind: factor.TOTP, Suspended: true}}
	for _, tc := range []struct {
		name    string
		p       directory.Person
		factors []factor.Factor
		r       []policy.Requirement
		i       *enrollment.Invitation
		want    enrollment.Permission
	}{
		{"soon after creation", young, nil, nil, nil, enrollment.May},
		{"with a code from the door", young, nil, nil, shown, enrollment.May},
		{"later, password alone", old, nil, nil, nil, enrollment.NeedsInvitation},
		{"later, code from the door", old, nil, nil, shown, enrollment.NeedsInvitation},
		{"later, mailed link", old, nil, nil, mailed, enrollment.May},
		{"later, another's link", old, nil, nil, others, enrollment.NeedsInvitation},
		{"later, a link that is over", old, nil, nil, over, enrollment.NeedsInvitation},
		{"later, a spent link", old, nil, nil, spent, enrollment.NeedsInvitation},
		{"later, in a period", old, nil, dated, nil, enrollment.May},
		{"after a reset, in a period", directory.Person{ID: 1}, nil, dated, nil, enrollment.NeedsInvitation},
		{"after a reset, mailed link", directory.Person{ID: 1}, nil, dated, mailed, enrollment.May},
		{"with a role, password alone", admin, nil, dated, nil, enrollment.NeedsInvitation},
		{"with a role, mailed link", admin, nil, nil, mailed, enrollment.May},
		{"suspended", young, suspended, nil, mailed, enrollment.Suspended},
	} {
		if got := enrollment.MayEnroll(&tc.p, tc.factors, tc.r, tc.i, now); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestStatusOf(t *testing.T) {
	totp := []factor.Factor{{Kind: factor.TOTP}}
	expired := []policy.Requirement{{Duty: policy.InPeriod, Due: now}}
	for _, tc := range []struct {
		factors []factor.Factor
		r       []policy.Requirement
		want    enrollment.Status
	}{
		{nil, nil, enrollment.NotRequired},
		{nil, []policy.Requirement{{Duty: policy.RequiredNow}}, enrollment.PendingDuty},
		{nil, []policy.Requirement{{Duty: policy.InPeriod, Due: now.Add(1)}}, enrollment.InPeriod},
		{nil, expired, enrollment.ExpiredDuty},
		{nil, []policy.Requirement{{Duty: policy.Exempt}}, enrollment.ExemptDuty},
		{totp, expired, enrollment.Enrolled},
		{[]factor.Factor{{Kind: factor.TOTP, Suspended: true}}, nil, enrollment.NotRequired},
		{[]factor.Factor{{Kind: factor.Recovery}}, nil, enrollment.NotRequired},
	} {
		if got := enrollment.StatusOf(tc.factors, tc.r, now); got != tc.want {
			t.Errorf("%v, %v: %q, want %q", tc.factors, tc.r, got, tc.want)
		}
	}
}

func TestSetUpCodesAreReadAsTheyAreShown(t *testing.T) {
	keys := keyring.Ephemeral(time.Unix(0, 0))
	code := enrollment.DeriveSetUpCode(keys, 1)
	if n := len(code.Reveal()); n != enrollment.SetUpLength {
		t.Fatalf("a set-up code has %d characters", n)
	}
	shown := enrollment.FormatCode(code.Reveal())
	if got, ok := enrollment.NormalizeCode(" " + strings.ToLower(shown)); !ok || got != code.Reveal() {
		t.Errorf("a set-up code was read as %q, %v", got, ok)
	}
	if code.Equal(enrollment.DeriveSetUpCode(keys, 2)) || strings.HasPrefix(code.Reveal(), enrollment.DeriveCode(keys, 1).Reveal()) {
		t.Error("codes of different invitations have something in common")
	}
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	keys := keyring.Ephemeral(now)
	rapid.Check(t, func(t *rapid.T) {
		code := enrollment.DeriveCode(keys, id.ID(rapid.Int64().Draw(t, "id")))
		shown := enrollment.FormatCode(code.Reveal())
		if len(shown) != enrollment.CodeLength+1 || strings.ContainsAny(shown, "01ILO") {
			t.Fatalf("shown as %q", shown)
		}
		for _, typed := range []string{shown, strings.ToLower(shown), " " + code.Reveal() + " ", strings.ReplaceAll(shown, "-", " ")} {
			got, ok := enrollment.NormalizeCode(typed)
			if !ok || got != code.Reveal() {
				t.Fatalf("%q is read as %q", typed, got)
			}
		}
	})
	for _, bad := range []string{"", "K7MQ", "K7MQ-2PX", "K7MQ-2PX0", "K7MQ/2PXW", strings.Repeat("K", 100), "K7MQ\x002PXW"} {
		if got, ok := enrollment.NormalizeCode(bad); ok {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
	a, b := enrollment.HashCode(keys, secret.New("K7MQ2PXW")), enrollment.HashCode(keys, secret.New("K7MQ2PXV"))
	if a == b {
		t.Error("two codes have one hash")
	}
}

func TestRightOfInvitation(t *testing.T) {
	without := &enrollment.Applicant{Person: &directory.Person{ID: 1}}
	with := &enrollment.Applicant{Person: &directory.Person{ID: 1, HasPassword: true}}
	for _, tc := range []struct {
		origin enrollment.Origin
		who    *enrollment.Applicant
		ok     bool
		grants directory.Role
	}{
		{enrollment.FromDoor, without, false, ""},
		{enrollment.FromMail, without, true, ""},
		{enrollment.FromAdmin, without, true, ""},
		{enrollment.FromAdmin, with, false, ""},
		{enrollment.ForAdminUp, without, true, directory.Administrator},
		{enrollment.ForAdminUp, with, true, directory.Administrator},
	} {
		i := &enrollment.Invitation{ID: 5, Person: 1, Origin: tc.origin, ExpiresAt: now.Add(time.Hour)}
		r, ok := enrollment.RightOfInvitation(i, tc.who, enrollment.BrowserHash{1})
		if ok != tc.ok || r.Grants != tc.grants || ok && (!r.Chooses || r.Invitation != 5 || !r.Until.Equal(i.ExpiresAt)) {
			t.Errorf("%s, password %v: %v, %+v", tc.origin, tc.who.Person.HasPassword, ok, r)
		}
	}
}

// TestStatusesHaveOneNameForPrograms, and are read by it and as people read them.
func TestStatusesHaveOneNameForPrograms(t *testing.T) {
	for _, s := range enrollment.Statuses() {
		if strings.ContainsAny(s.Name(), " _") || strings.ReplaceAll(s.Name(), "-", " ") != string(s) {
			t.Errorf("%q is named %q", s, s.Name())
		}
		for _, text := range []string{s.Name(), string(s)} {
			if got, ok := enrollment.ParseStatus(text); !ok || got != s {
				t.Errorf("%q is read as %q", text, got)
			}
		}
	}
	for _, text := range []string{"", "in_period", "In period", "in--period", " expired"} {
		if got, ok := enrollment.ParseStatus(text); ok || got != "" {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// TestEnrolledKnowsWhatWasRequired: a requirement that is met is still told of.
func TestEnrolledKnowsWhatWasRequired(t *testing.T) {
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	first := policy.Requirement{Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: at(-48), Due: at(24)}
	later := policy.Requirement{Duty: policy.RequiredNow, Since: at(-2)}
	held := policy.Requirement{Duty: policy.RequiredNow, Factor: policy.WantTOTP, Since: at(-72), Held: true}
	factors := []factor.Factor{{Kind: factor.TOTP, CreatedAt: at(-1)}}
	for _, tc := range []struct {
		name     string
		kind     policy.Wanted
		required []policy.Requirement
		want     enrollment.Done
	}{
		{"nothing", "", nil, enrollment.Done{}},
		{"a period", "", []policy.Requirement{held, later, first}, enrollment.Done{Factor: policy.WantTOTP, Since: at(-48), Until: at(24)}},
		{"at once", policy.WantAny, []policy.Requirement{first, later}, enrollment.Done{Factor: policy.WantAny, Since: at(-2)}},
		{"not in force", policy.WantTOTP, []policy.Requirement{held}, enrollment.Done{}},
	} {
		got := enrollment.StateOf(tc.kind, factors, tc.required, now)
		if got.Status != enrollment.Enrolled || got.Done != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
