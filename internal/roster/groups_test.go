package roster_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// TestAPeriodFollowsItsGroup to another name, with everybody on their clock, and
// stays where the name means others too.
func TestAPeriodFollowsItsGroup(t *testing.T) {
	o := open(t, 3)
	dn := func(name string) string { return "cn=" + name + ",dc=example,dc=com" }
	called := func(names ...string) { // one object each; empty: it is not there
		o.paper.groups = nil
		for i, name := range names {
			if name != "" {
				o.paper.groups = append(o.paper.groups, directory.Group{Object: directory.Object{byte(i)}, DN: dn(name)})
			}
			for n := range o.paper.entries {
				if n%2 == i%2 && i < 2 {
					o.paper.entries[n].Groups = []string{dn(name)}
				}
			}
		}
	}
	run := func() {
		t.Helper()
		if _, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{Whole: true}); err != nil {
			t.Fatal(err)
		}
	}
	called("staff", "sales")
	run()
	begin := func(group string) enrollment.Period {
		p := enrollment.Period{
			ID: storetest.NextID(), State: enrollment.Starting, Duty: policy.InPeriod, Factor: policy.WantTOTP, Group: group,
			Chosen: "group " + group, Length: 9 * enrollment.Day, Postpone: -1, StartsAt: o.now,
		}
		o.must(o.store.BeginPeriod(t.Context(), p, storetest.Entry("period.begin", "")))
		list, err := o.store.FindPeople(t.Context(), operator.PeopleQuery{Group: group, Now: o.now})
		o.must(err)
		for _, r := range list {
			_, err := o.store.AddToPeriod(t.Context(), []operator.NewDuty{{Person: r.Person.ID, Requirement: p.For(o.now)}})
			o.must(err)
		}
		o.must(o.store.RunPeriod(t.Context(), p.ID, o.now, storetest.Entry("period.start", "")))
		return p
	}
	staff, sales := begin("staff"), begin("sales")
	before := o.entry(0).Requirements
	stand := func(what string, groups [2]string) {
		t.Helper()
		for n, want := range []enrollment.Period{staff, sales} {
			if list := o.entry(n).Requirements; len(list) != 1 || list[0].Period != want.ID || n == 0 && list[0] != before[0] {
				t.Errorf("%s: person %d: %+v, want %+v", what, n, list, want.ID)
			}
		}
		list, err := o.store.Periods(t.Context())
		o.must(err)
		if list[1].Group != groups[0] || list[0].Group != groups[1] {
			t.Errorf("%s: of %s and %s", what, list[1].Group, list[0].Group)
		}
	}
	for _, step := range []struct {
		what   string
		called []string
		groups [2]string
	}{
		{"renamed", []string{"staff-emea", "sales"}, [2]string{"staff-emea", "sales"}},
		{"in another case", []string{"Staff-EMEA", "sales"}, [2]string{"Staff-EMEA", "sales"}},
		{"both at once", []string{"one", "two"}, [2]string{"one", "two"}},
		{"swapped", []string{"two", "one"}, [2]string{"two", "one"}},
		{"one has the other's name, and that a new one", []string{"one", "three"}, [2]string{"one", "three"}},
	} {
		called(step.called...)
		run()
		stand(step.what, step.groups)
	}
	called("four", "three", "one") // a new group has the name
	run()
	list, err := o.store.Periods(t.Context())
	o.must(err)
	if list[1].Group != "one" || len(o.entry(0).Requirements) != 0 {
		t.Errorf("taken from the name: %+v, %+v", list[1], o.entry(0).Requirements)
	}
	changes, err := o.store.FindChanges(t.Context(), operator.ChangeQuery{Action: "group.rename", Limit: 50})
	o.must(err)
	if len(changes) != 9 || !strings.Contains(changes[0].Detail, "stay with the name one") || changes[0].Subject != dn("four") ||
		!slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Detail == "was "+dn("staff")+"; requirements that follow: 1" }) {
		t.Errorf("%+v", changes)
	}
}
