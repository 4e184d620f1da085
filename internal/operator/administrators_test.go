package operator_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// setUp follows a set-up link as its owner does: a password, an
// authenticator, a code of it.
func (o *office) setUp(link operator.Link) (*enrollment.Invitation, enrollment.Result) {
	o.t.Helper()
	ctx := o.t.Context()
	_, code, ok := strings.Cut(link.URL.Reveal(), "#")
	if !ok || !strings.HasPrefix(link.URL.Reveal(), "https://mfa.example.com/e#") {
		o.t.Fatalf("the link is %q", link.URL.Reveal())
	}
	inv, who, err := o.desk.Look(ctx, secret.New(code))
	if err != nil || inv == nil {
		o.t.Fatalf("the link opens nothing: %v", err)
	}
	right, ok := enrollment.RightOfInvitation(inv, who, enrollment.HashBrowser(secret.New("browser")))
	if !ok {
		o.t.Fatal("the link gives no right")
	}
	if err := o.desk.ChoosePassword(ctx, right, secret.New("hash of a new password")); err != nil {
		o.t.Fatal(err)
	}
	offer, err := o.desk.Offer(ctx, right)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := o.desk.Verify(ctx, right, o.code(offer.Key), audit.Actor{Person: who.Person.ID, Name: who.Person.Username, Via: "portal"})
	if err != nil || res.Verdict != enrollment.Complete {
		o.t.Fatalf("the set-up ends in %v, %v", res.Verdict, err)
	}
	return inv, res
}

