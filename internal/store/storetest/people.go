package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// testAmend: each field of an amendment does what it says, nothing else, and
// in one transaction with its entry in the log.
func testAmend(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Somebody("alice")
	alice.Password = []byte("hash")
	Add(t, s, alice)
	Add(t, s, Somebody("bob"))
	amend := func(change func(a *operator.Amendment)) {
		t.Helper()
		r := Find(t, s, "alice")
		a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("user.set", "alice")}
		change(&a)
		must(t, s.Amend(t.Context(), a))
		if now := Find(t, s, "alice").Standing.Version; now != r.Standing.Version+1 {
			t.Fatalf("version %d after %d", now, r.Standing.Version)
		}
	}

	details := operator.Details{DisplayName: "Alice A.", Email: "a@example.com", Phone: "+491715550123", Language: "en", TimeZone: "America/New_York"}
	amend(func(a *operator.Amendment) { a.Details = &details })
	role, yes, never := directory.HelpDesk, true, time.Time{}
	amend(func(a *operator.Amendment) { a.Role, a.Disabled, a.PasswordEnrollsUntil = &role, &yes, &never })
	want := alice.Person
	want.DisplayName, want.Email, want.Phone, want.Language, want.Groups = "Alice A.", "a@example.com", "+491715550123", "en", nil
	want.TimeZone = "America/New_York"
	want.Role, want.Disabled, want.PasswordEnrollsUntil, want.HasPassword = role, true, time.Time{}, true
	same(t, "the person", &want, Find(t, s, "alice").Person)

	amend(func(a *operator.Amendment) { a.ForgetPassword = true })
	if r := Find(t, s, "alice"); r.Password != nil || r.Person.HasPassword {
		t.Error("the password is still there")
	}
	amend(func(a *operator.Amendment) { a.Password = []byte("another") })
	if r := Find(t, s, "alice"); string(r.Password) != "another" || !r.Person.HasPassword {
		t.Error("the password was not set")
	}

	second := factor.Factor{ID: NextID(), Person: want.ID, Kind: factor.Recovery, Sealed: []byte("codes"), CreatedAt: Start}
	r := Find(t, s, "alice")
	c := Allowed(r, 7)
	c.Standing.Codes = lockout.Codes{Wrong: 1, Since: Start, Streak: 100}
	c.Standing.Passwords, _ = lockout.Passwords{}.Fail("bad", Start).Succeed("good", Start)
	commit(t, s, c)
	amend(func(a *operator.Amendment) {
		a.RemoveFactors, a.AddFactors = []id.ID{alice.Factors[0].ID}, []factor.Factor{second}
	})
	r = Find(t, s, "alice")
	same(t, "the factors", []factor.Factor{second}, r.Factors)
	if len(r.Standing.Spent) != 0 || !r.Standing.Codes.UntilReset() {
		t.Errorf("the standing is %+v", r.Standing)
	}
	amend(func(a *operator.Amendment) { a.Unlock = true })
	same(t, "unlocked", lockout.Passwords{Sources: []lockout.Source{{Name: "good", Succeeded: Start}}}, Find(t, s, "alice").Standing.Passwords)
	same(t, "unlocked", lockout.Codes{}, Find(t, s, "alice").Standing.Codes)

	stale := operator.Amendment{Person: want.ID, Version: r.Standing.Version, ForgetPassword: true, Log: Entry("stale", "alice")}
	if err := s.Amend(t.Context(), stale); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("an act on old facts: %v", err)
	}
	if log, err := s.FindChanges(t.Context(), operator.ChangeQuery{Action: "stale"}); len(log) != 0 || err != nil {
		t.Errorf("it is in the log: %v, %v", log, err)
	}
	amend(func(a *operator.Amendment) { a.RemoveFactors = []id.ID{second.ID} })
	if bob := Find(t, s, "bob"); bob.Standing.Version != 1 || len(bob.Factors) != 1 {
		t.Errorf("bob changed: %+v", bob)
	}
}

