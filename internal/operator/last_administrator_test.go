package operator_test

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// signsIn asks what the portal says to somebody who has proven the password.
func (o *office) signsIn(name string, code secret.Text) authn.Decision {
	o.t.Helper()
	d, err := o.engine.Begin(o.t.Context(), authn.Request{
		Door: authn.DoorPortal, Client: authn.DoorPortal, Username: name, SignedIn: o.record(name).Person.ID,
		Source: authn.Source{Peer: "192.0.2.10"}, Invitation: code,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// enrollsByLink sets up an authenticator with a link that the command line makes.
func (o *office) enrollsByLink(name string) {
	o.t.Helper()
	link, err := o.EnrollLink(o.t.Context(), local, name, operator.LinkOptions{})
	if err != nil {
		o.t.Fatal(err)
	}
	d := o.signsIn(name, link.Code)
	if d.Outcome != authn.Enroll {
		o.t.Fatalf("with a link: %v because of %s (%v)", d.Outcome, d.Reason, d.Trace)
	}
	right, ok, err := o.engine.Enrolling(o.t.Context(), authn.DoorPortal, d.Handle)
	if !ok || err != nil {
		o.t.Fatal(ok, err)
	}
	offer, err := o.desk.Offer(o.t.Context(), right)
	if err != nil {
		o.t.Fatal(err)
	}
	done, err := o.desk.Verify(o.t.Context(), right, o.code(offer.Key), audit.Actor{Name: name})
	if err != nil || done.Verdict != enrollment.Complete {
		o.t.Fatalf("%+v %v", done, err)
	}
}

func (o *office) grant(name string, role directory.Role) {
	o.t.Helper()
	if err := o.GrantRole(o.t.Context(), local, name, role, ""); err != nil {
		o.t.Fatal(err)
	}
}

// TestNoPeriodLocksOutTheLastAdministrator, whatever put the clock on them:
// when it is over they still enroll, with a link and not by their password
// alone. Nobody else does.
func TestNoPeriodLocksOutTheLastAdministrator(t *testing.T) {
	for name, happens := range map[string]func(o *office){
		"all begin anew": func(o *office) {
			o.add("root", directory.Administrator)
			o.require(everybody, week)
			if _, err := o.Reset(t.Context(), local, everybody, operator.Change{Length: 7 * day}); err != nil {
				t.Fatal(err)
			}
		},
		"joins a group": func(o *office) {
			o.require(operator.Selection{Group: "staff"}, week)
			o.bare("root")
			o.grant("root", directory.Administrator)
			if err := o.EditUser(t.Context(), local, "root", operator.Details{Email: "root@example.com", Groups: []string{"staff"}}); err != nil {
				t.Fatal(err)
			}
		},
		"gets the role": func(o *office) {
			o.bare("root")
			o.require(named("root"), week)
			o.grant("root", directory.Administrator)
		},
		"the other one is disabled by the directory": func(o *office) {
			o.fromForest("dora", directory.Administrator)
			o.bare("root")
			o.require(named("root"), week)
			o.grant("root", directory.Administrator)
			o.forest.keepsOut("dora", directory.BarredDisabled)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.bare("bob", "staff")
			o.require(named("bob"), week)
			happens(o)
			o.now = o.now.Add(8 * day)
			o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty, "root": enrollment.ExpiredDuty})
			if d := o.signsIn("bob", secret.Text{}); d.Reason != authn.ReasonPeriodOver {
				t.Errorf("bob: %v because of %s", d.Outcome, d.Reason)
			}
			before := o.mails()["enroll-link root"]
			if d := o.signsIn("root", secret.Text{}); d.Outcome != authn.Deny || d.Reason != authn.ReasonNeedsInvitation {
				t.Errorf("by password alone: %v because of %s (%v)", d.Outcome, d.Reason, d.Trace)
			}
			if n := o.mails()["enroll-link root"]; n != before+1 {
				t.Errorf("%d links were mailed, %d before", n, before)
			}
			o.enrollsByLink("root")
			o.stands(map[string]enrollment.Status{"root": enrollment.Enrolled})
			if _, err := o.EnrollLink(t.Context(), local, "bob", operator.LinkOptions{}); operator.RefusalOf(err) != operator.RefusedTimeOver {
				t.Errorf("a link for bob: %v", err)
			}
		})
	}
}

// TestOneWhoComesInIsEnough: as long as another administrator can come in, the
// end is the end.
func TestOneWhoComesInIsEnough(t *testing.T) {
	o := newOffice(t)
	o.bare("root")
	o.require(named("root"), week)
	o.grant("root", directory.Administrator)
	o.add("second", directory.Administrator)
	o.fromForest("dora", directory.Administrator)
	o.now = o.now.Add(8 * day)
	over := func(want bool, when string) {
		t.Helper()
		if d := o.signsIn("root", secret.Text{}); (d.Reason == authn.ReasonPeriodOver) != want {
			t.Errorf("%s: %v because of %s", when, d.Outcome, d.Reason)
		}
	}
	over(true, "two others")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.DisableUser(t.Context(), local, "second", ""))
	over(true, "one of a directory")
	o.forest.silent = true
	over(false, "one of a directory that does not answer")
	o.forest.silent = false
	o.forest.keepsOut("dora", directory.BarredExpired)
	over(false, "one whose account there has expired")
	o.forest.keepsOut("dora", directory.NotBarred)
	must(o.RevokeRole(t.Context(), local, "dora", directory.Administrator, ""))
	over(false, "nobody")
	must(o.EnableUser(t.Context(), local, "second", ""))
	over(true, "one again")
	o.require(named("second"), operator.Order{Factor: policy.WantPasskey, Forced: true})
	over(true, "one who has to set up a passkey") // and gets in to do it
	must(o.ResetUser(t.Context(), local, "second", operator.Why{Reason: "lost"}))
	over(false, "one without a second step")
}
