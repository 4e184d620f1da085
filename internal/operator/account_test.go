package operator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestActsOnAccountsSurviveTheirProcess: each person has their turn once, and
// the log of each names the act.
func TestActsOnAccountsSurviveTheirProcess(t *testing.T) {
	const people = 300
	for action, do := range map[string]func(*operator.Operator, context.Context, audit.Actor, operator.Selection, operator.Change) (operator.BulkResult, error){
		"user.unlock":  (*operator.Operator).UnlockMany,
		"enroll.link":  (*operator.Operator).MailLinks,
		"user.disable": (*operator.Operator).DisableMany,
		"user.enable":  (*operator.Operator).EnableMany,
	} {
		t.Run(action, func(t *testing.T) {
			o := newOffice(t)
			for i := range people {
				o.bare(fmt.Sprintf("user%03d", i))
			}
			var act id.ID
			change := operator.Change{Reason: "the whole team", Begun: func(a id.ID) { act = a }}
			if _, err := do(o.dying(9, 1), t.Context(), local, everybody, change); err == nil {
				t.Fatal("nothing has died")
			}
			o.finish(2)
			result := o.act(o.ActResult(t.Context(), local, act))
			if result.Chosen != people || result.Done != people || result.Silent != 0 {
				t.Errorf("%+v", result)
			}
			for _, name := range []string{"user000", "user249", "user250", "user299"} {
				o.history(name, action, act.String())
				if disabled := o.record(name).Person.Disabled; disabled != (action == "user.disable") {
					t.Errorf("%s is disabled: %v", name, disabled)
				}
			}
			links := 0
			if action == "enroll.link" {
				links = 1
			}
			o.told(map[string]int{"enroll-link user000": links, "enroll-link user299": links})
			if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
				t.Errorf("an act on accounts is taken back: %v", err)
			}
		})
	}
}

// TestActsOnAccountsAskTheTableForEach: the help desk may help many, but nobody
// with a role; what somebody may not do any more is not done in their name.
func TestActsOnAccountsAskTheTableForEach(t *testing.T) {
	o := newOffice(t)
	o.add("chief", directory.Administrator)
	o.add("desk", directory.HelpDesk)
	for i := range 300 {
		o.bare(fmt.Sprintf("user%03d", i))
	}
	why := operator.Change{Reason: "asked at the desk"}
	desk := o.as("desk")
	if _, err := o.DisableMany(t.Context(), desk, everybody, why); operator.RefusalOf(err) != operator.RefusedRole {
		t.Errorf("the help desk disables: %v", err)
	}
	result := o.act(o.UnlockMany(t.Context(), desk, everybody, why))
	failed := map[string]operator.Refusal{}
	for _, f := range result.Failures {
		failed[f.Username] = f.Refusal
	}
	if result.Done != 300 || len(failed) != 2 || failed["chief"] != operator.RefusedHigher || failed["desk"] != operator.RefusedSelf {
		t.Errorf("%d done, %v", result.Done, failed)
	}
	var act id.ID
	why.Begun = func(a id.ID) { act = a }
	if _, err := o.dying(9, 1).UnlockMany(t.Context(), desk, everybody, why); err == nil {
		t.Fatal("nothing has died")
	}
	if err := o.RevokeRole(t.Context(), local, "desk", directory.HelpDesk, ""); err != nil {
		t.Fatal(err)
	}
	o.finish(2)
	result = o.act(o.ActResult(t.Context(), local, act))
	if result.Done != 248 || len(result.Failures) != 54 { // chief and desk are among the first 250
		t.Errorf("%d done, %d not", result.Done, len(result.Failures))
	}
}

// TestTheLastAdministratorIsNotDisabledAmongMany: the others are.
func TestTheLastAdministratorIsNotDisabledAmongMany(t *testing.T) {
	o := newOffice(t)
	o.add("chief", directory.Administrator)
	o.bare("deputy") // has no factor yet, and so nobody counts on them
	if err := o.GrantRole(t.Context(), local, "deputy", directory.Administrator, ""); err != nil {
		t.Fatal(err)
	}
	o.bare("alice")
	o.bare("bob")
	result := o.act(o.DisableMany(t.Context(), o.as("deputy"), everybody, operator.Change{Reason: "closed"}))
	if result.Done != 2 || len(result.Failures) != 2 || result.Failures[0].Refusal != operator.RefusedLastAdministrator {
		t.Errorf("%+v", result)
	}
	for name, want := range map[string]bool{"alice": true, "bob": true, "chief": false, "deputy": false} {
		if got := o.record(name).Person.Disabled; got != want {
			t.Errorf("%s is disabled: %v", name, got)
		}
	}
	one := o.act(o.DisableMany(t.Context(), o.as("deputy"), named("chief"), operator.Change{Reason: "closed"}))
	if one.Done != 0 || len(one.Failures) != 1 || one.Failures[0].Refusal != operator.RefusedLastAdministrator {
		t.Errorf("alone: %+v", one)
	}
}

