package operator_test

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// TestMay holds the whole table of roles: every act by every role on everybody.
func TestMay(t *testing.T) {
	roles := []directory.Role{directory.NoRole, directory.Auditor, directory.HelpDesk, directory.Administrator}
	// allowed[act][who] lists whom that role may act on; "-" is nobody in particular.
	const everybody = "- none auditor help-desk administrator self"
	allowed := map[operator.Act]map[directory.Role]string{
		operator.Read: {
			directory.Auditor: everybody, directory.HelpDesk: everybody, directory.Administrator: everybody,
		},
		operator.Help: {
			directory.HelpDesk: "- none", directory.Administrator: "- none auditor help-desk administrator",
		},
		operator.Manage:    {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Issue:     {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Appoint:   {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Configure: {directory.Administrator: everybody},
	}
	for act, table := range allowed {
		for _, role := range roles {
			who := &directory.Person{ID: 1, Username: "carol", Role: role}
			cases := map[string]*directory.Person{"-": nil, "self": who}
			for i, r := range roles {
				name := string(r)
				if r == directory.NoRole {
					name = "none"
				}
				cases[name] = &directory.Person{ID: 2 + idOf(i), Username: "dave", Role: r}
			}
			for name, whom := range cases {
				err := operator.May(act, who, whom)
				want := containsWord(table[role], name)
				if (err == nil) != want {
					t.Errorf("May(%s, %q, %s) = %v, want allowed %v", act, role, name, err, want)
				}
				if err != nil && problem.KindOf(err) != problem.Forbidden {
					t.Errorf("May(%s, %q, %s): kind %v", act, role, name, problem.KindOf(err))
				}
			}
		}
	}
}

func TestMayRefuses(t *testing.T) {
	admin := func() *directory.Person { return &directory.Person{ID: 1, Role: directory.Administrator} }
	disabled := admin()
	disabled.Disabled = true
	for name, err := range map[string]error{
		"a disabled administrator": operator.May(operator.Read, disabled, nil),
		"nobody":                   operator.May(operator.Read, nil, nil),
		"an unknown act":           operator.May("dance", admin(), nil),
		"a role that is none":      operator.May(operator.Read, &directory.Person{ID: 1, Role: "king"}, nil),
	} {
		if err == nil {
			t.Errorf("%s was allowed to act", name)
		}
	}
}

// TestARoleEndsWhatAPasswordBegan: for somebody with a role the password alone
// never enrolls, also if the role comes while they are at it.
func TestARoleEndsWhatAPasswordBegan(t *testing.T) {
	o := newOffice(t)
	engine, ok := o.Engine.(*authn.Engine)
	if !ok {
		t.Fatalf("the engine is a %T", o.Engine)
	}
	ctx := t.Context()
	for _, role := range operator.Roles() {
		name := string(role)
		bob, err := o.AddUser(ctx, local, operator.NewUser{Name: name, Password: secret.New("correct horse")})
		if err != nil {
			t.Fatal(err)
		}
		begin := func() authn.Decision {
			d, err := engine.Begin(ctx, authn.Request{
				Door: authn.DoorPortal, Client: "portal", Username: name, SignedIn: bob.ID, Source: authn.Source{Peer: "192.0.2.7"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := begin()
		right, ok, err := engine.Enrolling(ctx, authn.DoorPortal, d.Handle)
		if !ok || err != nil {
			t.Fatalf("%s may not enroll before: %v because of %s, %v", name, d.Outcome, d.Reason, err)
		}
		shown, err := o.desk.Offer(ctx, right)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.GrantRole(ctx, local, name, role, ""); err != nil {
			t.Fatal(err)
		}

		if _, ok, err := engine.Enrolling(ctx, authn.DoorPortal, d.Handle); ok || err != nil {
			t.Errorf("%s: the question is still open: %v", name, err)
		}
		by := audit.Actor{Person: bob.ID, Name: name, Via: "portal"}
		if res, err := o.desk.Verify(ctx, right, o.code(shown.Key), by); err != nil || res.Verdict == enrollment.Complete {
			t.Errorf("%s: what was begun can be finished: %v, %v", name, res.Verdict, err)
		}
		if again, err := o.desk.Offer(ctx, right); err == nil { // a page that was on its way
			if res, err := o.desk.Verify(ctx, right, o.code(again.Key), by); err != nil || res.Verdict == enrollment.Complete {
				t.Errorf("%s: it can be begun anew: %v, %v", name, res.Verdict, err)
			}
		}
		if d := begin(); d.Outcome != authn.Deny || d.Reason != authn.ReasonNeedsInvitation {
			t.Errorf("%s afterwards: %v because of %s", name, d.Outcome, d.Reason)
		}
		if r := o.record(name); len(r.Factors) != 0 {
			t.Errorf("%s has got a factor", name)
		}
	}
}
