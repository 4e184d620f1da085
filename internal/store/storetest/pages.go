package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// someSession is one that a person began with their factor, if they have any.
func someSession(t testing.TB, r *authn.Record, n byte) session.Session {
	t.Helper()
	v := Filled[session.Session](t)
	v.Hash, v.ID, v.Person = session.Hash{n}, NextID(), r.Person.ID
	v.SeenAt, v.EndsAt = Start, Start.Add(session.Whole)
	v.Stay = session.StayOut // it is not kept
	v.Ended = session.NotEnded
	v.Scope = ""
	if v.Proof.Factor = 0; len(r.Factors) > 0 {
		v.Proof.Factor = r.Factors[0].ID
	}
	return v
}

func someInvitation(person id.ID, origin enrollment.Origin, n byte) *enrollment.Invitation {
	return &enrollment.Invitation{
		ID: NextID(), Code: enrollment.CodeHash{n}, Person: person, Origin: origin, Attempt: 5, Client: "vpn",
		Source: "192.0.2.7", CreatedAt: Start, ExpiresAt: Start.Add(time.Hour),
	}
}

// testSessions: a session is what was put in, and ends where it should.
func testSessions(t *testing.T, d Database) {
	s := d.Open(t)
	record := Add(t, s, Somebody("alice"))
	alice := record.Person.ID
	list := []session.Session{someSession(t, record, 1), someSession(t, record, 2), someSession(t, record, 3)}
	for i, v := range list {
		v.SeenAt = Start.Add(-time.Duration(i) * time.Minute)
		list[i] = v
		must(t, s.PutSession(t.Context(), v))
	}
	got, err := s.Session(t.Context(), list[0].Hash)
	must(t, err)
	same(t, "session", &list[0], got)
	all, err := s.SessionsOf(t.Context(), alice, Start)
	must(t, err)
	same(t, "all", list, all)
	// At the very instant at which it has been idle for long enough.
	all, err = s.SessionsOf(t.Context(), alice, Start.Add(session.Idle-2*time.Minute))
	must(t, err)
	same(t, "those that have not ended", list[:2], all)

	list[0].SeenAt = Start.Add(time.Minute)
	if found, err := s.TouchSession(t.Context(), list[0].Hash, list[0].SeenAt); !found || err != nil {
		t.Errorf("touching a session: %v, %v", found, err)
	}
	got, err = s.Session(t.Context(), list[0].Hash)
	must(t, err)
	same(t, "touched", &list[0], got)

	must(t, s.EndSession(t.Context(), list[1].Hash))
	must(t, s.EndSession(t.Context(), list[1].Hash))
	must(t, s.EndSessions(t.Context(), alice, list[0].Hash))
	all, err = s.SessionsOf(t.Context(), alice, Start)
	must(t, err)
	same(t, "the one that was spared", list[:1], all)
	must(t, s.EndSessions(t.Context(), alice, session.Hash{}))
	if got, err := s.Session(t.Context(), list[0].Hash); got != nil || err != nil {
		t.Errorf("it did not end: %v, %v", got, err)
	}
}

