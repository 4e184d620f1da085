package operator_test

import (
	"fmt"
	"slices"
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestAGroupLosesHalfItsMembers in the middle of a period: they are rid of it
// and hear nothing more of it, and the others go on as before. Nothing here
// takes more than 500 people in one go, so that 3,000 pass through every one of
// the loops that 100,000 do; BenchmarkAGroupLosesHalfItsMembers has those.
func TestAGroupLosesHalfItsMembers(t *testing.T) {
	o := newOffice(t)
	o.halfLeaves(3_000)

	// Whose end came while they were away has a day, and whoever stayed is where they were.
	if err := o.EditUser(t.Context(), local, "user000000", operator.Details{Groups: []string{"staff"}}); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{
		"user000000": enrollment.InPeriod, "user000002": enrollment.NotRequired, "user002998": enrollment.ExpiredDuty,
	})
}

// BenchmarkAGroupLosesHalfItsMembers is the same with 100,000.
func BenchmarkAGroupLosesHalfItsMembers(b *testing.B) {
	for b.Loop() {
		newOffice(b).halfLeaves(100_000)
	}
}

// halfLeaves has the first half of a group leave it; everybody with an odd
// number is set up already.
func (o *office) halfLeaves(members int) {
	o.t.Helper()
	crowd(o.t, o, members)
	if result := o.require(operator.Selection{Group: "staff"}, week); result.Done != members {
		o.t.Fatalf("%d of %d are in the period", result.Done, members)
	}
	o.sweep()
	o.now = o.now.Add(3 * day)
	for first := 0; first < members/2; first += 500 {
		o.leaveStaff(first, 500)
	}
	open := members / 4
	o.count(map[enrollment.Status]int{enrollment.NotRequired: members / 4, enrollment.InPeriod: open, enrollment.Enrolled: members / 2})
	o.now = o.now.Add(5 * day)
	o.sweep()
	o.count(map[enrollment.Status]int{enrollment.NotRequired: members / 4, enrollment.ExpiredDuty: open, enrollment.Enrolled: members / 2})

	told := map[string]int{}
	for before := id.ID(0); ; {
		list, err := o.store.FindMails(o.t.Context(), operator.MailQuery{Before: before, Limit: operator.LargestPage})
		if err != nil {
			o.t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			before = m.ID
			if m.Kind == "period-expired" {
				told[m.Username]++
			}
		}
	}
	for i := range members {
		want := 0
		if i >= members/2 && i%2 == 0 {
			want = 1
		}
		if name := fmt.Sprintf("user%06d", i); told[name] != want {
			o.t.Fatalf("%s hears of the end %d times, want %d", name, told[name], want)
		}
	}
}

// leaveStaff takes people out of a group, as a directory does.
func (o *office) leaveStaff(first, people int) {
	o.t.Helper()
	var keys []string
	for i := first; i < first+people; i++ {
		keys = append(keys, fmt.Sprintf("user%06d", i))
	}
	rows, err := o.store.FindPeople(o.t.Context(), operator.PeopleQuery{Keys: keys, Now: o.now})
	if err != nil {
		o.t.Fatal(err)
	}
	list := make([]operator.Amendment, len(rows))
	for i, r := range rows {
		list[i] = operator.Amendment{Person: r.Person.ID, Version: r.Version, Details: &operator.Details{
			Email: r.Person.Email, Groups: slices.DeleteFunc(slices.Clone(r.Person.Groups), func(g string) bool { return g == "staff" }),
		}}
	}
	outcomes, err := o.store.AmendMany(o.t.Context(), list, nil)
	if err != nil || len(rows) != people || slices.ContainsFunc(outcomes, func(err error) bool { return err != nil }) {
		o.t.Fatalf("%d leave: %v", len(rows), err)
	}
}

// count compares how many people stand where.
func (o *office) count(want map[enrollment.Status]int) {
	o.t.Helper()
	census, err := o.CountByStatus(o.t.Context(), local, policy.WantTOTP)
	if err != nil {
		o.t.Fatal(err)
	}
	for status, n := range want {
		if census.ByStatus[status] != n {
			o.t.Errorf("%d are %s, want %d (%v)", census.ByStatus[status], status, n, census.ByStatus)
		}
	}
}
