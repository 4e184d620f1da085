package operator_test

import (
	"strings"
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// TestIdentityIsChecked: as long as somebody asks for help, they are given
// nothing to begin anew with unless it is said how their identity was checked.
func TestIdentityIsChecked(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	ctx := t.Context()
	acts := map[string]func(identity string) error{
		"user.reset": func(identity string) error {
			return o.ResetUser(ctx, local, "bob", operator.Why{Reason: "new phone", Identity: identity})
		},
		"pass.issue": func(identity string) error {
			_, err := o.IssuePass(ctx, local, "bob", operator.PassOptions{Why: operator.Why{Identity: identity}})
			return err
		},
	}
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
