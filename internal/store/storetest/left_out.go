package storetest

import (
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
)

// testExcludedInPeriod: whoever is disabled, or gone in their directory, and has
// not done it counts as disabled in a period and nowhere else; whoever has done
// it stays done; and who is let in again counts again.
func testExcludedInPeriod(t *testing.T, d Database) {
	c := newCampaign(t, d)
	c.goOn()
	before := c.figures("everybody is let in")
	c.bar(directory.BarredGone)
	c.disable("user2", true)
	c.disable("user5", true) // who has done it
	got := c.figures("one is gone, two are disabled")
	if got.Asked() != 4 || got.Left() != 2 || got.Verified != 2 || got.Already != 1 || got.Troubles.Disabled != 2 {
		t.Errorf("%d asked, %d left, %d verified, %d already, %+v", got.Asked(), got.Left(), got.Verified, got.Already, got.Troubles)
	}
	same(t, "who is left out", []string{"user1@" + objectOfOne, "user2"}, c.names(operator.PeopleQuery{Period: c.period.ID, Stage: enrollment.KeptOut}))
	same(t, "who is in the period", 7, len(c.names(operator.PeopleQuery{Period: c.period.ID})))
	if now := got.Open[len(got.Open)-1]; now.Open != got.Left() || got.Open[0].Open != 4 {
		t.Errorf("open over time: %+v", got.Open)
	}

	// Of what else is required of them one is done, the other one is not.
	other := starting("")
	other.Factor = policy.WantTOTP
	must(t, c.BeginPeriod(t.Context(), other, Entry("period.begin", "")))
	var duties []operator.NewDuty
	for _, key := range []string{"user2", "user5", "user6"} {
		duties = append(duties, operator.NewDuty{Person: Find(t, c.Store, key).Person.ID, Requirement: other.For(c.clock.now())})
	}
	_, err := c.AddToPeriod(t.Context(), duties)
	must(t, err)
	must(t, c.RunPeriod(t.Context(), other.ID, c.clock.now(), Entry("period.start", "")))
	r := Find(t, c.Store, "user2")
	totp := aPasskey(r.Person.ID, c.clock.now())
	totp.Kind = factor.TOTP
	must(t, c.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("enroll", "user2"), AddFactors: []factor.Factor{totp},
	}))
	c.clock.set(c.clock.now().Add(time.Minute))
	if got := c.figures("two periods"); got.Stages[enrollment.KeptOut] != 2 {
		t.Errorf("the second period: %+v", got.Stages)
	}
	all, err := c.Progress(t.Context(), operator.EveryPeriod, "", c.clock.now())
	must(t, err)
	same(t, "left out of all", 3, all.Troubles.Disabled) // user5 owes the other one
	same(t, "of all", all.People, len(c.names(operator.PeopleQuery{Period: operator.EveryPeriod, Stage: operator.AnyStage})))
	must(t, c.EndPeriod(t.Context(), other.ID, c.clock.now(), Entry("period.end", "")))

	for _, key := range []string{"user3", "user4"} {
		c.enroll(key)
	}
	if got := c.figures("all others have done it"); got.Left() != 0 || got.Verified != got.Asked() {
		t.Errorf("%d of %d are left", got.Left(), got.Asked())
	}
	c.bar("none")
	c.disable("user2", false)
	c.disable("user5", false)
	after := c.figures("all are let in again")
	if after.Asked() != before.Asked() || after.Left() != 2 || after.Troubles.Disabled != 0 {
		t.Errorf("%d asked, %d left, %+v", after.Asked(), after.Left(), after.Troubles)
	}
}

// disable disables somebody here, or no longer.
func (c *campaign) disable(key string, yes bool) {
	r := Find(c.t, c.Store, key)
	must(c.t, c.Amend(c.t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, Disabled: &yes, Log: Entry("user.disable", key),
	}))
}

// bar is what the directory says of the only one it has, user1; while they are
// gone nothing else tells them from a namesake.
func (c *campaign) bar(barred directory.Barred) {
	c.t.Helper()
	c.clock.set(c.clock.now().Add(time.Minute))
	list, err := c.FindPeople(c.t.Context(), operator.PeopleQuery{Directory: c.forest, Now: c.clock.now()})
	must(c.t, err)
	if len(list) != 1 {
		c.t.Fatalf("of the directory: %+v", list)
	}
	_, err = c.ShutOut(c.t.Context(), roster.Shutting{
		Outs: []roster.Out{{Person: list[0].Person.ID, Barred: barred, ReadAt: c.clock.now()}},
		Now:  c.clock.now(), Entry: outEntry, Back: backEntry,
	})
	must(c.t, err)
}

// figures returns those of the period, and compares each with the list that it
// leads to, and with the sums.
func (c *campaign) figures(when string) operator.Figures {
	t := c.t
	t.Helper()
	now := c.clock.now()
	got, err := c.Progress(t.Context(), c.period.ID, c.period.Factor, now)
	must(t, err)
	list := func(what string, want int, q operator.PeopleQuery) {
		t.Helper()
		q.Period, q.Kind = c.period.ID, c.period.Factor
		if found := c.names(q); len(found) != want {
			t.Errorf("%s, %s: %d counted, found are %v", when, what, want, found)
		}
	}
	for _, stage := range enrollment.Stages() {
		list(string(stage), got.Stages[stage], operator.PeopleQuery{Stage: stage})
	}
	for _, status := range enrollment.Statuses() {
		list(string(status), got.ByStatus[status], operator.PeopleQuery{Status: status})
	}
	for _, group := range got.Groups {
		list(group.Name, group.People, operator.PeopleQuery{Group: group.Name, Stage: operator.AnyStage})
		list(group.Name, group.People-group.Done, operator.PeopleQuery{Group: group.Name, Stage: operator.OpenStage})
	}
	list("people", got.People, operator.PeopleQuery{Stage: operator.AnyStage})
	list("left", got.Left(), operator.PeopleQuery{Stage: operator.OpenStage})
	list("without an address", got.Troubles.NoAddress, operator.PeopleQuery{Stage: operator.OpenStage, NoAddress: true})
	list("everybody", got.People+got.Troubles.Disabled, operator.PeopleQuery{})
	sums, err := c.PeriodSums(t.Context(), now)
	must(t, err)
	same(t, when+", sum", fmt.Sprint(got.Asked(), got.Verified, got.Ends), fmt.Sprint(sums[c.period.ID].Asked, sums[c.period.ID].Done, sums[c.period.ID].Ends))
	all := operator.EveryPeriod
	together, err := c.Progress(t.Context(), all, c.period.Factor, now)
	must(t, err)
	for _, stage := range enrollment.Stages() {
		if found := c.names(operator.PeopleQuery{Period: all, Stage: stage}); len(found) != together.Stages[stage] {
			t.Errorf("%s, %s of all: %d counted, found are %v", when, stage, together.Stages[stage], found)
		}
	}
	return got
}
