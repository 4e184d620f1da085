package operator_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/operator"
)

// TestIdentityIsChecked: as long as somebody asks for help, they are given
// nothing to begin anew with unless it is said how their identity was checked.
func TestIdentityIsChecked(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	ctx := t.Context()
	if _, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	acts := map[string]func(identity string) error{
		"user.reset": func(identity string) error {
			return o.ResetUser(ctx, local, "bob", operator.Why{Reason: "new phone", Identity: identity})
		},
		"pass.issue": func(identity string) error {
			_, err := o.IssuePass(ctx, local, "bob", operator.PassOptions{Why: operator.Why{Identity: identity}})
			return err
		},
		"enroll.link": func(identity string) error {
			_, err := o.EnrollLink(ctx, local, "bob", operator.LinkOptions{Why: operator.Why{Identity: identity}})
			return err
		},
		"bypass.grant": func(identity string) error {
			_, err := o.GrantBypass(ctx, local, "bob", "vpn", 0, operator.Why{Reason: "phone at home", Identity: identity})
			return err
		},
		"period.extend": func(identity string) error {
			_, err := o.Extend(ctx, local, named("bob"), operator.Change{Length: day, Identity: identity})
			return err
		},
		"period.reset": func(identity string) error {
			_, err := o.Reset(ctx, local, named("bob"), operator.Change{Length: week.Length, Identity: identity})
			return err
		},
	}
	// Of these each lets in who owes something by then.
	lets := map[string]func(identity string) error{
		"exempt": func(identity string) error {
			return o.Exempt(ctx, local, "bob", o.now.Add(day), operator.Why{Reason: "on leave", Identity: identity})
		},
		"period.cancel": func(identity string) error {
			_, err := o.Cancel(ctx, local, named("bob"), operator.Change{Identity: identity})
			return err
		},
		"require.remove": func(identity string) error {
			_, err := o.RemoveRequirement(ctx, local, named("bob"), operator.Change{Identity: identity})
			return err
		},
	}
	o.require(named("bob"), week)
	all := func(when, identity string, want operator.Refusal) {
		t.Helper()
		for name, act := range acts {
			if err := act(identity); operator.RefusalOf(err) != want || (err == nil) != (want == "") {
				t.Errorf("%s, %s: %v, want %q", when, name, err, want)
			}
		}
	}
	all("without a request", "", "")
	asked := operator.HelpRequest{
		ID: o.entry().ID, Person: o.record("bob").Person.ID, Door: "portal", CreatedAt: o.now, Status: enrollment.NotRequired,
	}
	if err := o.store.AddHelpRequest(ctx, asked, o.entry()); err != nil {
		t.Fatal(err)
	}
	all("unchecked", " ", operator.RefusedNoIdentity)
	all("on two lines", "one\ntwo", operator.RefusedIdentity)
	for name, act := range lets {
		if err := act(""); operator.RefusalOf(err) != operator.RefusedNoIdentity {
			t.Errorf("unchecked, %s: %v", name, err)
		}
		if err := act("called back"); err != nil {
			t.Errorf("checked, %s: %v", name, err)
		}
		if log := o.lastChange(); log.Action != name || !strings.HasSuffix(log.Detail, "identity checked: called back") {
			t.Errorf("logged as %+v", log)
		}
		o.require(named("bob"), week)
	}
	for name, act := range acts {
		if err := act("called back"); err != nil {
			t.Errorf("checked, %s: %v", name, err)
		}
		if log := o.lastChange(); log.Action != name || !strings.HasSuffix(log.Detail, "identity checked: called back") {
			t.Errorf("logged as %+v", log)
		}
	}
	if err := o.CloseHelpRequest(ctx, local, asked.ID, "done"); err != nil {
		t.Fatal(err)
	}
	all("when it is closed", "", "")
}

