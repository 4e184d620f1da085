package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// clockAt is the clock of a store that a test moves.
type clockAt struct{ micros atomic.Int64 }

func (c *clockAt) now() time.Time { return time.UnixMicro(c.micros.Load()).UTC() }

func (c *clockAt) set(t time.Time) { c.micros.Store(t.UnixMicro()) }

// starting is a period of seven days that means nothing yet.
func starting(group string) enrollment.Period {
	return enrollment.Period{
		ID: NextID(), State: enrollment.Starting, Duty: policy.InPeriod, Factor: policy.WantPasskey, Group: group,
		Chosen: "everybody", Length: 7 * enrollment.Day, Postpone: 2, By: "root", Reason: "why",
		StartsAt: Start,
	}
}

// testPeriods: a period means nothing to anybody until it runs, then something
// to all at once, and nothing any more when it is over.
func testPeriods(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	alice, bob := Add(t, s, Somebody("alice")), Add(t, s, Somebody("bob"))
	p := starting("")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	clock.set(Start.Add(3 * time.Minute)) // nobody decided anything about them recently
	for _, name := range []string{"alice", "bob"} {
		_, _, err := s.Person(t.Context(), name, false)
		must(t, err)
	}
	added, err := s.AddToPeriod(t.Context(), []operator.NewDuty{
		{Person: alice.Person.ID, Requirement: p.For(Start)}, {Person: bob.Person.ID, Requirement: p.For(Start)},
	})
	must(t, err)
	again, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: alice.Person.ID, Requirement: p.For(Start)}})
	must(t, err)
	if added != 2 || again != 0 {
		t.Errorf("%d added, then %d", added, again)
	}
	remembered, known, err := s.Person(t.Context(), "alice", false)
	must(t, err)
	read, err := s.PersonByID(t.Context(), alice.Person.ID)
	must(t, err)
	if read.ReadAt = remembered.ReadAt; !known {
		t.Error("who gets a requirement is no longer remembered")
	}
	same(t, "what is remembered", read, remembered)
	if err := s.Commit(t.Context(), Allowed(alice, 1)); !errors.Is(err, authn.ErrConflict) {
		t.Errorf("a decision from before was written: %v", err)
	}
	stand := func(name string) policy.Stand {
		t.Helper()
		for _, fresh := range []bool{true, false} {
			r, _, err := s.Person(t.Context(), name, fresh)
			must(t, err)
			if len(r.Requirements) == 1 {
				return r.Requirements[0].At(clock.now())
			}
		}
		return policy.StandNone
	}
	if got := stand("alice"); got != policy.StandNone {
		t.Errorf("before it runs: %s", got)
	}
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	if err := s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("started twice: %v", err)
	}
	clock.set(Start.Add(time.Minute))
	for _, name := range []string{"alice", "bob"} {
		if got := stand(name); got != policy.StandPeriod {
			t.Errorf("%s, while it runs: %s", name, got)
		}
	}
	r := Find(t, s, "alice").Requirements[0]
	want := p.For(Start)
	same(t, "what is required", want, r)

	use := Allowed(Find(t, s, "alice"), 2)
	use.Postpone = []id.ID{p.ID}
	must(t, s.Commit(t.Context(), use))
	for _, fresh := range []bool{true, false} {
		r, _, err := s.Person(t.Context(), "alice", fresh)
		must(t, err)
		if r.Requirements[0].PostponeLeft != 1 {
			t.Errorf("%d postponings left", r.Requirements[0].PostponeLeft)
		}
	}
	must(t, s.EndPeriod(t.Context(), p.ID, Start, Entry("period.end", "")))
	if got := stand("bob"); got != policy.StandNone {
		t.Errorf("when it is over: %s", got)
	}
	removed, err := s.ClearPeriod(t.Context(), p.ID, 10)
	must(t, err)
	if r := Find(t, s, "bob"); removed != 2 || len(r.Requirements) != 0 {
		t.Errorf("%d removed, %+v", removed, r.Requirements)
	}
}

// testBypass: what is granted once is used once.
func testBypass(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	grant := policy.Requirement{
		Period: NextID(), Own: true, Duty: policy.Bypass, Place: "vpn", Since: Start, Due: Start.Add(2 * time.Hour),
	}
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: alice.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: grant}},
		Log: Entry("bypass.grant", "alice"),
	}))
	r := Find(t, s, "alice")
	same(t, "what is granted", []policy.Requirement{grant}, r.Requirements)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := Allowed(r, int64(i+1))
			c.Bypass = grant.Period
			if s.Commit(t.Context(), c) == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("used %d times", won.Load())
	}
	for _, fresh := range []bool{true, false} {
		r, _, err := s.Person(t.Context(), "alice", fresh)
		must(t, err)
		if len(r.Requirements) != 0 {
			t.Errorf("still there: %+v", r.Requirements)
		}
	}
}

