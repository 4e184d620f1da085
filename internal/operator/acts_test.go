package operator_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// mortal is a store of a process that dies after some steps of an act.
type mortal struct {
	*store.Store
	choices, steps int
}

var errDied = errors.New("the process has died")

func (m *mortal) ChooseBulk(ctx context.Context, h operator.BulkHold, list []operator.BulkMember) error {
	if m.choices--; m.choices < 0 {
		return errDied
	}
	return m.Store.ChooseBulk(ctx, h, list)
}

func (m *mortal) NoteBulk(ctx context.Context, h operator.BulkHold, people, done int, left []operator.BulkMember) error {
	if m.choices--; m.choices < 0 {
		return errDied
	}
	return m.Store.NoteBulk(ctx, h, people, done, left)
}

func (m *mortal) StepBulk(ctx context.Context, h operator.BulkHold, step operator.BulkStep) ([]error, error) {
	if m.steps--; m.steps < 0 {
		return nil, errDied
	}
	return m.Store.StepBulk(ctx, h, step)
}

func (m *mortal) EndBulk(ctx context.Context, h operator.BulkHold, state operator.BulkState, at time.Time, back []operator.BulkRule, log audit.Change) error {
	if m.choices < 0 || m.steps < 0 {
		return errDied
	}
	return m.Store.EndBulk(ctx, h, state, at, back, log)
}

// dying is this office's operator in a process that dies after some steps.
func (o *office) dying(choices, steps int) *operator.Operator {
	c := o.Operator.Config
	c.Store = &mortal{o.store, choices, steps}
	return operator.New(c)
}

// finish lets whoever leads look for acts whose process died.
func (o *office) finish(rounds int) {
	o.t.Helper()
	f := jobs.Finisher{Acts: o.Operator, Now: o.Now, Log: slog.New(slog.DiscardHandler)}
	for range rounds {
		if err := f.Job().Run(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
		o.now = o.now.Add(10 * time.Second)
	}
}

// TestAnActWhoseProcessDiesIsFinished: for each once, and nothing is missing
// in the log; also an undo.
func TestAnActWhoseProcessDiesIsFinished(t *testing.T) {
	o := newOffice(t)
	const people = 600
	for i := range people {
		o.bare(fmt.Sprintf("user%03d", i))
	}
	o.require(everybody, week)
	o.sweep()
	due := o.record("user000").Requirements[0].Due
	var act id.ID
	change := operator.Change{Length: 3 * day, Reason: "holiday", Begun: func(a id.ID) { act = a }}
	if _, err := o.dying(9, 1).Extend(t.Context(), local, everybody, change); err == nil {
		t.Fatal("nothing has died")
	}
	b, err := o.Act(t.Context(), local, act)
	if err != nil || b.State != operator.BulkRunning || b.People != people || b.Done != 250 {
		t.Fatalf("%+v %v", b, err)
	}
	if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
		t.Errorf("undone while it goes on: %v", err)
	}
	o.finish(1)
	if b, _ := o.Act(t.Context(), local, act); b.Done != 250 {
		t.Errorf("%d done before it was silent", b.Done)
	}
	o.bare("late") // who was not among the chosen
	o.now = o.now.Add(time.Minute)
	f := jobs.Finisher{Acts: o.Operator, Sole: true, Now: o.Now, Log: slog.New(slog.DiscardHandler)}
	if err := f.Job().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	result, err := o.ActResult(t.Context(), local, act)
	if err != nil || result.Chosen != people || result.Done != people || len(result.Failures)+len(result.Skipped) != 0 {
		t.Errorf("%+v %v", result, err)
	}
	for _, name := range []string{"user000", "user249", "user250", "user599"} {
		if got := o.record(name).Requirements[0].Due; !got.Equal(due.Add(3 * day)) {
			t.Errorf("%s: due %v, want %v", name, got, due.Add(3*day))
		}
		o.told(map[string]int{"period-extended " + name: 1})
		o.history(name, "period.extend", "until "+due.Add(3*day).Format(time.RFC3339), act.String())
	}
	o.history("everybody", "bulk.end", "period.extend", "done for 600 of 600")
	if _, err := o.dying(9, 1).UndoLast(t.Context(), local, nil); err == nil {
		t.Fatal("nothing has died")
	}
	o.finish(2)
	for _, name := range []string{"user000", "user599"} {
		if got := o.record(name).Requirements[0].Due; !got.Equal(due) {
			t.Errorf("%s: due %v, want %v", name, got, due)
		}
	}
	if list, err := o.store.UnfinishedBulks(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// history looks for the one entry in somebody's log that has these words.
func (o *office) history(name, action string, words ...string) {
	o.t.Helper()
	list, err := o.store.FindChanges(o.t.Context(), operator.ChangeQuery{Subject: name, Action: action})
	found := 0
	for _, entry := range list {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(entry.Detail, word) }) {
			found++
		}
	}
	if err != nil || found != 1 {
		o.t.Errorf("%s of %s, want one with %q: %+v %v", action, name, words, list, err)
	}
}

// TestAnActThatDiesBeforeItBeginsChangesNothing, which the log says.
func TestAnActThatDiesBeforeItBeginsChangesNothing(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	o.require(everybody, week)
	due := o.record("alice").Requirements[0].Due
	if _, err := o.dying(0, 0).Extend(t.Context(), local, everybody, operator.Change{Length: day}); err == nil {
		t.Fatal("nothing has died")
	}
	o.finish(2)
	if got := o.record("alice").Requirements[0].Due; !got.Equal(due) {
		t.Errorf("due %v, want %v", got, due)
	}
	o.history("everybody", "bulk.drop", "before anybody was changed")
	if result, err := o.UndoLast(t.Context(), local, nil); err != nil || result.Done != 2 {
		t.Errorf("the start before it: %+v %v", result, err)
	}
}

