package operator_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func (o *office) plain(name string) {
	o.t.Helper()
	_, err := o.AddUser(o.t.Context(), local, operator.NewUser{
		Name: name, Details: operator.Details{Email: name + "@example.com"}, Password: secret.New("correct horse"),
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestEnrollLink(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.plain("alice")
	link, err := o.EnrollLink(ctx, local, "alice", operator.LinkOptions{Why: operator.Why{Reason: "by telephone"}})
	if err != nil {
		t.Fatal(err)
	}
	if link.URL.Reveal() != "https://mfa.example.com/e#"+link.Code.Reveal() || !link.ExpiresAt.Equal(o.now.Add(24*time.Hour)) {
		t.Errorf("the link is %q until %v", link.URL.Reveal(), link.ExpiresAt)
	}
	inv, who, err := o.desk.Look(ctx, link.Code)
	if err != nil || inv == nil || who.Person.Username != "alice" || inv.Origin != enrollment.FromAdmin {
		t.Fatalf("the code opens %+v, %v", inv, err)
	}
	if c := o.lastChange(); c.Action != "enroll.link" || strings.Contains(c.Detail, link.Code.Reveal()) || c.Reason != "by telephone" {
		t.Errorf("logged %+v", c)
	}
	if len(o.mails()) != 0 {
		t.Errorf("mails that nobody asked for: %v", o.mails())
	}

	next, err := o.EnrollLink(ctx, local, "alice", operator.LinkOptions{Mail: true, Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if inv, _, err := o.desk.Look(ctx, link.Code); inv != nil || err != nil {
		t.Errorf("the older link is open: %v", err)
	}
	if o.mails()["enroll-link alice"] != 1 {
		t.Errorf("mails are %v", o.mails())
	}
	o.now = o.now.Add(time.Hour)
	if inv, _, err := o.desk.Look(ctx, next.Code); inv != nil || err != nil {
		t.Errorf("a link is open after its time: %v", err)
	}
}

func TestEnrollLinkRefuses(t *testing.T) {
	o := newOffice(t)
	o.plain("bob")
	o.add("carol", directory.NoRole)
	o.plain("dave")
	if err := o.DisableUser(t.Context(), local, "dave", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddUser(t.Context(), local, operator.NewUser{Name: "erin"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  string
		opt  operator.LinkOptions
		want operator.Refusal
	}{
		"too long":   {"bob", operator.LinkOptions{Lifetime: 31 * 24 * time.Hour}, operator.RefusedLifetime},
		"too short":  {"bob", operator.LinkOptions{Lifetime: time.Second}, operator.RefusedLifetime},
		"negative":   {"bob", operator.LinkOptions{Lifetime: -time.Hour}, operator.RefusedLifetime},
		"has one":    {"carol", operator.LinkOptions{}, operator.RefusedHasFactor},
		"disabled":   {"dave", operator.LinkOptions{}, operator.RefusedDisabled},
		"no address": {"erin", operator.LinkOptions{Mail: true}, operator.RefusedNoEmail},
		"nobody":     {"frank", operator.LinkOptions{}, operator.RefusedGone},
	} {
		if _, err := o.EnrollLink(t.Context(), local, c.who, c.opt); operator.RefusalOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnrollTOTPAtTheCommandLine(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.plain("alice")
	if _, err := o.ConfirmTOTP(ctx, local, "alice", secret.New("123456")); operator.RefusalOf(err) != operator.RefusedNothingPending {
		t.Errorf("confirmed nothing: %v", err)
	}
	key, err := o.EnrollTOTP(ctx, local, "alice")
	if err != nil || !strings.HasPrefix(key.URL.Reveal(), "otpauth://totp/Example:alice?secret=") {
		t.Fatalf("key %q, %v", key.URL.Reveal(), err)
	}
	if u := o.user("alice"); u.Status == enrollment.Enrolled || u.Pending == nil {
		t.Errorf("not confirmed, and counts: %+v", u)
	}
	if again, err := o.EnrollTOTP(ctx, local, "alice"); err != nil || !again.Secret.Equal(key.Secret) {
		t.Errorf("asked again it is another key: %v", err)
	}
	if _, err := o.ConfirmTOTP(ctx, local, "alice", secret.New("000000")); operator.RefusalOf(err) != operator.RefusedWrongCode {
		t.Errorf("a wrong code: %v", err)
	}
	codes, err := o.ConfirmTOTP(ctx, local, "alice", o.code(key.Secret))
	if err != nil || len(codes) != 10 {
		t.Fatalf("%d recovery codes, %v", len(codes), err)
	}
	u := o.user("alice")
	if u.Status != enrollment.Enrolled || len(u.Factors) != 2 || o.mails()["factor-added alice"] != 1 {
		t.Errorf("confirmed: %+v, mails %v", u, o.mails())
	}
	if c := o.lastChange(); c.Action != "factor.enroll" || c.Actor.Name != "local" {
		t.Errorf("logged %+v", c)
	}

	if _, err = o.EnrollTOTP(ctx, local, "alice"); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(enrollment.WizardLifetime)
	if _, err := o.ConfirmTOTP(ctx, local, "alice", secret.New("123456")); operator.RefusalOf(err) != operator.RefusedNothingPending {
		t.Errorf("an enrollment outlives its hour: %v", err)
	}
}

func TestRemoveFactor(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	p := o.add("alice", directory.NoRole)
	if _, err := o.RegenerateRecovery(ctx, local, "alice", ""); err != nil {
		t.Fatal(err)
	}
	second, err := o.EnrollTOTP(ctx, local, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ConfirmTOTP(ctx, local, "alice", o.code(second.Secret)); err != nil {
		t.Fatal(err)
	}
	startSession(o, p.ID)
	factors, err := o.Factors(ctx, local, "alice")
	if err != nil || len(factors) != 3 {
		t.Fatalf("%d factors, %v", len(factors), err)
	}
	var totps []operator.FactorInfo
	for _, f := range factors {
		if f.Kind == factor.TOTP {
			totps = append(totps, f)
		} else if f.CodesLeft != 10 {
			t.Errorf("%d recovery codes left", f.CodesLeft)
		}
	}
	if err := o.RemoveFactor(ctx, local, "alice", 12345, operator.Why{Reason: ""}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("removed a factor that is not there: %v", err)
	}
	if err := o.RemoveFactor(ctx, local, "alice", totps[0].ID, operator.Why{Reason: "old phone"}); err != nil {
		t.Fatal(err)
	}
	if left := o.user("alice"); len(left.Factors) != 2 || left.Status != enrollment.Enrolled || hasSession(o, p.ID) || o.mails()["factor-removed alice"] != 1 {
		t.Errorf("one of two removed: %+v, mails %v", left, o.mails())
	}
	if err := o.RemoveFactor(ctx, local, "alice", totps[1].ID, operator.Why{Reason: "new phone"}); err != nil {
		t.Fatal(err)
	}
	left := o.user("alice")
	if len(left.Factors) != 0 || !left.Person.PasswordEnrollsUntil.IsZero() || hasSession(o, p.ID) || o.mails()["person-reset alice"] != 1 {
		t.Errorf("the last one removed: %+v, mails %v", left, o.mails())
	}
	if _, err := o.RegenerateRecovery(ctx, local, "alice", ""); operator.RefusalOf(err) != operator.RefusedNoFactor {
		t.Errorf("codes for a factor that is not there: %v", err)
	}
}

func TestRegenerateRecovery(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	first, err := o.RegenerateRecovery(t.Context(), local, "alice", "")
	if err != nil || len(first) != 10 {
		t.Fatal(err)
	}
	before := o.user("alice").Factors[1].ID
	second, err := o.RegenerateRecovery(t.Context(), local, "alice", "printed badly")
	if err != nil || second[0].Equal(first[0]) {
		t.Fatal(err)
	}
	if factors := o.user("alice").Factors; len(factors) != 2 || factors[1].ID == before {
		t.Errorf("the old codes are still there: %+v", factors)
	}
}

func TestRestoreFactors(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	r := o.record("alice")
	err := o.store.SuspendFactors(t.Context(), enrollment.Suspension{
		Person: r.Person.ID, Version: r.Standing.Version, Change: o.entry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if u := o.user("alice"); u.Status == enrollment.Enrolled {
		t.Fatal("suspended factors count")
	}
	list, err := o.Users(t.Context(), local, operator.PeopleQuery{Suspect: true})
	if err != nil || len(list) != 1 {
		t.Errorf("%d suspects, %v", len(list), err)
	}
	if err := o.RestoreFactors(t.Context(), local, "alice", ""); operator.RefusalOf(err) != operator.RefusedNoReason {
		t.Errorf("restored without a reason: %v", err)
	}
	if err := o.RestoreFactors(t.Context(), local, "alice", "it was her"); err != nil {
		t.Fatal(err)
	}
	if u := o.user("alice"); u.Status != enrollment.Enrolled {
		t.Errorf("restored: %+v", u)
	}
}