// testEnrollment: an enrollment is completed once, by the browser that began
// it, on facts that still hold, and uses up its right.
func testEnrollment(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	old := alice.Factors[0]
	pending := Filled[enrollment.Pending](t)
	pending.Person, pending.Kind = alice.Person.ID, factor.TOTP
	must(t, s.PutPending(t.Context(), enrollment.Pending{Person: alice.Person.ID, StartedAt: Start}))
	must(t, s.PutPending(t.Context(), pending))
	got, err := s.Pending(t.Context(), alice.Person.ID)
	must(t, err)
	same(t, "pending", &pending, got)

	question := Question(alice, 1)
	c := Allowed(alice, 100)
	c.Put, c.Invite = &question, someInvitation(alice.Person.ID, enrollment.FromMail, 1)
	commit(t, s, c)
	alice = Find(t, s, "alice")
	administrator := directory.Administrator
	whole := enrollment.Completion{
		Person: alice.Person.ID, Version: alice.Standing.Version, Browser: pending.Browser,
		Factor:   factor.Factor{ID: pending.Factor, Person: alice.Person.ID, Kind: factor.TOTP, CodeDigits: 8, Sealed: []byte("new"), CreatedAt: Start},
		Spent:    factor.Spent{Factor: pending.Factor, Step: 42, At: Start},
		Recovery: &factor.Factor{ID: pending.Factor + 1, Person: alice.Person.ID, Kind: factor.Recovery, Sealed: []byte("codes"), CreatedAt: Start},
		Replaces: old.ID, Invitation: c.Invite.ID, Challenge: &question.Hash, Password: []byte("chosen"), Role: &administrator,
		Mail:   []notify.Message{{ID: NextID(), Kind: notify.FactorAdded, Person: alice.Person.ID}},
		Change: Entry("factor.enroll", "alice"),
	}
	for name, spoil := range map[string]func(c *enrollment.Completion){
		"old facts":             func(c *enrollment.Completion) { c.Version-- },
		"another browser":       func(c *enrollment.Completion) { c.Browser[0]++ },
		"another secret":        func(c *enrollment.Completion) { c.Factor.ID++ },
		"no such invitation":    func(c *enrollment.Completion) { c.Invitation++ },
		"the question is spent": func(c *enrollment.Completion) { c.Challenge = &challenge.Hash{9} },
	} {
		bad := whole
		spoil(&bad)
		if err := s.CompleteEnrollment(t.Context(), bad); !errors.Is(err, enrollment.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, s.CompleteEnrollment(t.Context(), whole))
	r := Find(t, s, "alice")
	same(t, "factors", []factor.Factor{whole.Factor, *whole.Recovery}, r.Factors)
	same(t, "spent steps", []factor.Spent{whole.Spent}, r.Standing.Spent)
	if string(r.Password) != "chosen" || r.Person.Role != administrator || len(r.Open) != 0 {
		t.Errorf("the record is %+v", r)
	}
	if i, err := s.Invitation(t.Context(), c.Invite.Code); err != nil || i.Open(Start) {
		t.Errorf("the invitation is open: %+v, %v", i, err)
	}
	whole.Version = r.Standing.Version
	if err := s.CompleteEnrollment(t.Context(), whole); !errors.Is(err, enrollment.ErrConflict) {
		t.Errorf("completed twice: %v", err)
	}
}

// testSuspension: "this was not me" stops every way in and tells the staff.
func testSuspension(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	for name, role := range map[string]directory.Role{
		"bob": directory.HelpDesk, "carol": directory.Administrator, "dave": directory.Auditor, "eve": directory.NoRole,
	} {
		p := Somebody(name)
		p.Person.Role = role
		Add(t, s, p)
	}
	must(t, s.PutSession(t.Context(), someSession(t, alice, 1)))
	must(t, s.PutPending(t.Context(), enrollment.Pending{Person: alice.Person.ID, StartedAt: Start}))
	q := Question(alice, 1)
	c := Allowed(alice, 1)
	c.Put, c.Invite = &q, someInvitation(alice.Person.ID, enrollment.FromMail, 1)
	commit(t, s, c)

	stop := enrollment.Suspension{
		Person: alice.Person.ID, Version: alice.Standing.Version, At: Start, Change: Entry("factor.not-me", "alice"),
		Message: notify.Message{Kind: notify.FactorsPaused, Data: map[string]string{"user": "alice"}},
	}
	if err := s.SuspendFactors(t.Context(), stop); !errors.Is(err, enrollment.ErrConflict) {
		t.Errorf("on old facts: %v", err)
	}
	stop.Version = Find(t, s, "alice").Standing.Version
	must(t, s.SuspendFactors(t.Context(), stop))
	r := Find(t, s, "alice")
	if !r.Factors[0].Suspended || len(r.Open) != 0 {
		t.Errorf("the record is %+v", r)
	}
	if list, err := s.SessionsOf(t.Context(), alice.Person.ID, Start); len(list) != 0 || err != nil {
		t.Errorf("sessions: %v, %v", list, err)
	}
	if p, err := s.Pending(t.Context(), alice.Person.ID); p != nil || err != nil {
		t.Errorf("an unfinished enrollment is left: %v, %v", p, err)
	}
	if list, err := s.Invitations(t.Context(), alice.Person.ID, Start); len(list) != 0 || err != nil {
		t.Errorf("invitations: %v, %v", list, err)
	}
	mails, err := s.FindMails(t.Context(), operator.MailQuery{State: notify.Queued})
	must(t, err)
	to := map[string]bool{}
	for _, m := range mails {
		to[m.Username] = true
	}
	same(t, "who is told", map[string]bool{"bob": true, "carol": true}, to)

	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: alice.Person.ID, Version: r.Standing.Version, Unsuspend: true, Log: Entry("factor.resume", "alice"),
	}))
	list, err := s.FindPeople(t.Context(), operator.PeopleQuery{Search: "alice", Status: enrollment.Enrolled, Now: Start})
	must(t, err)
	if len(list) != 1 || list[0].Factors[0].Suspended {
		t.Errorf("after the help desk has decided: %+v", list)
	}
	suspendedAgain(t, s, stop)
}