// testEnds: what an amendment ends is gone, and what is somebody else's stays.
func testEnds(t *testing.T, d Database) {
	s := d.Open(t)
	for i, name := range []string{"alice", "bob"} {
		r := Add(t, s, Somebody(name))
		must(t, s.PutPending(t.Context(), enrollment.Pending{Person: r.Person.ID, Browser: enrollment.BrowserHash{byte(i)}, StartedAt: Start}))
		sess := someSession(t, r, byte(i))
		must(t, s.PutSession(t.Context(), sess))
		q := Question(r, i)
		c := Allowed(r, 1)
		c.Put = &q
		c.Invite = someInvitation(r.Person.ID, enrollment.FromDoor, byte(i*2))
		commit(t, s, c)
		r = Find(t, s, name)
		must(t, s.Amend(t.Context(), operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("enroll.link", name),
			Invite: someInvitation(r.Person.ID, enrollment.FromAdmin, byte(i*2+1)),
		}))
	}
	count := func(name string) (n [4]int) {
		person := Find(t, s, name)
		n[0] = len(person.Open)
		invitations, err := s.Invitations(t.Context(), person.Person.ID, Start)
		must(t, err)
		n[1] = len(invitations)
		sessions, err := s.SessionsOf(t.Context(), person.Person.ID, Start)
		must(t, err)
		n[2] = len(sessions)
		pending, err := s.Pending(t.Context(), person.Person.ID)
		must(t, err)
		if pending != nil {
			n[3] = 1
		}
		return n
	}
	end := func(change func(a *operator.Amendment)) {
		r := Find(t, s, "alice")
		a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("end", "alice")}
		change(&a)
		must(t, s.Amend(t.Context(), a))
	}
	for _, step := range []struct {
		what   string
		change func(a *operator.Amendment)
		left   [4]int
	}{
		{"nothing", func(*operator.Amendment) {}, [4]int{1, 2, 1, 1}},
		{"questions", func(a *operator.Amendment) { a.EndChallenges = true }, [4]int{0, 2, 1, 1}},
		{"links from administrators", func(a *operator.Amendment) { a.VoidInvitations = enrollment.FromAdmin }, [4]int{0, 1, 1, 1}},
		{"invitations", func(a *operator.Amendment) { a.EndInvitations = true }, [4]int{0, 0, 1, 1}},
		{"sessions", func(a *operator.Amendment) { a.EndSessions = true }, [4]int{0, 0, 0, 1}},
		{"the unfinished enrollment", func(a *operator.Amendment) { a.EndPending = true }, [4]int{0, 0, 0, 0}},
	} {
		end(step.change)
		if got := count("alice"); got != step.left {
			t.Errorf("after ending %s: %v, want %v", step.what, got, step.left)
		}
	}
	if got := count("bob"); got != [4]int{1, 2, 1, 1} {
		t.Errorf("bob's: %v", got)
	}
	bob := Find(t, s, "bob")
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: bob.Person.ID, Version: bob.Standing.Version, RemovePerson: true, Log: Entry("user.remove", "bob"),
	}))
	if r, _, err := s.Person(t.Context(), "bob", false); r != nil || err != nil {
		t.Errorf("bob is still there: %+v, %v", r, err)
	}
	if err := s.Commit(t.Context(), Allowed(bob, 9)); err == nil {
		t.Error("somebody removed was let in")
	}
	Add(t, s, Somebody("bob")) // the name is free again
	if r, _, err := s.Person(t.Context(), "bob", false); err != nil || r.Person.ID == bob.Person.ID || r.Standing.Version != 1 {
		t.Errorf("the new bob is %+v, %v", r, err)
	}
}

// testLastAdministrator: of two administrators who remove each other, one
// stays; and one without a usable factor does not count.
func testLastAdministrator(t *testing.T, d Database) {
	s := d.Open(t)
	for _, name := range []string{"alice", "bob", "carol"} {
		p := Somebody(name)
		p.Person.Role = directory.Administrator
		if name == "carol" {
			p.Factors[0].Suspended = true
		}
		Add(t, s, p)
	}
	results := make(chan error)
	none := directory.NoRole
	for _, name := range []string{"alice", "bob"} {
		r := Find(t, s, name)
		go func() {
			results <- s.Amend(t.Context(), operator.Amendment{
				Person: r.Person.ID, Version: r.Standing.Version, Role: &none, KeepAdministrator: true,
				Log: Entry("admin.revoke", name),
			})
		}()
	}
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	if first != nil || !errors.Is(second, operator.ErrLastAdministrator) {
		t.Errorf("one: %v, the other: %v", first, second)
	}
	staff, err := s.FindPeople(t.Context(), operator.PeopleQuery{WithRole: true, Now: Start})
	must(t, err)
	if len(staff) != 2 {
		t.Errorf("%d people with a role are left", len(staff))
	}
}

