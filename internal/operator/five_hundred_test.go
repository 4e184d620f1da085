package operator_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// busy is a store where something happens before each step of an act.
type busy struct {
	*store.Store
	before func()
}

func (b *busy) StepBulk(ctx context.Context, h operator.BulkHold, step operator.BulkStep) ([]error, error) {
	b.before()
	return b.Store.StepBulk(ctx, h, step)
}

// whileBusy is this office's operator while something happens.
func (o *office) whileBusy(before func()) *operator.Operator {
	c := o.Operator.Config
	c.Store = &busy{o.store, before}
	return operator.New(c)
}

// fiveHundred adds people and returns their names.
func (o *office) fiveHundred() (names []string) {
	for i := range 500 {
		name := fmt.Sprintf("user%03d", i)
		o.bare(name, "staff")
		names = append(names, name)
	}
	return names
}

// threeOfFiveHundred wants exactly these failures, of which the result, what is
// written down of the act, and the log tell.
func (o *office) threeOfFiveHundred(result operator.BulkResult, action string, want map[string]operator.Refusal) {
	o.t.Helper()
	for _, r := range []operator.BulkResult{result, o.act(o.ActResult(o.t.Context(), local, result.Act))} {
		failed := map[string]operator.Refusal{}
		for _, f := range r.Failures {
			if failed[f.Username] = f.Refusal; f.Text == "" {
				o.t.Errorf("%s: nothing says why %s was left out", action, f.Username)
			}
		}
		if r.Chosen != 500 || r.Done != 497 || len(r.Skipped) != 0 || !maps.Equal(failed, want) {
			o.t.Errorf("%s: %d chosen, %d done, %d skipped, failed %v", action, r.Chosen, r.Done, len(r.Skipped), failed)
		}
	}
	list, err := o.store.FindChanges(o.t.Context(), operator.ChangeQuery{Action: "bulk.end"})
	if err != nil || !slices.ContainsFunc(list, func(c audit.Change) bool {
		return strings.HasPrefix(c.Detail, action) && strings.HasSuffix(c.Detail, "done for 497 of 500")
	}) {
		o.t.Errorf("%s: the log has %+v, %v", action, list, err)
	}
}

// TestThreeOfFiveHundredFail: the other 497 are done, whatever is the matter
// with three.
func TestThreeOfFiveHundredFail(t *testing.T) {
	o := newOffice(t)
	names := o.fiveHundred()

	// A start by name: one is gone, one was never there, one is no name at all.
	if err := o.RemoveUser(t.Context(), local, names[7], "left"); err != nil {
		t.Fatal(err)
	}
	chosen := slices.Clone(names)
	chosen[11], chosen[13] = "ghost", "not a name"
	begun := o.require(operator.Selection{Names: chosen}, week)
	o.threeOfFiveHundred(begun.BulkResult, "require", map[string]operator.Refusal{
		names[7]: operator.RefusedGone, "ghost": operator.RefusedGone, "not a name": operator.RefusedName,
	})
	again := o.require(named(slices.DeleteFunc(chosen, func(name string) bool { return len(name) != len("user000") || name == names[7] })...), week)
	if again.Done != 0 || len(again.Skipped) != 497 || again.Period != 0 {
		t.Errorf("again: %d done, %d skipped", again.Done, len(again.Skipped))
	}

	// More time: one goes while the act runs, one changes all the time, and one
	// was removed before.
	before := o.record(names[1]).Requirements[0].Due
	o.require(named(names[11], names[13]), week)
	removed := false
	changing := o.whileBusy(func() {
		if !removed {
			removed = o.RemoveUser(t.Context(), local, names[480], "left") == nil
		}
		if err := o.UnlockUser(t.Context(), local, names[20], "called"); err != nil {
			t.Error(err)
		}
	})
	result := o.act(changing.Extend(t.Context(), local, operator.Selection{Names: names}, operator.Change{Length: day, Reason: "holiday"}))
	o.threeOfFiveHundred(result, "period.extend", map[string]operator.Refusal{
		names[7]: operator.RefusedGone, names[480]: operator.RefusedGone, names[20]: operator.RefusedChangedMeanwhile,
	})
	if due := o.record(names[1]).Requirements[0].Due; !due.Equal(before.Add(day)) {
		t.Errorf("one of the 497 ends at %v, want %v", due, before.Add(day))
	}
	if due := o.record(names[20]).Requirements[0].Due; !due.Equal(before) {
		t.Errorf("one of the three ends at %v, want %v", due, before)
	}
}

// TestThreeOfFiveHundredGetNoLink: a link needs an address, a way in, and
// somebody who has nothing yet.
func TestThreeOfFiveHundredGetNoLink(t *testing.T) {
	o := newOffice(t)
	names := o.fiveHundred()
	if err := o.DisableUser(t.Context(), local, names[3], "on leave"); err != nil {
		t.Fatal(err)
	}
	if err := o.EditUser(t.Context(), local, names[4], operator.Details{Groups: []string{"staff"}}); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveUser(t.Context(), local, names[5], "anew"); err != nil {
		t.Fatal(err)
	}
	o.add(names[5], directory.NoRole)
	result := o.act(o.MailLinks(t.Context(), local, everybody, operator.Change{Reason: "first day"}))
	o.threeOfFiveHundred(result, "enroll.link", map[string]operator.Refusal{
		names[3]: operator.RefusedDisabled, names[4]: operator.RefusedNoEmail, names[5]: operator.RefusedHasFactor,
	})
	mails := o.mails()
	for i, name := range names {
		want := 1
		if i >= 3 && i <= 5 {
			want = 0
		}
		if got := mails["enroll-link "+name]; got != want {
			t.Errorf("%s: %d links", name, got)
		}
	}
}
