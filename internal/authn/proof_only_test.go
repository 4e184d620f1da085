package authn_test

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// TestAskingForHelpIsNoSignIn: the right password says who asks, and lets in
// neither them nor whoever comes from the same address after them.
func TestAskingForHelpIsNoSignIn(t *testing.T) {
	in := install(t)
	in.add("alice", "right", aliceKey)
	in.add("bob", "right", nil)
	r, _, err := in.store.Person(t.Context(), "bob", true)
	if err != nil {
		t.Fatal(err)
	}
	in.amend("bob", operator.Amendment{PutDuties: []operator.DutyPut{{Requirement: policy.Requirement{
		Period: in.ids.Next(in.clock()), Own: true, Duty: policy.Exempt, Since: in.clock(),
	}}}})
	ask := func(user, password string) authn.Decision {
		t.Helper()
		d, err := in.Begin(t.Context(), authn.Request{
			Door: authn.DoorPortal, Client: authn.DoorPortal, Username: user, Password: secret.New(password),
			Source: authn.Source{Peer: "192.0.2.1"}, ForHelp: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for range 7 { // more often than questions may be open
		d := ask("alice", "right")
		in.want(d, authn.Deny, authn.ReasonAskedForHelp)
		if d.Person == 0 || !d.Handle.Empty() {
			t.Fatalf("%+v", d)
		}
	}
	if d := ask("bob", "right"); d.Outcome != authn.Deny || d.Reason != authn.ReasonAskedForHelp || d.Person != r.Person.ID {
		t.Errorf("%+v", d)
	}
	if d := ask("bob", "wrong"); d.Reason != authn.ReasonPasswordWrong || d.Person != 0 {
		t.Errorf("a wrong password: %+v", d)
	}
	let, err := in.store.FindSignIns(t.Context(), operator.SignInQuery{Result: audit.Allowed, Limit: 10})
	if err != nil || len(let) != 0 {
		t.Errorf("let in: %+v, %v", let, err)
	}
	asked, err := in.store.FindSignIns(t.Context(), operator.SignInQuery{Reason: string(authn.ReasonAskedForHelp), Limit: 10})
	if err != nil || len(asked) != 8 {
		t.Errorf("%d stand in the log, %v", len(asked), err)
	}
	in.want(in.portal("bob", "right"), authn.Allow, authn.ReasonExempt)
}
