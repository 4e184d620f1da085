package operator_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestAddUser(t *testing.T) {
	o := newOffice(t)
	p, err := o.AddUser(t.Context(), local, operator.NewUser{
		Name:     `EXAMPLE.COM\Alice`,
		Details:  operator.Details{DisplayName: "Alice", Email: "alice@example.com", Phone: "+49 171 5550123", Groups: []string{"vpn"}},
		Password: secret.New("correct horse"), TOTPSecret: secret.New(strings.ToLower(seed)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Username != "Alice" || p.Key != "alice" || p.Phone != "+491715550123" {
		t.Errorf("added %+v", p)
	}
	u := o.user("alice@example.com")
	if u.Status != enrollment.Enrolled || len(u.Factors) != 1 || u.Factors[0].Kind != factor.TOTP || !u.Person.HasPassword {
		t.Errorf("alice is %+v", u)
	}
	if got := u.Person.PasswordEnrollsUntil; !got.Equal(o.now.Add(enrollment.PasswordAlone)) {
		t.Errorf("the password alone enrolls until %v", got)
	}
	c := o.lastChange()
	if c.Action != "user.add" || c.Subject != "Alice" || c.Detail != "totp password" || c.Actor.Via != operator.ViaCLI {
		t.Errorf("logged %+v", c)
	}
	r := o.record("alice")
	hash, err := o.keys.Open(nil, directory.PasswordPlace(r.Person.ID), r.Password)
	if err != nil || string(hash) != "hash of correct horse" {
		t.Errorf("the hash is not sealed for alice: %v", err)
	}
}

func TestAddUserRefuses(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	for name, c := range map[string]struct {
		user operator.NewUser
		kind problem.Kind
		says operator.Refusal
	}{
		"a name that is taken":    {operator.NewUser{Name: "ALICE"}, problem.Conflict, operator.RefusedNameTaken},
		"the same with a domain":  {operator.NewUser{Name: "alice@example.com"}, problem.Conflict, operator.RefusedNameTaken},
		"a foreign domain":        {operator.NewUser{Name: "bob@example.org"}, problem.Invalid, operator.RefusedDomain},
		"no name":                 {operator.NewUser{}, problem.Invalid, operator.RefusedName},
		"a name with a line feed": {operator.NewUser{Name: "bob\nroot"}, problem.Invalid, operator.RefusedName},
		"a name of 254 octets":    {operator.NewUser{Name: strings.Repeat("b", 254)}, problem.Invalid, operator.RefusedName},
		"a bad address":           {operator.NewUser{Name: "bob", Details: operator.Details{Email: "bob"}}, problem.Invalid, operator.RefusedEmail},
		"a national number":       {operator.NewUser{Name: "bob", Details: operator.Details{Phone: "0171"}}, problem.Invalid, operator.RefusedPhone},
		"a short password":        {operator.NewUser{Name: "bob", Password: secret.New("1234567")}, problem.Invalid, operator.RefusedShortPassword},
		"the name as password":    {operator.NewUser{Name: "bobbobbob", Password: secret.New("bobbobbob")}, problem.Invalid, operator.RefusedPlainPassword},
		"a short TOTP secret":     {operator.NewUser{Name: "bob", TOTPSecret: secret.New("GEZDGNBV")}, problem.Invalid, operator.RefusedTOTPSecret},
	} {
		_, err := o.AddUser(t.Context(), local, c.user)
		if problem.KindOf(err) != c.kind || operator.RefusalOf(err) != c.says {
			t.Errorf("%s: %v (%v, %q)", name, err, problem.KindOf(err), operator.RefusalOf(err))
		}
	}
	if _, err := o.User(t.Context(), local, "bob"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("bob: %v", err)
	}
}

func TestEditUser(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	before := o.record("alice").Standing.Version
	err := o.EditUser(t.Context(), local, "alice", operator.Details{DisplayName: "Alice", Email: "alice@example.com", Groups: []string{"vpn"}})
	if err != nil {
		t.Fatal(err)
	}
	r := o.record("alice")
	if r.Person.DisplayName != "Alice" || r.Person.Groups[0] != "vpn" || r.Standing.Version <= before {
		t.Errorf("alice is %+v, version %d after %d", r.Person, r.Standing.Version, before)
	}
	if c := o.lastChange(); c.Action != "user.edit" || c.Detail != "display-name groups" {
		t.Errorf("logged %+v", c)
	}
}

// prepare gives somebody everything that an act could end.
func prepare(o *office, name string) {
	o.t.Helper()
	ctx := o.t.Context()
	r := o.record(name)
	change := authn.Change{Record: r, Standing: r.Standing}
	for range lockout.StreakLimit {
		change.Standing.Codes = change.Standing.Codes.Fail(o.now)
	}
	change.Standing.Passwords, _ = change.Standing.Passwords.Succeed("192.0.2.1", o.now)
	for range lockout.PasswordLimit {
		change.Standing.Passwords = change.Standing.Passwords.Fail("192.0.2.2", o.now)
	}
	change.Invite = &enrollment.Invitation{
		ID: 7001, Code: enrollment.CodeHash{1}, Person: r.Person.ID, Origin: enrollment.FromMail,
		CreatedAt: o.now, ExpiresAt: o.now.Add(time.Hour),
	}
	if err := o.store.Commit(ctx, change); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.EnrollTOTP(ctx, local, name); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.RegenerateRecovery(ctx, local, name, ""); err != nil {
		o.t.Fatal(err)
	}
	startSession(o, r.Person.ID)
}

func TestUnlockUser(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	prepare(o, "alice")
	if u := o.user("alice"); !u.Codes.UntilReset() || len(u.Passwords.Sources) != 2 {
		t.Fatalf("alice is not locked: %+v", u)
	}
	if err := o.UnlockUser(t.Context(), local, "alice", "called back"); err != nil {
		t.Fatal(err)
	}
	u := o.user("alice")
	if u.Codes.Locked(o.now) || u.Passwords.Refused("192.0.2.2", o.now) {
		t.Errorf("alice is still locked: %+v", u)
	}
	if len(u.Passwords.Sources) != 1 || u.Passwords.Sources[0].Name != "192.0.2.1" {
		t.Errorf("known sources are %+v", u.Passwords.Sources)
	}
	if len(u.Factors) != 2 || len(u.Invitations) != 1 || !hasSession(o, u.Person.ID) {
		t.Error("unlocking took something away")
	}
	if c := o.lastChange(); c.Action != "user.unlock" || c.Reason != "called back" {
		t.Errorf("logged %+v", c)
	}
}

func TestDisableAndEnableUser(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	prepare(o, "alice")
	if err := o.DisableUser(t.Context(), local, "alice", "on leave"); err != nil {
		t.Fatal(err)
	}
	u := o.user("alice")
	if !u.Person.Disabled || len(u.Factors) != 2 {
		t.Errorf("alice is %+v", u)
	}
	if hasSession(o, u.Person.ID) || len(u.Invitations) != 0 || u.Pending != nil {
		t.Error("a disabled person keeps a session, a link or an unfinished enrollment")
	}
	if err := o.EnableUser(t.Context(), local, "alice", ""); err != nil {
		t.Fatal(err)
	}
	if u := o.user("alice"); u.Person.Disabled || u.Status != enrollment.Enrolled {
		t.Errorf("alice is %+v", u)
	}
}

func TestResetUser(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	prepare(o, "alice")
	if err := o.ResetUser(t.Context(), local, "alice", operator.Why{Reason: "  "}); operator.RefusalOf(err) != operator.RefusedNoReason {
		t.Fatalf("a reset without a reason: %v", err)
	}
	if err := o.ResetUser(t.Context(), local, "alice", operator.Why{Reason: "lost her phone"}); err != nil {
		t.Fatal(err)
	}
	u := o.user("alice")
	if len(u.Factors) != 0 || u.Pending != nil || len(u.Invitations) != 0 || u.Codes.UntilReset() || hasSession(o, u.Person.ID) {
		t.Errorf("after a reset alice has %+v", u)
	}
	if !u.Person.PasswordEnrollsUntil.IsZero() {
		t.Error("after a reset the password alone enrolls")
	}
	if o.mails()["person-reset alice"] != 1 {
		t.Errorf("mails are %v", o.mails())
	}
	if c := o.lastChange(); c.Action != "user.reset" || c.Reason != "lost her phone" || c.Detail != "totp recovery" {
		t.Errorf("logged %+v", c)
	}
}

func TestRemoveUser(t *testing.T) {
	o := newOffice(t)
	p := o.add("alice", directory.NoRole)
	prepare(o, "alice")
	if err := o.RemoveUser(t.Context(), local, "alice", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.User(t.Context(), local, "alice"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("alice: %v", err)
	}
	if hasSession(o, p.ID) {
		t.Error("a session outlives its person")
	}
	found, err := o.Changes(t.Context(), local, operator.ChangeQuery{Subject: "alice"})
	if err != nil || len(found) < 3 {
		t.Errorf("the log forgot alice: %d entries, %v", len(found), err)
	}
}

func TestSetPassword(t *testing.T) {
	o := newOffice(t)
	p := o.add("alice", directory.NoRole)
	startSession(o, p.ID)
	if err := o.SetPassword(t.Context(), local, "alice", secret.New("alice"), ""); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a bad password: %v", err)
	}
	if err := o.SetPassword(t.Context(), local, "alice", secret.New("correct horse"), "asked for"); err != nil {
		t.Fatal(err)
	}
	r := o.record("alice")
	hash, err := o.keys.Open(nil, directory.PasswordPlace(r.Person.ID), r.Password)
	if err != nil || string(hash) != "hash of correct horse" {
		t.Errorf("hash: %v", err)
	}
	if hasSession(o, p.ID) {
		t.Error("sessions outlive a new password")
	}
	if c := o.lastChange(); c.Action != "user.password" || strings.Contains(c.Detail+c.Reason, "horse") {
		t.Errorf("logged %+v", c)
	}
}

func TestUsers(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"carol", "alice", "bob", "dave"} {
		o.add(name, directory.NoRole)
	}
	if err := o.ResetUser(t.Context(), local, "bob", operator.Why{Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := o.DisableUser(t.Context(), local, "dave", ""); err != nil {
		t.Fatal(err)
	}
	yes := true
	for name, c := range map[string]struct {
		q    operator.PeopleQuery
		want string
	}{
		"all":          {operator.PeopleQuery{}, "alice bob carol dave"},
		"a page":       {operator.PeopleQuery{Limit: 2}, "alice bob"},
		"the next":     {operator.PeopleQuery{Limit: 2, After: "bob"}, "carol dave"},
		"a search":     {operator.PeopleQuery{Search: "OB@exam"}, "bob"},
		"enrolled":     {operator.PeopleQuery{Status: enrollment.Enrolled}, "alice carol dave"},
		"not required": {operator.PeopleQuery{Status: enrollment.NotRequired}, "bob"},
		"disabled":     {operator.PeopleQuery{Disabled: &yes}, "dave"},
	} {
		list, err := o.Users(t.Context(), local, c.q)
		var names []string
		for _, u := range list {
			names = append(names, u.Person.Username)
			if u.Status == enrollment.Enrolled && u.Factors[0].Sealed != nil {
				t.Error("a list carries secrets")
			}
		}
		if got := strings.Join(names, " "); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	census, err := o.Census(t.Context(), local)
	if err != nil || census.All != 4 || census.Disabled != 1 || census.ByStatus[enrollment.Enrolled] != 3 {
		t.Errorf("census %+v, %v", census, err)
	}
}

// TestActsAskForTheRole holds the acts against the table of roles: each as
// somebody it allows and somebody it does not.
func TestActsAskForTheRole(t *testing.T) {
	o := newOffice(t)
	o.add("admin", directory.Administrator)
	o.add("second", directory.Administrator)
	o.add("desk", directory.HelpDesk)
	o.add("watch", directory.Auditor)
	o.add("alice", directory.NoRole)
	ctx := t.Context()
	acts := map[string]func(by audit.Actor, name string) error{
		"unlock":  func(by audit.Actor, name string) error { return o.UnlockUser(ctx, by, name, "r") },
		"disable": func(by audit.Actor, name string) error { return o.DisableUser(ctx, by, name, "r") },
		"enable":  func(by audit.Actor, name string) error { return o.EnableUser(ctx, by, name, "r") },
		"edit":    func(by audit.Actor, name string) error { return o.EditUser(ctx, by, name, operator.Details{}) },
		"password": func(by audit.Actor, name string) error {
			return o.SetPassword(ctx, by, name, secret.New("correct horse"), "r")
		},
		"codes": func(by audit.Actor, name string) error {
			_, err := o.RegenerateRecovery(ctx, by, name, "r")
			return err
		},
		"totp":  func(by audit.Actor, name string) error { _, err := o.EnrollTOTP(ctx, by, name); return err },
		"grant": func(by audit.Actor, name string) error { return o.GrantRole(ctx, by, name, directory.Auditor, "r") },
		"reset": func(by audit.Actor, name string) error { return o.ResetUser(ctx, by, name, operator.Why{Reason: "r"}) },
		"link": func(by audit.Actor, name string) error {
			_, err := o.EnrollLink(ctx, by, name, operator.LinkOptions{})
			return err
		},
		"remove": func(by audit.Actor, name string) error { return o.RemoveUser(ctx, by, name, "r") },
	}
	for name, act := range acts {
		helps := name == "unlock" || name == "reset" || name == "link"
		for _, c := range []struct {
			by, whom string
			want     operator.Refusal
		}{
			{"alice", "watch", operator.RefusedRole},
			{"watch", "alice", operator.RefusedRole},
			{"desk", "watch", map[bool]operator.Refusal{true: operator.RefusedHigher, false: operator.RefusedRole}[helps]},
			{"admin", "admin", operator.RefusedSelf},
		} {
			if err := act(o.as(c.by), c.whom); operator.RefusalOf(err) != c.want || problem.KindOf(err) != problem.Forbidden {
				t.Errorf("%s by %s on %s: %v, want %q", name, c.by, c.whom, err, c.want)
			}
		}
		if err := act(audit.Actor{Person: 12345, Via: operator.ViaConsole}, "alice"); operator.RefusalOf(err) != operator.RefusedRole {
			t.Errorf("%s by nobody: %v", name, err)
		}
	}
	if err := o.UnlockUser(ctx, o.as("desk"), "alice", "r"); err != nil {
		t.Errorf("the help desk helps: %v", err)
	}
	if err := o.DisableUser(ctx, o.as("admin"), "watch", "r"); err != nil {
		t.Errorf("an administrator disables an auditor: %v", err)
	}
}