// TestTheLastFactorOfWhoAsksForHelp is removed only when it is said how their
// identity was checked; one of several without.
func TestTheLastFactorOfWhoAsksForHelp(t *testing.T) {
	o := newOffice(t)
	carol := o.add("carol", directory.NoRole)
	asked := operator.HelpRequest{
		ID: o.entry().ID, Person: carol.ID, Door: "portal", CreatedAt: o.now, Status: enrollment.Enrolled,
	}
	if err := o.store.AddHelpRequest(t.Context(), asked, o.entry()); err != nil {
		t.Fatal(err)
	}
	remove := func(identity string) error {
		for _, f := range o.record("carol").Factors {
			if f.Kind == factor.TOTP {
				return o.RemoveFactor(t.Context(), local, "carol", f.ID, operator.Why{Reason: "lost", Identity: identity})
			}
		}
		return nil
	}
	if err := remove(" "); operator.RefusalOf(err) != operator.RefusedNoIdentity {
		t.Errorf("unchecked: %v", err)
	}
	if err := remove("called back"); err != nil {
		t.Errorf("checked: %v", err)
	}
	if log := o.lastChange(); log.Action != "factor.remove" || !strings.HasSuffix(log.Detail, "identity checked: called back") {
		t.Errorf("logged as %+v", log)
	}
}

// TestAmongManyWhoAskForHelpAreLeftOut: what would let them begin anew is done
// for each of them alone; its preview says so, and what else is done to many
// includes them.
func TestAmongManyWhoAskForHelpAreLeftOut(t *testing.T) {
	o := newOffice(t)
	o.bare("bob", "staff")
	o.bare("dan", "staff")
	ctx := t.Context()
	o.require(operator.Selection{Group: "staff"}, week)
	asked := operator.HelpRequest{
		ID: o.entry().ID, Person: o.record("bob").Person.ID, Door: "portal", CreatedAt: o.now, Status: enrollment.InPeriod,
	}
	if err := o.store.AddHelpRequest(ctx, asked, o.entry()); err != nil {
		t.Fatal(err)
	}
	leavesOut := map[string]func(s operator.Selection, c operator.Change) (operator.BulkResult, error){
		"extend": func(s operator.Selection, c operator.Change) (operator.BulkResult, error) {
			c.Length = day
			return o.Extend(ctx, local, s, c)
		},
		"reset": func(s operator.Selection, c operator.Change) (operator.BulkResult, error) {
			c.Length = week.Length
			return o.Reset(ctx, local, s, c)
		},
		"link": func(s operator.Selection, c operator.Change) (operator.BulkResult, error) {
			return o.MailLinks(ctx, local, s, c)
		},
	}
	everyway := []operator.Selection{named("bob", "dan"), {Group: "staff"}, {Query: &operator.PeopleQuery{Group: "staff"}}}
	want := func(what string, r operator.BulkResult, err error, done, failed int) {
		t.Helper()
		if err != nil || r.Done != done || len(r.Failures) != failed {
			t.Fatalf("%s: %+v, %v", what, r, err)
		}
		if failed == 1 && (r.Failures[0].Username != "bob" || r.Failures[0].Refusal != operator.RefusedAskedForHelp) {
			t.Errorf("%s: failed for %+v", what, r.Failures)
		}
	}
	ends := func(name string) time.Time { return o.record(name).Requirements[0].Due }
	for name, act := range leavesOut {
		for _, s := range everyway {
			before := ends("bob")
			seen, err := act(s, operator.Change{Dry: true})
			want(name+", beforehand", seen, err, 1, 1)
			done, err := act(s, operator.Change{})
			want(name, done, err, 1, 1)
			if !ends("bob").Equal(before) {
				t.Errorf("%s: bob has until %v", name, ends("bob"))
			}
		}
		if _, err := act(named("bob"), operator.Change{}); operator.RefusalOf(err) != operator.RefusedNoIdentity {
			t.Errorf("%s, alone: %v", name, err)
		}
		alone, err := act(named("bob"), operator.Change{Identity: "called back"})
		want(name+", alone", alone, err, 1, 0)
	}
	paused, err := o.Pause(ctx, local, named("bob", "dan"), operator.Change{})
	want("pause", paused, err, 2, 0)
	resumed, err := o.Resume(ctx, local, named("bob", "dan"), operator.Change{})
	want("resume", resumed, err, 2, 0)

	if err := o.CloseHelpRequest(ctx, local, asked.ID, "done"); err != nil {
		t.Fatal(err)
	}
	for name, act := range leavesOut {
		done, err := act(everyway[0], operator.Change{})
		want(name+", when it is closed", done, err, 2, 0)
	}
}
