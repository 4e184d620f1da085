package storetest

import (
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testAway: a clock that was stopped stands still for whoever leaves the group
// and comes back, until those of the group go on.
func testAway(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	p := starting("staff")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	Add(t, s, Somebody("alice")) // who is in the group
	groups := func(list ...string) policy.Requirement {
		t.Helper()
		r := Find(t, s, "alice")
		must(t, s.Amend(t.Context(), operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, Details: &operator.Details{Groups: list}, Log: Entry("user.edit", "alice"),
		}))
		if r = Find(t, s, "alice"); len(r.Requirements) != len(list) {
			t.Fatalf("in %v: %+v", list, r.Requirements)
		}
		return append(r.Requirements, policy.Requirement{})[0]
	}
	act := func(action string, was, is enrollment.Terms) {
		t.Helper()
		b := operator.Bulk{
			ID: NextID(), Action: action, Chosen: "group staff", By: audit.Actor{Name: "root", Via: "console"}, OrderedAt: Start,
			State: operator.BulkChoosing, Rules: []operator.BulkRule{{Period: p.ID, Joins: operator.Joins{Group: "staff"}, Was: was, Is: is}},
		}
		b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
		must(t, s.BeginBulk(t.Context(), b))
		must(t, s.RunBulk(t.Context(), b, Entry(action, "group staff")))
		must(t, s.EndBulk(t.Context(), b.Hold, operator.BulkOver, Start, nil, Entry("bulk.end", "")))
	}
	hour := func(n int) time.Time { return Start.Add(time.Duration(n) * time.Hour) }
	usual, stopped := p.Terms(), enrollment.Terms{PausedAt: hour(2)}
	back := func(what string, paused bool, left time.Duration) {
		t.Helper()
		if r := groups("staff"); r.PausedAt.IsZero() == paused || r.EndsAt(clock.now()).Sub(clock.now()) != left {
			t.Errorf("%s: %+v at %v, want %v left", what, r, clock.now(), left)
		}
	}

	clock.set(hour(1))
	groups()
	clock.set(hour(2))
	act("period.pause", usual, stopped)
	clock.set(hour(1000))
	back("stopped while they were away", true, p.Length-2*time.Hour)
	groups()
	clock.set(hour(2000))
	back("and still", true, p.Length-2*time.Hour)
	groups()
	act("period.resume", stopped, usual)
	clock.set(hour(2001))
	back("it went on", false, p.Length-3*time.Hour)

	r := Find(t, s, "alice")
	free := r.Requirements[0]
	free.Duty = policy.NotRequired
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: free}}, Log: Entry("require.remove", "alice"),
	}))
	groups()
	clock.set(hour(3000))
	same(t, "of whom nothing was required alone", free, groups("staff"))
	due, err := s.DueDuties(t.Context(), clock.now(), 10)
	must(t, err)
	if n, err := s.CountFound(t.Context(), operator.PeopleQuery{Status: enrollment.ExpiredDuty, Now: clock.now()}, 10); err != nil || n+len(due) != 0 {
		t.Errorf("%d are listed as locked out, %+v are to be told (%v)", n, due, err)
	}
}

// testHeard: who was told an end has heard of whatever else requires the same to
// no earlier an end.
func testHeard(t *testing.T, d Database) {
	s := d.Open(t)
	p := Somebody("alice")
	p.Factors = nil
	until := func(hours int, wanted policy.Wanted) policy.Requirement {
		return policy.Requirement{
			Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: wanted, Since: Start,
			Due: Start.Add(time.Duration(hours) * time.Hour), PostponeLeft: -1,
		}
	}
	sooner, told, same, later := until(50, policy.WantTOTP), until(60, policy.WantTOTP), until(60, policy.WantTOTP), until(70, policy.WantTOTP)
	other := until(70, policy.WantPasskey)
	p.Requirements = []policy.Requirement{sooner, told, same, later, other}
	Add(t, s, p)
	due := func() map[policy.Requirement]enrollment.DueDuty {
		t.Helper()
		list, err := s.DueDuties(t.Context(), Start.Add(49*time.Hour), 10)
		must(t, err)
		all := map[policy.Requirement]enrollment.DueDuty{}
		for _, d := range list {
			all[d.Requirement] = d
		}
		return all
	}
	first := due()
	if len(first) != 5 {
		t.Fatalf("%+v", first)
	}
	for r, d := range first {
		if d.Heard {
			t.Errorf("of nothing that was told: %+v", r)
		}
	}
	was := first[told]
	_, err := s.NoteTold(t.Context(), []enrollment.ToldDuty{{
		Was: was, Told: enrollment.Notices{Begin: true}, NextAt: Start.Add(1000 * time.Hour),
		Mail: []notify.Message{{ID: NextID(), Kind: notify.PeriodStarted, Person: was.Person, Data: map[string]string{"until": "x"}}},
	}})
	must(t, err)
	for r, d := range due() {
		if want := r == same || r == later; d.Heard != want {
			t.Errorf("heard %t, want %t: %+v", d.Heard, want, r)
		}
	}
}