// suspendedAgain: "this was not me", said again after it was said at Start and
// undone, stops what was stopped then; and nothing if nothing is left.
func suspendedAgain(t *testing.T, s *store.Store, stop enrollment.Suspension) {
	t.Helper()
	say := func(name string, disputed time.Time, want error) {
		t.Helper()
		stop.Version, stop.Disputed, stop.Change = Find(t, s, "alice").Standing.Version, disputed, Entry("factor.not-me", "alice")
		if err := s.SuspendFactors(t.Context(), stop); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	before := Start.Add(-time.Hour)
	stop.At = Start.Add(time.Hour)
	say("by an old mail, about what proves something again", before, nil)
	say("by an old mail, with nothing left", before, enrollment.ErrStoppedAlready)
	say("without a mail, with nothing left", time.Time{}, enrollment.ErrStoppedAlready)
	must(t, s.PutPending(t.Context(), enrollment.Pending{Person: stop.Person, StartedAt: stop.At}))
	say("by an old mail, while somebody enrolls", before, enrollment.ErrStoppedAlready)
	say("without a mail, while somebody enrolls", time.Time{}, nil)

	r := Find(t, s, "alice")
	f := r.Factors[0]
	f.ID, f.Suspended, f.CreatedAt = NextID(), false, stop.At.Add(time.Minute)
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: stop.Person, Version: r.Standing.Version, AddFactors: []factor.Factor{f}, Log: Entry("factor.add", "alice"),
	}))
	stop.At = stop.At.Add(time.Hour)
	say("by an old mail, about what has come since", before, enrollment.ErrStoppedAlready)
	say("by the mail about what has come since", f.CreatedAt, nil)
	say("by that mail again", f.CreatedAt, enrollment.ErrStoppedAlready)
}

// testHelp: a person has one open request.
func testHelp(t *testing.T, d Database) {
	s := d.Open(t)
	alice, bob := Add(t, s, Somebody("alice")), Add(t, s, Somebody("bob"))
	ask := func(person id.ID, name string) (operator.HelpRequest, error) {
		r := Filled[operator.HelpRequest](t)
		r.ID, r.Person, r.Username, r.ClosedAt, r.ClosedBy = NextID(), person, name, time.Time{}, ""
		return r, s.AddHelpRequest(t.Context(), r, Entry("help.ask", name))
	}
	first, err := ask(alice.Person.ID, "alice")
	must(t, err)
	if _, err := ask(alice.Person.ID, "alice"); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("a second open request: %v", err)
	}
	second, err := ask(bob.Person.ID, "bob")
	must(t, err)
	list, err := s.HelpRequests(t.Context(), operator.HelpQuery{OpenOnly: true})
	must(t, err)
	same(t, "open", []operator.HelpRequest{second, first}, list)
	list, err = s.HelpRequests(t.Context(), operator.HelpQuery{Person: alice.Person.ID, Before: second.ID, Limit: 1})
	must(t, err)
	same(t, "one person's", []operator.HelpRequest{first}, list)
	list, err = s.HelpRequests(t.Context(), operator.HelpQuery{People: []id.ID{bob.Person.ID, alice.Person.ID, 12345}, OpenOnly: true})
	must(t, err)
	same(t, "some people's", []operator.HelpRequest{second, first}, list)
	list, err = s.HelpRequests(t.Context(), operator.HelpQuery{People: []id.ID{12345}})
	must(t, err)
	same(t, "nobody's", []operator.HelpRequest(nil), list)

	closeIt := func() error {
		return s.CloseHelpRequest(t.Context(), first.ID, "carol", Start.Add(time.Hour), Entry("help.close", "alice"))
	}
	must(t, closeIt())
	if err := closeIt(); !errors.Is(err, operator.ErrGone) {
		t.Errorf("closed twice: %v", err)
	}
	first.ClosedBy, first.ClosedAt = "carol", Start.Add(time.Hour)
	list, err = s.HelpRequests(t.Context(), operator.HelpQuery{ID: first.ID})
	must(t, err)
	same(t, "closed", []operator.HelpRequest{first}, list)
	_, err = ask(alice.Person.ID, "alice")
	must(t, err)
}