// testImport: each entry is told what became of it.
func testImport(t *testing.T, d Database) {
	s := d.Open(t)
	old := Add(t, s, Somebody("user1"))
	must(t, s.PutSession(t.Context(), someSession(t, old, 1)))
	var entries []operator.Entry
	for i := range 200 {
		entries = append(entries, operator.Entry{NewPerson: Somebody(fmt.Sprintf("user%d", i))})
	}
	put, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
	must(t, err)
	for i, p := range put {
		if want := map[bool]operator.Put{true: operator.PutNothing, false: operator.PutAdded}[i == 1]; p != want {
			t.Errorf("user%d: %v", i, p)
		}
	}
	known, err := s.Known(t.Context(), []string{"user1", "user150", "nobody"})
	must(t, err)
	same(t, "known", map[string]operator.Known{
		"user1": {ID: old.Person.ID}, "user150": {ID: entries[150].Person.ID},
	}, known)

	question := Question(Find(t, s, "user1"), 1)
	begun := Allowed(Find(t, s, "user1"), 1)
	begun.Put = &question
	commit(t, s, begun)
	must(t, s.PutPending(t.Context(), enrollment.Pending{Person: old.Person.ID, StartedAt: Start}))

	change := operator.Entry{
		NewPerson: operator.NewPerson{Person: directory.Person{
			DisplayName: "new name", Email: "new@example.com", Phone: "+1", Groups: []string{"new"},
		}, Password: []byte("new hash")},
		Is: old.Person.ID, Update: operator.Columns{DisplayName: true, Groups: true, Password: true},
	}
	gone := change
	gone.Is = NextID()
	put, err = s.PutPeople(t.Context(), []operator.Entry{change, gone}, Entry("user.import", ""))
	must(t, err)
	if !slices.Equal(put, []operator.Put{operator.PutUpdated, operator.PutNothing}) {
		t.Errorf("an update: %v", put)
	}
	want := *old.Person
	want.DisplayName, want.Groups, want.HasPassword = "new name", []string{"new"}, true
	r := Find(t, s, "user1")
	same(t, "updated", &want, r.Person)
	same(t, "untouched", old.Factors, r.Factors)
	if r.Standing.Version != old.Standing.Version+2 { // the question and the update
		t.Error("the version did not rise")
	}
	if len(r.Open) != 0 {
		t.Errorf("questions after a new password: %v", r.Open)
	}
	if c, err := s.Challenge(t.Context(), question.Hash); c != nil || err != nil {
		t.Errorf("a question after a new password: %v, %v", c, err)
	}
	if p, err := s.Pending(t.Context(), old.Person.ID); p != nil || err != nil {
		t.Errorf("an enrollment begun with the old password: %v, %v", p, err)
	}
	if sessions, err := s.SessionsOf(t.Context(), old.Person.ID, Start); len(sessions) != 0 || err != nil {
		t.Errorf("sessions after a new password: %v, %v", sessions, err)
	}
}

