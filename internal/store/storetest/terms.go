package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testTerms: an act changes what whoever joins a group later has, unless that
// changed meanwhile, and an undo what has not changed since.
func testTerms(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	p := starting("staff")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	usual := p.Terms()
	stopped := enrollment.Terms{PausedAt: Start.Add(time.Hour)}
	act := func(was, is enrollment.Terms) (operator.Bulk, error) {
		b := operator.Bulk{
			ID: NextID(), Action: "period.pause", Chosen: "group staff", By: audit.Actor{Name: "root", Via: "console"}, OrderedAt: Start,
			State: operator.BulkChoosing, Rules: []operator.BulkRule{{Period: p.ID, Joins: operator.Joins{Group: "staff"}, Was: was, Is: is}},
		}
		b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
		must(t, s.BeginBulk(t.Context(), b))
		entry := Entry("period.pause", "group staff")
		entry.ID = b.ID
		return b, s.RunBulk(t.Context(), b, entry)
	}
	joins := func(name string) []policy.Requirement {
		t.Helper()
		return Add(t, s, Somebody(name)).Requirements // who is in the group
	}
	paused, err := act(usual, stopped)
	must(t, err)
	kept, err := s.Bulk(t.Context(), paused.ID)
	must(t, err)
	same(t, "what is written down", paused.Rules, kept.Rules)
	clock.set(Start.Add(48 * time.Hour))
	if r := joins("alice"); len(r) != 1 || !r[0].PausedAt.Equal(clock.now()) || !r[0].EndsAt(clock.now()).Equal(clock.now().Add(p.Length)) {
		t.Errorf("while it stands still: %+v", r)
	}
	if _, err := act(usual, enrollment.Terms{Until: Start.Add(99 * enrollment.Day)}); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("from what it was before: %v", err)
	}
	closed, err := act(stopped, enrollment.Terms{ClosedAt: Start.Add(2 * time.Hour)})
	must(t, err)
	if r := joins("bob"); len(r) != 0 {
		t.Errorf("while it takes nobody: %+v", r)
	}
	must(t, s.EndBulk(t.Context(), paused.Hold, operator.BulkOver, Start, paused.Rules, Entry("bulk.end", "")))
	must(t, s.EndBulk(t.Context(), closed.Hold, operator.BulkOver, Start, closed.Rules, Entry("bulk.end", "")))
	list, err := s.Periods(t.Context())
	must(t, err)
	same(t, "what is left when only the last is undone", stopped, list[0].Terms())
	if r := joins("carol"); len(r) != 1 || r[0].PausedAt.IsZero() {
		t.Errorf("after the undo: %+v", r)
	}
	must(t, s.RunBulk(t.Context(), goingOn(t, s, p, stopped), Entry("period.resume", "group staff")))
	testJoinExempt(t, s, &clock, p)
}

// goingOn is an act that lets the clocks of a group go on.
func goingOn(t *testing.T, s operator.Store, p enrollment.Period, was enrollment.Terms) operator.Bulk {
	t.Helper()
	b := operator.Bulk{
		ID: NextID(), Action: "period.resume", Chosen: "group staff", By: audit.Actor{Name: "root", Via: "console"}, OrderedAt: Start,
		State: operator.BulkChoosing, Rules: []operator.BulkRule{{Period: p.ID, Joins: operator.Joins{Group: "staff"}, Was: was}},
	}
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	return b
}

// testJoinExempt: whoever joins while they are exempt has the whole time of the
// period afterwards, where it would end meanwhile.
func testJoinExempt(t *testing.T, s *store.Store, clock *clockAt, p enrollment.Period) {
	t.Helper()
	now := clock.now()
	ends := now.Add(30 * enrollment.Day)
	dave := Add(t, s, Somebody("dave")) // who is in the group
	amend := func(a operator.Amendment) {
		t.Helper()
		r := Find(t, s, "dave")
		a.Person, a.Version, a.Log = r.Person.ID, r.Standing.Version, Entry("user.edit", "dave")
		must(t, s.Amend(t.Context(), a))
	}
	amend(operator.Amendment{Details: &operator.Details{Groups: []string{"vpn"}}})
	amend(operator.Amendment{LinkMailedAt: now, PutDuties: []operator.DutyPut{{Requirement: policy.Requirement{
		Period: NextID(), Own: true, Duty: policy.Exempt, Since: now, Due: ends,
	}}}})
	amend(operator.Amendment{Details: &operator.Details{Groups: []string{"staff"}}})
	r := Find(t, s, "dave")
	if !r.Person.LinkMailedAt.Equal(now) || !dave.Person.LinkMailedAt.IsZero() {
		t.Errorf("a link was mailed at %v", r.Person.LinkMailedAt)
	}
	for _, q := range r.Requirements {
		if q.Period == p.ID && !q.Due.Equal(ends.Add(p.Length)) {
			t.Errorf("the time of who is exempt until %v ends %v", ends, q.Due)
		}
	}
	if len(r.Requirements) != 2 {
		t.Errorf("%+v", r.Requirements)
	}
}

// testEndsForGood: an act that undoes a start marks it and puts its period out
// of force, together or not at all; nobody goes on where they were in it.
func testEndsForGood(t *testing.T, d Database) {
	s := d.Open(t)
	p := starting("staff")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	alice := Add(t, s, Somebody("alice")) // who is in the group
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: alice.Standing.Version, Details: &operator.Details{Groups: []string{"vpn"}}, Log: Entry("user.edit", "alice"),
	}))
	start := operator.Bulk{ID: NextID(), Action: "require", Period: p.ID, Chosen: "group staff", OrderedAt: Start, People: 1, Done: 1}
	must(t, s.PutBulk(t.Context(), start))
	undo := func() error {
		return ending(t, s, operator.Bulk{
			Action: "bulk.undo", Undoes: start.ID, Chosen: "group staff",
			Rules: []operator.BulkRule{{Period: p.ID, Joins: operator.Joins{Group: "staff"}, Ends: true}},
		})
	}
	must(t, undo())
	list, err := s.Periods(t.Context())
	must(t, err)
	last, err := s.LastBulk(t.Context(), []string{"require", "bulk.undo"})
	must(t, err)
	if list[0].State != enrollment.Over || last == nil || last.ID != start.ID || !last.UndoneAt.Equal(Start) {
		t.Errorf("%+v, undone at %v", list[0], last)
	}
	if err := undo(); !errors.Is(err, operator.ErrGone) {
		t.Errorf("undone twice: %v", err)
	}
}

// ending begins an act that puts the period of its rule out of force.
func ending(t *testing.T, s *store.Store, b operator.Bulk) error {
	t.Helper()
	b.ID, b.Period, b.OrderedAt, b.State = NextID(), b.Rules[0].Period, Start, operator.BulkChoosing
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	entry := Entry(b.Action, b.Chosen)
	entry.ID = b.ID
	return s.RunBulk(t.Context(), b, entry)
}