// testMembers: what is required of a group follows its members; whoever comes
// back goes on where they were.
func testMembers(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	p := starting("staff")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	alice := Add(t, s, Somebody("alice")) // who is in it
	if len(alice.Requirements) != 1 || !alice.Requirements[0].Due.Equal(Start.Add(p.Length)) {
		t.Fatalf("%+v", alice.Requirements)
	}
	groups := func(list ...string) *authn.Record {
		t.Helper()
		r := Find(t, s, "alice")
		must(t, s.Amend(t.Context(), operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, Details: &operator.Details{Groups: list}, Log: Entry("user.edit", "alice"),
		}))
		return Find(t, s, "alice")
	}
	emptied := func(want ...id.ID) {
		t.Helper()
		list, err := s.EmptiedPeriods(t.Context())
		must(t, err)
		same(t, "nobody is in the group any more", want, list)
	}
	emptied() // nothing is in force
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	emptied()
	if r := groups("vpn"); len(r.Requirements) != 0 {
		t.Errorf("gone from the group: %+v", r.Requirements)
	}
	emptied(p.ID)
	back := func(want time.Time) {
		t.Helper()
		if r := groups("vpn", "staff"); len(r.Requirements) != 1 || !r.Requirements[0].Due.Equal(want) || r.Requirements[0].PostponeLeft != 2 {
			t.Errorf("back in the group: %+v, want the end at %v", r.Requirements, want)
		}
		if r := groups("vpn", "staff"); len(r.Requirements) != 1 {
			t.Errorf("still in the group: %+v", r.Requirements)
		}
	}
	clock.set(Start.Add(enrollment.Day))
	back(Start.Add(p.Length)) // the end that they had
	emptied()
	clock.set(Start.Add(p.Length - time.Hour))
	groups("vpn")
	clock.set(Start.Add(p.Length + time.Hour))
	back(Start.Add(p.Length + time.Hour + enrollment.Day)) // it came meanwhile
	clock.set(Start.Add(p.Length + 3*enrollment.Day))
	groups("vpn")
	clock.set(Start.Add(p.Length + 4*enrollment.Day))
	back(Start.Add(p.Length + time.Hour + enrollment.Day)) // it had come before
	must(t, s.EndPeriod(t.Context(), p.ID, Start, Entry("period.end", "")))
	if bob := Add(t, s, Somebody("bob")); len(bob.Requirements) != 0 {
		t.Errorf("after the end: %+v", bob.Requirements)
	}
}

// testAmendMany: each by itself, all at once.
func testAmendMany(t *testing.T, d Database) {
	s := d.Open(t)
	var list []operator.Amendment
	put := policy.Requirement{Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: Start, Due: Start.Add(time.Hour), PostponeLeft: -1}
	for i := range 5 {
		r := Add(t, s, Somebody(fmt.Sprintf("user%d", i)))
		a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: put}}}
		if i == 3 {
			a.Version--
		}
		list = append(list, a)
	}
	outcomes, err := s.AmendMany(t.Context(), list, []audit.Change{Entry("period.extend", "a list")})
	must(t, err)
	for i, err := range outcomes {
		if (i == 3) != errors.Is(err, operator.ErrChangedMeanwhile) {
			t.Errorf("%d: %v", i, err)
		}
		if n := len(Find(t, s, fmt.Sprintf("user%d", i)).Requirements); (i == 3) != (n == 0) {
			t.Errorf("%d: %d requirements", i, n)
		}
	}
}

// testTold: of many who look at the same time, one tells, and once.
func testTold(t *testing.T, d Database) {
	s := d.Open(t)
	stores := []*store.Store{s}
	if d.Shared {
		stores = append(stores, d.Open(t))
	}
	const people = 40
	for i := range people {
		p := Somebody(fmt.Sprintf("user%d", i))
		p.Factors = nil
		p.Requirements = []policy.Requirement{{
			Period: NextID(), Own: true, Duty: policy.InPeriod, Since: Start, Due: Start.Add(48 * time.Hour), PostponeLeft: -1,
		}}
		Add(t, s, p)
	}
	var ids id.Source
	var all sync.WaitGroup
	for i := range 6 {
		from := stores[i%len(stores)]
		all.Go(func() {
			for {
				due, err := from.DueDuties(t.Context(), later(), 7)
				if err != nil || len(due) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				var list []enrollment.ToldDuty
				for _, d := range due {
					list = append(list, enrollment.ToldDuty{
						Was: d, Told: enrollment.Notices{Begin: true}, NextAt: Start.Add(24 * time.Hour),
						Mail: []notify.Message{{ID: ids.Next(Start), Kind: notify.PeriodStarted, Person: d.Person, Data: map[string]string{"until": "x"}}},
					})
				}
				if _, err := from.NoteTold(t.Context(), list); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	mails, err := s.FindMails(t.Context(), operator.MailQuery{})
	must(t, err)
	seen := map[id.ID]int{}
	for _, m := range mails {
		seen[m.Person]++
	}
	if len(mails) != people || len(seen) != people {
		t.Errorf("%d mails to %d people, want %d", len(mails), len(seen), people)
	}
}