// testFind: a search finds what it says, page by page, in order.
func testFind(t *testing.T, d Database) {
	s := d.Open(t)
	var entries []operator.Entry
	for i := range 300 {
		p := Somebody(fmt.Sprintf("user%03d", i))
		p.Person.Disabled = i%2 == 0
		if i%3 == 0 {
			p.Factors = nil
		}
		if i == 7 {
			p.Person.DisplayName, p.Person.Phone, p.Person.Role = "Öztürk 100%_", "+4917112345", directory.Auditor
			p.Factors[0].Suspended = true
		}
		entries = append(entries, operator.Entry{NewPerson: p})
	}
	_, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
	must(t, err)
	locked := Find(t, s, "user008")
	c := Allowed(locked, 1)
	c.Standing.Codes = lockout.Codes{LockedUntil: Start.Add(time.Minute)}
	commit(t, s, c)

	no := false
	for _, tc := range []struct {
		name  string
		query operator.PeopleQuery
		count int
		first string
	}{
		{"all", operator.PeopleQuery{}, 300, "user000"},
		{"a page", operator.PeopleQuery{Limit: 10, After: "user099"}, 10, "user100"},
		{"by name", operator.PeopleQuery{Search: "SER10"}, 10, "user100"},
		{"by display name, without case", operator.PeopleQuery{Search: "öZTÜRK"}, 1, "user007"},
		{"no wildcards", operator.PeopleQuery{Search: "%_"}, 1, "user007"},
		{"by address", operator.PeopleQuery{Search: "user123@example"}, 1, "user123"},
		{"by telephone number", operator.PeopleQuery{Search: "17112345"}, 1, "user007"},
		{"enabled", operator.PeopleQuery{Disabled: &no}, 150, "user001"},
		{"locked", operator.PeopleQuery{Locked: true}, 1, "user008"},
		{"with a role", operator.PeopleQuery{WithRole: true}, 1, "user007"},
		{"suspended", operator.PeopleQuery{Suspect: true}, 1, "user007"},
		{"enrolled", operator.PeopleQuery{Status: enrollment.Enrolled}, 199, "user001"},
		{"not required", operator.PeopleQuery{Status: enrollment.NotRequired}, 101, "user000"},
		{"in a period", operator.PeopleQuery{Status: enrollment.InPeriod}, 0, ""},
		{"several at once", operator.PeopleQuery{Status: enrollment.Enrolled, Disabled: &no, Search: "user01"}, 4, "user011"},
	} {
		tc.query.Now = Start
		list, err := s.FindPeople(t.Context(), tc.query)
		must(t, err)
		if len(list) != tc.count || tc.count > 0 && list[0].Person.Key != tc.first {
			t.Errorf("%s: %d people", tc.name, len(list))
			continue
		}
		if !slices.IsSortedFunc(list, func(a, b operator.Row) int { return compare(a.Person.Key, b.Person.Key) }) {
			t.Errorf("%s: not in order", tc.name)
		}
		for _, row := range list {
			if want := entries[number(row.Person.Key)].Factors; len(row.Factors) != len(want) || len(want) > 0 && row.Factors[0].Sealed != nil {
				t.Errorf("%s: factors of %s: %+v", tc.name, row.Person.Key, row.Factors)
			}
		}
	}
	census, err := s.CountPeople(t.Context(), "", Start)
	must(t, err)
	same(t, "census", operator.Census{All: 300, Disabled: 150, Locked: 1, ByStatus: map[enrollment.Status]int{
		enrollment.Enrolled: 199, enrollment.NotRequired: 101,
		enrollment.PendingDuty: 0, enrollment.InPeriod: 0, enrollment.ExpiredDuty: 0, enrollment.ExemptDuty: 0,
	}}, census)
}

func number(key string) (n int) {
	_, _ = fmt.Sscanf(key, "user%d", &n) // only such keys come
	return n
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// testCancel: whoever gives up before it begins has written nothing.
func testCancel(t *testing.T, d Database) {
	s := d.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.AddPerson(ctx, Somebody("alice"), Entry("user.add", "alice"))
	if problem.KindOf(err) != problem.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("adding: %v", err)
	}
	if r, _, err := s.Person(t.Context(), "alice", true); r != nil || err != nil {
		t.Errorf("alice is there: %+v, %v", r, err)
	}
	if _, err := s.FindPeople(ctx, operator.PeopleQuery{Now: Start}); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("finding: %v", err)
	}
}

// testMany: every one of 100,000 people is found, page by page, and the sweep
// and the search get through.
func testMany(t *testing.T, d Database) {
	const people, batch, page = 100_000, 1000, 10_000
	s := d.Open(t)
	for i := 0; i < people; i += batch {
		entries := make([]operator.Entry, batch)
		for j := range entries {
			entries[j].NewPerson = Somebody(fmt.Sprintf("user%06d", i+j))
		}
		_, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
		must(t, err)
	}
	seen, last := 0, ""
	for {
		list, err := s.FindPeople(t.Context(), operator.PeopleQuery{After: last, Limit: page, Now: Start})
		must(t, err)
		for _, row := range list {
			if row.Person.Key != fmt.Sprintf("user%06d", seen) || len(row.Factors) != 1 {
				t.Fatalf("number %d is %s with %d factors", seen, row.Person.Key, len(row.Factors))
			}
			seen++
		}
		if len(list) < page {
			break
		}
		last = list[len(list)-1].Person.Key
	}
	if seen != people {
		t.Errorf("%d people on all pages", seen)
	}
	found, err := s.FindPeople(t.Context(), operator.PeopleQuery{Search: "person user099999", Now: Start})
	must(t, err)
	if len(found) != 1 {
		t.Errorf("%d found", len(found))
	}
	must(t, s.Warm(t.Context()))
	for _, key := range []string{"user000000", "user054321", "user099999"} {
		r, remembered, err := s.Person(t.Context(), key, false)
		if err != nil || !remembered {
			t.Errorf("%s is not remembered: %v", key, err)
			continue
		}
		commit(t, s, Allowed(r, 1))
	}
}