// TestWhatAGroupRequiresComesBack: removed of a group, it is counted whose
// requirement ended, and an undo brings it back with the clocks as they were,
// for those who are in the group now.
func TestWhatAGroupRequiresComesBack(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"h1", "h2", "h3", "h4"} {
		o.bare(name, "helpers")
	}
	group := operator.Selection{Group: "helpers"}
	o.require(group, week)
	due := o.record("h1").Requirements[0].Due
	o.now = o.now.Add(day)
	result := o.act(o.RemoveRequirement(t.Context(), local, group, operator.Change{}))
	if result.Chosen != 4 || result.Done != 4 || len(result.Skipped) != 0 {
		t.Errorf("%+v", result)
	}
	o.stands(map[string]enrollment.Status{"h1": enrollment.NotRequired, "h4": enrollment.NotRequired})
	o.history("h3", "require.remove")
	o.bare("new", "helpers")
	o.groups("h4")
	result = o.act(o.UndoLast(t.Context(), local, nil))
	if result.Chosen != 4 || result.Done != 4 {
		t.Errorf("%+v", result)
	}
	o.stands(map[string]enrollment.Status{
		"h1": enrollment.InPeriod, "h3": enrollment.InPeriod, "h4": enrollment.NotRequired, "new": enrollment.InPeriod,
	})
	if got := o.record("h1").Requirements[0].Due; !got.Equal(due) {
		t.Errorf("due %v, want %v", got, due)
	}
	o.bare("joiner", "helpers")
	o.stands(map[string]enrollment.Status{"joiner": enrollment.InPeriod})
	if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
		t.Errorf("%v", err)
	}
}

// TestWhatCannotBeUndoneIsNotPassedOver: an undo after a reset, or after a
// period was put out of force, takes nothing older back; acts on accounts do not
// count.
func TestWhatCannotBeUndoneIsNotPassedOver(t *testing.T) {
	for name, last := range map[string]func(o *office, p operator.Preview){
		"reset": func(o *office, _ operator.Preview) {
			o.act(o.Reset(o.t.Context(), local, named("u1", "u2"), operator.Change{Length: 3 * day}))
		},
		"discard": func(o *office, p operator.Preview) {
			if err := o.DiscardPeriod(o.t.Context(), local, p.Period); err != nil {
				o.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for _, user := range []string{"u1", "u2", "u3", "u4"} {
				o.bare(user)
			}
			p := o.require(named("u3", "u4"), week)
			o.require(named("u1", "u2"), week)
			last(o, p)
			o.act(o.UnlockMany(t.Context(), local, named("u3", "u4"), operator.Change{Reason: "asked"}))
			if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
				t.Fatalf("%v", err)
			}
			o.stands(map[string]enrollment.Status{"u1": enrollment.InPeriod, "u2": enrollment.InPeriod})
			if b, err := o.LastAct(t.Context(), local); err != nil || b == nil || !b.Final {
				t.Errorf("%+v %v", b, err)
			}
		})
	}
}

// TestLaterMembersHaveTheNewEnd of what a group has until an instant.
func TestLaterMembersHaveTheNewEnd(t *testing.T) {
	o := newOffice(t)
	o.bare("h1", "helpers")
	group := operator.Selection{Group: "helpers"}
	end := o.now.Add(7 * day)
	o.require(group, operator.Order{Factor: policy.WantTOTP, Until: end, Postpone: -1})
	o.act(o.Extend(t.Context(), local, group, operator.Change{Length: 3 * day}))
	o.now = end
	o.bare("later", "helpers")
	o.stands(map[string]enrollment.Status{"h1": enrollment.InPeriod, "later": enrollment.InPeriod})
	o.now = o.now.Add(-day)
	o.act(o.UndoLast(t.Context(), local, nil))
	o.bare("last", "helpers")
	if got := o.record("last").Requirements[0].Due; !got.Equal(end) {
		t.Errorf("due %v, want %v", got, end)
	}
}

// TestThePastStaysInTheLog: what was required of somebody, and what rid them of
// it, is told when it is over.
func TestThePastStaysInTheLog(t *testing.T) {
	o := newOffice(t)
	o.bare("alice", "sales")
	o.bare("bob", "sales")
	o.require(operator.Selection{Group: "sales"}, week)
	again := week
	again.Factor = policy.WantAny
	second := o.require(named("alice", "bob"), again)
	o.groups("alice")
	o.history("alice", "require.end", "totp", "group sales")
	o.history("alice", "period.start", "group sales")
	o.act(o.RemoveRequirement(t.Context(), local, operator.Selection{Group: "sales"}, operator.Change{}))
	if err := o.DiscardPeriod(t.Context(), local, second.Period); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		o.history(name, "period.start", "group sales")
		o.history(name, "period.start", "any at all")
		o.history(name, "period.end", second.Period.String(), "any at all, 168h", "2 users")
	}
	o.history("bob", "require.remove")
}

// groups puts somebody into groups, and takes them out of all others.
func (o *office) groups(name string, groups ...string) {
	o.t.Helper()
	r := o.record(name)
	details := operator.Details{DisplayName: r.Person.DisplayName, Email: r.Person.Email, Phone: r.Person.Phone, Language: r.Person.Language, Groups: groups}
	if err := o.store.Amend(o.t.Context(), operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Details: &details, Log: o.entry()}); err != nil {
		o.t.Fatal(err)
	}
}