func TestTheFirstAdministrator(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	if has, err := o.HasAdministrator(ctx); has || err != nil {
		t.Fatalf("an empty office has an administrator: %v", err)
	}
	link, err := o.InviteAdministrator(ctx, local, "admin", operator.InviteOptions{Details: operator.Details{Email: "admin@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(link.Code.Reveal()) != enrollment.SetUpLength || !link.ExpiresAt.Equal(o.now.Add(time.Hour)) {
		t.Errorf("the link has a code of %d characters and lives until %v", len(link.Code.Reveal()), link.ExpiresAt)
	}
	u := o.user("admin")
	if u.Person.Role != directory.NoRole || !u.Person.PasswordEnrollsUntil.IsZero() {
		t.Errorf("invited, but not set up: %+v", u.Person)
	}
	if has, _ := o.HasAdministrator(ctx); has {
		t.Error("an invitation makes an administrator")
	}
	if o.mails()["admin-invited admin"] != 1 {
		t.Errorf("mails are %v", o.mails())
	}
	inv, res := o.setUp(link)
	if res.Role != directory.Administrator {
		t.Errorf("set up as %q", res.Role)
	}
	if again, _, err := o.desk.Look(ctx, link.Code); again != nil || err != nil {
		t.Errorf("the link still opens %v, %v", inv.ID, err)
	}
	if has, err := o.HasAdministrator(ctx); !has || err != nil {
		t.Errorf("nobody administers: %v", err)
	}
	if u := o.user("admin"); u.Person.Role != directory.Administrator || !u.Person.HasPassword {
		t.Errorf("set up: %+v", u.Person)
	}
}

func TestInviteVoidsTheOlderLink(t *testing.T) {
	o := newOffice(t)
	first, err := o.InviteAdministrator(t.Context(), local, "admin", operator.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.InviteAdministrator(t.Context(), local, "admin", operator.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if inv, _, err := o.desk.Look(t.Context(), first.Code); inv != nil || err != nil {
		t.Errorf("the older link is open: %v", err)
	}
	o.setUp(second)

	third, err := o.InviteAdministrator(t.Context(), local, "other", operator.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(enrollment.AdminLink)
	if inv, _, err := o.desk.Look(t.Context(), third.Code); inv != nil || err != nil {
		t.Errorf("a link is open after its hour: %v", err)
	}
}

func TestInviteSomebodyWhoCanSignIn(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("first", directory.Administrator)
	p := o.add("admin", directory.Administrator)
	startSession(o, p.ID)
	_, err := o.InviteAdministrator(ctx, local, "admin", operator.InviteOptions{})
	if operator.RefusalOf(err) != operator.RefusedNeedsReset {
		t.Fatalf("invited without a reset: %v", err)
	}
	if !hasSession(o, p.ID) {
		t.Fatal("a refused invitation ended a session")
	}
	link, err := o.InviteAdministrator(ctx, o.as("first"), "admin", operator.InviteOptions{Reset: true, Reason: "lost the phone"})
	if err != nil {
		t.Fatal(err)
	}
	if hasSession(o, p.ID) || len(o.user("admin").Factors) != 0 {
		t.Error("a reset administrator keeps a session or a factor")
	}
	mails := o.mails()
	if mails["admin-reset first"] != 1 || mails["admin-reset admin"] != 1 || mails["admin-invited admin"] != 1 {
		t.Errorf("mails are %v", mails)
	}
	o.setUp(link)
	if _, err := o.InviteAdministrator(ctx, o.as("first"), "first", operator.InviteOptions{Reset: true}); operator.RefusalOf(err) != operator.RefusedSelf {
		t.Errorf("an administrator reset themselves: %v", err)
	}
}

func TestRoles(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("alice", directory.NoRole)
	if err := o.GrantRole(ctx, local, "alice", "king", ""); problem.KindOf(err) != problem.Invalid {
		t.Errorf("granted a role that is none: %v", err)
	}
	if err := o.GrantRole(ctx, local, "alice", directory.HelpDesk, "new job"); err != nil {
		t.Fatal(err)
	}
	if c := o.lastChange(); c.Action != "admin.grant" || c.Detail != "help-desk" || c.Reason != "new job" {
		t.Errorf("logged %+v", c)
	}
	list, err := o.Administrators(ctx, local)
	if err != nil || len(list) != 1 || list[0].Person.Role != directory.HelpDesk {
		t.Errorf("roles: %+v, %v", list, err)
	}
	if err := o.RevokeRole(ctx, local, "alice", directory.Auditor, ""); operator.RefusalOf(err) != operator.RefusedNotThatRole {
		t.Errorf("revoked a role she does not have: %v", err)
	}
	startSession(o, list[0].Person.ID)
	if err := o.RevokeRole(ctx, local, "alice", directory.HelpDesk, ""); err != nil {
		t.Fatal(err)
	}
	if hasSession(o, list[0].Person.ID) || o.user("alice").Person.Role != directory.NoRole {
		t.Error("she keeps her session or her role")
	}
}

// TestTheLastAdministrator: at the console nobody leaves the house without
// one; the command line may.
func TestTheLastAdministrator(t *testing.T) {
	ctx := t.Context()
	acts := map[string]func(o *office, by audit.Actor, name string) error{
		"revoke": func(o *office, by audit.Actor, name string) error {
			return o.RevokeRole(ctx, by, name, directory.Administrator, "")
		},
		"demote": func(o *office, by audit.Actor, name string) error {
			return o.GrantRole(ctx, by, name, directory.Auditor, "")
		},
		"disable": func(o *office, by audit.Actor, name string) error { return o.DisableUser(ctx, by, name, "") },
		"remove":  func(o *office, by audit.Actor, name string) error { return o.RemoveUser(ctx, by, name, "") },
		"reset": func(o *office, by audit.Actor, name string) error {
			return o.ResetUser(ctx, by, name, operator.Why{Reason: "r"})
		},
		"factor": func(o *office, by audit.Actor, name string) error {
			return o.RemoveFactor(ctx, by, name, o.user(name).Factors[0].ID, operator.Why{Reason: ""})
		},
		"invite": func(o *office, by audit.Actor, name string) error {
			_, err := o.InviteAdministrator(ctx, by, name, operator.InviteOptions{Reset: true})
			return err
		},
	}
	for name, act := range acts {
		o := newOffice(t)
		o.add("one", directory.Administrator)
		o.add("two", directory.Administrator)
		by := o.as("one")
		// The other way in which nobody would be left: the actor has lost their
		// factor since they signed in.
		if err := o.RemoveFactor(ctx, local, "one", o.user("one").Factors[0].ID, operator.Why{Reason: ""}); err != nil {
			t.Fatal(err)
		}
		if err := act(o, by, "two"); operator.RefusalOf(err) != operator.RefusedLastAdministrator {
			t.Errorf("%s: %v", name, err)
		}
		if u := o.user("two"); u.Person.Role != directory.Administrator || u.Person.Disabled || u.Status != enrollment.Enrolled {
			t.Errorf("%s: refused, and done: %+v", name, u)
		}
		if err := act(o, local, "two"); err != nil {
			t.Errorf("%s at the command line: %v", name, err)
		}
	}
}

// TestTwoAdministratorsAgainstEachOther: of two who revoke each other at once,
// one stays.
func TestTwoAdministratorsAgainstEachOther(t *testing.T) {
	for range 5 {
		o := newOffice(t)
		o.add("one", directory.Administrator)
		o.add("two", directory.Administrator)
		var both sync.WaitGroup
		for by, whom := range map[string]string{"one": "two", "two": "one"} {
			actor := o.as(by)
			both.Go(func() {
				_ = o.RevokeRole(t.Context(), actor, whom, directory.Administrator, "") // one of the two is refused
			})
		}
		both.Wait()
		if has, err := o.HasAdministrator(t.Context()); !has || err != nil {
			t.Fatalf("nobody is left: %v", err)
		}
	}
}
