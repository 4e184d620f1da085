package operator_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestTheStartForAGroupIsFinished: whoever was not written yet is added, and
// so is whoever joins later; not when nobody would be left who administers.
func TestTheStartForAGroupIsFinished(t *testing.T) {
	o := newOffice(t)
	o.bare("alice", "staff")
	o.bare("bob", "staff")
	o.bare("carol")
	begin := func(wanted policy.Wanted, first string) enrollment.Period {
		t.Helper()
		p := enrollment.Period{
			ID: o.IDs.Next(o.now), State: enrollment.Starting, Duty: policy.InPeriod, Factor: wanted, Group: "staff",
			Chosen: "group staff", Length: 7 * day, Postpone: -1, StartsAt: o.now,
		}
		if err := o.store.BeginPeriod(t.Context(), p, o.entry()); err != nil {
			t.Fatal(err)
		}
		duty := operator.NewDuty{Person: o.record(first).Person.ID, Requirement: p.For(o.now)}
		if _, err := o.store.AddToPeriod(t.Context(), []operator.NewDuty{duty}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := begin(policy.WantTOTP, "alice")
	if people, whole, err := o.BrokenOff(t.Context(), local, p); people != 1 || !whole || err != nil {
		t.Errorf("broken off with %d, whole %v: %v", people, whole, err)
	}
	r, err := o.ResumeStart(t.Context(), local, p.ID)
	if err != nil || !r.Whole || r.People != 2 || r.Done != 1 {
		t.Errorf("%+v %v", r, err)
	}
	o.bare("dora", "staff")
	o.stands(map[string]enrollment.Status{
		"alice": enrollment.InPeriod, "bob": enrollment.InPeriod, "carol": enrollment.NotRequired, "dora": enrollment.InPeriod,
	})

	// What was written for the only administrator must not come into force.
	o.add("root", directory.Administrator)
	late := begin(policy.WantPasskey, "root")
	if _, err := o.ResumeStart(t.Context(), local, late.ID); operator.RefusalOf(err) != operator.RefusedLastAdministrator {
		t.Errorf("the start goes on: %v", err)
	}
	o.stands(map[string]enrollment.Status{"root": enrollment.Enrolled})
	if list, err := o.Periods(t.Context(), local); err != nil || !slices.ContainsFunc(list, func(p enrollment.Period) bool {
		return p.ID == late.ID && p.State == enrollment.Starting
	}) {
		t.Errorf("it is %+v (%v)", list, err)
	}
}

// TestAPauseAcrossReminders: nobody is reminded while the clock is stopped, and
// once when what is left comes down to it, however long the pause was.
func TestAPauseAcrossReminders(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	o.sweep()
	o.now = o.now.Add(5 * day)
	if r, err := o.Pause(t.Context(), local, named("bob"), operator.Change{}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	for range 4 { // past the reminder and the end, as they were
		o.now = o.now.Add(day)
		o.sweep()
	}
	o.told(map[string]int{"period-reminder bob": 0, "period-expired bob": 0})
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	if r, err := o.Resume(t.Context(), local, named("bob"), operator.Change{}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	o.sweep()
	o.now = o.now.Add(day - time.Second) // two days were left
	o.sweep()
	o.told(map[string]int{"period-reminder bob": 0})
	o.now = o.now.Add(time.Second)
	o.sweep()
	o.told(map[string]int{"period-reminder bob": 1})

	// Stopped once more, after the reminder: it does not come twice.
	o.now = o.now.Add(time.Hour)
	if _, err := o.Pause(t.Context(), local, named("bob"), operator.Change{}); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(10 * day)
	if _, err := o.Resume(t.Context(), local, named("bob"), operator.Change{}); err != nil {
		t.Fatal(err)
	}
	o.sweep()
	o.now = o.now.Add(23*time.Hour - time.Nanosecond)
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	o.now = o.now.Add(time.Nanosecond)
	o.sweep()
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
	o.told(map[string]int{"period-started bob": 1, "period-reminder bob": 1, "period-expired bob": 1})
}

// TestAnotherFactorDuringAPeriod satisfies at the sign-in from then on; what is
// required stays so: told of, reminded of, and over at the end.
func TestAnotherFactorDuringAPeriod(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), operator.Order{Factor: policy.WantPasskey, Length: 7 * day, Postpone: -1})
	o.sweep()
	o.now = o.now.Add(2 * day)
	o.enrollsByLink("bob") // an authenticator, where a passkey is wanted
	states := func(kind policy.Wanted, want enrollment.Status) {
		t.Helper()
		for _, s := range o.user("bob").States {
			if s.Kind == kind && s.Status != want {
				t.Errorf("%s: %s, want %s", kind, s.Status, want)
			}
		}
	}
	states(policy.WantTOTP, enrollment.Enrolled)
	states(policy.WantPasskey, enrollment.InPeriod)
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	left := enrollment.StateOf("", o.record("bob").Factors, o.record("bob").Requirements, o.now).DaysLeft(o.now)
	if owes := policy.Overall(o.record("bob").Requirements, o.record("bob").Factors, o.now); left != 5 || !owes.MayPostpone() {
		t.Errorf("%d days left, %+v", left, owes)
	}
	o.now = o.now.Add(4 * day)
	o.sweep()
	o.told(map[string]int{"period-reminder bob": 1})
	o.now = o.now.Add(day)
	o.sweep()
	o.told(map[string]int{"period-expired bob": 1})
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
}

// TestTwoActOnTheSameSet at once, at the console and on the command line: both
// acts are done to everybody, both are in the log, and each result is whole.
func TestTwoActOnTheSameSet(t *testing.T) {
	o := newOffice(t)
	o.add("root", directory.Administrator)
	var names []string
	for i := range 120 {
		names = append(names, fmt.Sprintf("user%d", i))
		o.bare(names[i])
	}
	o.require(named(names...), week)
	due := o.record(names[0]).Requirements[0].Due
	root := o.as("root")
	var (
		both    sync.WaitGroup
		results [2]operator.BulkResult
		errs    [2]error
	)
	both.Go(func() {
		results[0], errs[0] = o.Extend(t.Context(), root, named(names...), operator.Change{Length: 2 * day, Reason: "by root"})
	})
	both.Go(func() {
		results[1], errs[1] = o.Extend(t.Context(), local, named(names...), operator.Change{Length: 3 * day, Reason: "by hand"})
	})
	both.Wait()
	for i := range results {
		if errs[i] != nil || results[i].Chosen != len(names) || results[i].Done+len(results[i].Skipped)+len(results[i].Failures) != len(names) {
			t.Fatalf("%+v %v", results[i], errs[i])
		}
	}
	if results[0].Done != len(names) || results[1].Done != len(names) {
		t.Errorf("done: %d and %d", results[0].Done, results[1].Done)
	}
	for _, name := range names {
		// What is left when an act is done is what it and the one before made of it.
		r := o.record(name).Requirements
		if len(r) != 1 || !r[0].Due.After(o.now.Add(2*day-time.Nanosecond)) {
			t.Errorf("%s: %+v, before %v", name, r, due)
		}
		list, err := o.Changes(t.Context(), local, operator.ChangeQuery{Subject: name, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]int{}
		for _, c := range list {
			if c.Action == "period.extend" {
				by[c.Actor.Name+" "+c.Reason]++
			}
		}
		if by["root by root"] != 1 || by["local by hand"] != 1 {
			t.Fatalf("%s: in the log are %v", name, by)
		}
	}
}
