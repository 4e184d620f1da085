package operator_test

import (
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestExplain(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("alice", directory.NoRole)
	o.plain("bob")
	if _, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		user, client string
		outcome      authn.Outcome
		reason       authn.Reason
	}{
		{"alice", "vpn", authn.Ask, authn.ReasonCodeNeeded},
		{"bob", "vpn", authn.Enroll, authn.ReasonMustEnroll},
		{"bob", "portal", authn.Enroll, authn.ReasonMustEnroll},
		{"nobody", "vpn", authn.Deny, authn.ReasonUnknownUser},
		{"alice@example.org", "vpn", authn.Deny, authn.ReasonForeignDomain},
	} {
		d, err := o.Explain(ctx, local, operator.ExplainQuery{User: c.user, Client: c.client})
		if err != nil || d.Outcome != c.outcome || d.Reason != c.reason || len(d.Trace) == 0 {
			t.Errorf("%s at %s: %v %q %v, %v", c.user, c.client, d.Outcome, d.Reason, d.Trace, err)
		}
	}
	if _, err := o.Explain(ctx, local, operator.ExplainQuery{User: "alice", Client: "wifi"}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("an unknown client: %v", err)
	}
	if list, err := o.SignIns(ctx, local, operator.SignInQuery{}); err != nil || len(list) != 0 {
		t.Errorf("explaining left %d entries in the log, %v", len(list), err)
	}
}

func TestSignIns(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("alice", directory.NoRole)
	try := func(user, code string) {
		t.Helper()
		engine, ok := o.Engine.(*authn.Engine)
		if !ok {
			t.Fatal("the office has no engine")
		}
		d, err := engine.Begin(ctx, authn.Request{
			Door: authn.DoorPortal, Client: "portal", Username: user, Password: secret.New("wrong " + code),
			Source: authn.Source{Peer: "192.0.2.44"},
		})
		if err != nil || d.Outcome != authn.Deny {
			t.Fatalf("%s: %v, %v", user, d.Outcome, err)
		}
	}
	try("alice", "")
	o.now = o.now.Add(2 * time.Hour)
	try("Mallory", "")
	for name, c := range map[string]struct {
		q    operator.SignInQuery
		want int
	}{
		"all":              {operator.SignInQuery{}, 2},
		"alice's":          {operator.SignInQuery{Username: "ALICE"}, 1},
		"a stranger's":     {operator.SignInQuery{Username: "mallory"}, 1},
		"no name at all":   {operator.SignInQuery{Username: "not a name"}, 0},
		"of the portal":    {operator.SignInQuery{Client: "portal"}, 2},
		"of another":       {operator.SignInQuery{Client: "vpn"}, 0},
		"allowed":          {operator.SignInQuery{Result: audit.Allowed}, 0},
		"unknown users":    {operator.SignInQuery{Reason: string(authn.ReasonUnknownUser)}, 1},
		"of the last hour": {operator.SignInQuery{Since: o.now.Add(-time.Hour)}, 1},
		"before that":      {operator.SignInQuery{Until: o.now.Add(-time.Hour)}, 1},
		"one":              {operator.SignInQuery{Limit: 1}, 1},
	} {
		list, err := o.SignIns(ctx, local, c.q)
		if err != nil || len(list) != c.want {
			t.Errorf("%s: %d entries, %v; want %d", name, len(list), err, c.want)
		}
	}
	list, err := o.SignIns(ctx, local, operator.SignInQuery{})
	if err != nil || list[0].Username != "Mallory" {
		t.Fatalf("newest first: %+v, %v", list, err)
	}
	if s, err := o.SignIn(ctx, local, list[1].ID); err != nil || s.Username != "alice" || s.Trace == "" {
		t.Errorf("one entry: %+v, %v", s, err)
	}
	if _, err := o.SignIn(ctx, local, 12345); problem.KindOf(err) != problem.NotFound {
		t.Errorf("no such entry: %v", err)
	}
	o.now = o.now.Add(time.Minute)
	counts, err := o.SignInCounts(ctx, local, o.now.Add(-24*time.Hour))
	if err != nil || len(counts) != 2 || counts[0].Count != 1 || counts[0].Client != "portal" {
		t.Errorf("counts %+v, %v", counts, err)
	}
	if u := o.user("alice"); len(u.SignIns) != 1 {
		t.Errorf("alice has %d sign-ins", len(u.SignIns))
	}
}

func TestLastUseOfAFactor(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	if f := o.user("alice").Factors[0]; !f.LastUsed.IsZero() {
		t.Errorf("used before it was: %v", f.LastUsed)
	}
	r := o.record("alice")
	change := authn.Change{Record: r, Standing: r.Standing}
	change.Standing.Spent = append(change.Standing.Spent, spentNow(o, r))
	if err := o.store.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if f := o.user("alice").Factors[0]; !f.LastUsed.Equal(o.now) {
		t.Errorf("last used %v", f.LastUsed)
	}
}

func TestMails(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	if err := o.ResetUser(t.Context(), local, "alice", operator.Why{Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	list, err := o.Mails(t.Context(), local, "alice", operator.MailQuery{})
	if err != nil || len(list) != 1 || list[0].Username != "alice" {
		t.Errorf("mails %+v, %v", list, err)
	}
	if _, err := o.Mails(t.Context(), local, "nobody", operator.MailQuery{}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("mails of nobody: %v", err)
	}
}

func TestHelpRequests(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("desk", directory.HelpDesk)
	o.add("watch", directory.Auditor)
	p := o.add("alice", directory.NoRole)
	asked := operator.HelpRequest{
		ID: o.IDs.Next(o.now), Person: p.ID, Username: "alice", Door: "portal", Source: "192.0.2.44", NewSource: true, CreatedAt: o.now,
	}
	if err := o.store.AddHelpRequest(ctx, asked, o.entry()); err != nil {
		t.Fatal(err)
	}
	list, err := o.HelpRequests(ctx, o.as("watch"), operator.HelpQuery{OpenOnly: true})
	if err != nil || len(list) != 1 || !list[0].NewSource {
		t.Fatalf("requests %+v, %v", list, err)
	}
	if err := o.CloseHelpRequest(ctx, o.as("watch"), asked.ID, "called back"); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("an auditor closed it: %v", err)
	}
	if err := o.CloseHelpRequest(ctx, o.as("desk"), asked.ID, ""); operator.RefusalOf(err) != operator.RefusedNoReason {
		t.Errorf("closed without a word: %v", err)
	}
	if err := o.CloseHelpRequest(ctx, o.as("desk"), asked.ID, "called back"); err != nil {
		t.Fatal(err)
	}
	if c := o.lastChange(); c.Action != "help-request.close" || c.Subject != "alice" || c.Reason != "called back" {
		t.Errorf("logged %+v", c)
	}
	if err := o.CloseHelpRequest(ctx, o.as("desk"), asked.ID, "again"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("closed twice: %v", err)
	}
	all, err := o.HelpRequests(ctx, local, operator.HelpQuery{})
	if err != nil || len(all) != 1 || all[0].ClosedBy != "desk" {
		t.Errorf("requests %+v, %v", all, err)
	}
}

// spentNow says that the step of now is used.
func spentNow(o *office, r *authn.Record) (s factor.Spent) {
	s.Factor, s.Step, s.At = r.Factors[0].ID, totp.Defaults().Step(o.now), o.now
	return s
}