// TestAStartIsWrittenDown: how far it comes, whom it leaves out and why, and
// that its process died.
func TestAStartIsWrittenDown(t *testing.T) {
	o := newOffice(t)
	const people = 600
	for i := range people {
		o.bare(fmt.Sprintf("user%03d", i))
	}
	o.require(named("user000"), week)
	order := week
	var act id.ID
	order.Begun = func(a id.ID) { act = a }

	if _, err := o.dying(1, 9).Require(t.Context(), local, everybody, order, false); err == nil {
		t.Fatal("nothing has died")
	}
	b, err := o.Act(t.Context(), local, act)
	if err != nil || b.State != operator.BulkChoosing || b.People != people || b.Done != 499 || b.Skipped != 1 {
		t.Fatalf("amid the start: %+v %v", b, err)
	}
	o.finish(2)
	if b, _ := o.Act(t.Context(), local, act); b.State != operator.BulkDropped {
		t.Errorf("after its process died: %+v", b)
	}
	o.stands(map[string]enrollment.Status{"user001": enrollment.NotRequired})

	result := o.require(everybody, order)
	noted := o.act(o.ActResult(t.Context(), local, act))
	if result.Done != people-1 || noted.Chosen != people || noted.Done != people-1 || len(noted.Skipped) != 1 || noted.Skipped[0].Username != "user000" {
		t.Errorf("%+v", noted)
	}
	o.history("user599", "period.start", "totp at all")
	if undone := o.act(o.UndoLast(t.Context(), local, nil)); undone.Done != people-1 {
		t.Errorf("undone for %d", undone.Done)
	}
}

// TestAStartThatDiesAfterItsInstantIsOver: what is in force stays so, and can be
// taken back.
func TestAStartThatDiesAfterItsInstantIsOver(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	var act id.ID
	order := week
	order.Begun = func(a id.ID) { act = a }
	if _, err := o.dying(1, 9).Require(t.Context(), local, everybody, order, false); err == nil {
		t.Fatal("nothing has died")
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod})
	o.finish(2)
	if b, err := o.Act(t.Context(), local, act); err != nil || b.State != operator.BulkOver || b.Done != 2 {
		t.Errorf("%+v %v", b, err)
	}
	if undone := o.act(o.UndoLast(t.Context(), local, nil)); undone.Done != 2 {
		t.Errorf("undone for %d", undone.Done)
	}
}

// TestAStartIsTakenUpByOneOnly: whoever began it and seemed dead writes nothing
// any more.
func TestAStartIsTakenUpByOneOnly(t *testing.T) {
	o := newOffice(t)
	for i := range 600 {
		o.bare(fmt.Sprintf("user%03d", i))
	}
	var act id.ID
	order := operator.Order{Factor: policy.WantTOTP, Length: 7 * day, Postpone: -1, Begun: func(a id.ID) { act = a }}
	if _, err := o.dying(1, 9).Require(t.Context(), local, everybody, order, false); err == nil {
		t.Fatal("nothing has died")
	}
	b, err := o.Act(t.Context(), local, act)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := o.ResumeStart(t.Context(), local, b.Period); err != nil || r.People != 600 {
		t.Fatalf("%+v %v", r, err)
	}
	if err := o.store.NoteBulk(t.Context(), b.Hold, 0, 100, nil); err == nil {
		t.Error("the one who seemed dead writes on")
	}
	o.now = o.now.Add(time.Minute)
	o.finish(2)
	if undone := o.act(o.UndoLast(t.Context(), local, nil)); undone.Done != 600 {
		t.Errorf("undone for %d", undone.Done)
	}
	if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
		t.Errorf("undone twice: %v", err)
	}
}
