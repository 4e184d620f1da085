package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// owing adds somebody who is to have a passkey until an instant, and has been
// told.
func owing(t testing.TB, s *store.Store, name string, due time.Time) id.ID {
	t.Helper()
	p := Somebody(name)
	p.Requirements = []policy.Requirement{{
		Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: policy.WantPasskey, Since: Start, Due: due, PostponeLeft: -1,
	}}
	person := Add(t, s, p).Person.ID
	move(t, s, name, due, nil)
	return person
}

// move gives somebody who owes another end, none if it is zero, with a message.
func move(t testing.TB, s *store.Store, name string, due time.Time, m *notify.Message) {
	t.Helper()
	r := Find(t, s, name)
	a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version}
	put := r.Requirements[0]
	if put.Due = due; due.IsZero() {
		put.Duty = policy.NotRequired
	} else {
		put.Duty = policy.InPeriod
	}
	a.PutDuties = []operator.DutyPut{{Requirement: put, Told: true}}
	if m != nil {
		m.Person = r.Person.ID
		a.Mail = []notify.Message{*m}
	}
	outcomes, err := s.AmendMany(t.Context(), []operator.Amendment{a}, nil)
	must(t, err)
	must(t, outcomes[0])
}

// about is a message about what move does, so long after Start.
func about(kind notify.Kind, until time.Time, after time.Duration) *notify.Message {
	m := &notify.Message{ID: id.At(Start.Add(after)), Kind: kind, Data: map[string]string{"factor": "passkey"}}
	if !until.IsZero() {
		m.Data["until"] = until.Format(time.RFC3339)
	}
	return m
}

// listed checks the states and kinds of all mails of a person, the oldest first.
func listed(t testing.TB, s *store.Store, person id.ID, want ...string) {
	t.Helper()
	list, err := s.FindMails(t.Context(), operator.MailQuery{Person: person})
	must(t, err)
	var got []string
	for _, m := range slices.Backward(list) {
		got = append(got, string(m.State)+" "+string(m.Kind))
	}
	same(t, "mails", want, got)
}

// leave sends what is due.
func leave(t testing.TB, s *store.Store, at time.Time) []notify.Claim {
	t.Helper()
	claims, err := s.Claim(t.Context(), at, at.Add(time.Hour), 100)
	must(t, err)
	for _, c := range claims {
		must(t, s.Settle(t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, At: at}))
	}
	return claims
}

// testTopics: of what waits about one thing only the newest is left, pairs that
// contradict each other and were never sent cancel out, and nobody hears twice
// the same because it has moved there and back.
func testTopics(t *testing.T, d Database) {
	s := d.Open(t)
	due, later := Start.Add(72*time.Hour), Start.Add(96*time.Hour)
	minute := func(n int) time.Duration { return time.Duration(n) * time.Minute }

	z1 := owing(t, s, "z1", due)
	move(t, s, "z1", due, about(notify.PeriodStarted, due, minute(1)))
	move(t, s, "z1", time.Time{}, about(notify.RequirementLifted, time.Time{}, minute(2)))
	listed(t, s, z1, "replaced period-started", "replaced requirement-lifted")

	z2 := owing(t, s, "z2", due)
	move(t, s, "z2", due, about(notify.PeriodStarted, due, minute(3)))
	move(t, s, "z2", later, about(notify.PeriodExtended, later, minute(4)))
	listed(t, s, z2, "replaced period-started", "queued period-started") // of a beginning they have not heard
	move(t, s, "z2", due, about(notify.PeriodExtended, due, minute(5)))
	claims := leave(t, s, Start.Add(minute(6)))
	if len(claims) != 1 || !claims[0].Message.Until().Equal(due) {
		t.Errorf("%+v", claims)
	}
	move(t, s, "z2", later, about(notify.PeriodExtended, later, minute(7)))
	move(t, s, "z2", due, about(notify.PeriodExtended, due, minute(8))) // undone before it left
	listed(t, s, z2, "replaced period-started", "replaced period-started", "sent period-started",
		"replaced period-extended", "replaced period-extended")
	move(t, s, "z2", time.Time{}, about(notify.RequirementLifted, time.Time{}, minute(9)))
	move(t, s, "z2", later, about(notify.PeriodStarted, later, minute(10)))
	move(t, s, "z2", time.Time{}, about(notify.RequirementLifted, time.Time{}, minute(11)))
	if claims := leave(t, s, Start.Add(minute(12))); len(claims) != 1 || claims[0].Message.Kind != notify.RequirementLifted {
		t.Errorf("they were told that they have to, and now hear %+v", claims)
	}

	never := owing(t, s, "never", due)
	must(t, s.AddPerson(t.Context(), Somebody("untold"), Entry("user.add", "untold")))
	untold := Find(t, s, "untold")
	p := policy.Requirement{Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: policy.WantPasskey, Since: Start, Due: due}
	_, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: untold.Person.ID, Requirement: p}})
	must(t, err)
	move(t, s, "never", time.Time{}, about(notify.RequirementLifted, time.Time{}, minute(13)))
	listed(t, s, never, "queued requirement-lifted")
	m := about(notify.RequirementLifted, time.Time{}, minute(14))
	m.Person = untold.Person.ID
	r := Find(t, s, "untold")
	_, err = s.AmendMany(t.Context(), []operator.Amendment{{
		Person: r.Person.ID, Version: r.Standing.Version, DropDuties: []id.ID{p.Period}, Mail: []notify.Message{*m},
	}}, nil)
	must(t, err)
	listed(t, s, untold.Person.ID)
}

// testPresent: what waits says what holds when it leaves, or stays.
func testPresent(t *testing.T, d Database) {
	s := d.Open(t)
	due, later := Start.Add(72*time.Hour), Start.Add(96*time.Hour)
	bob := owing(t, s, "bob", due)
	move(t, s, "bob", due, about(notify.PeriodStarted, due, time.Minute))
	move(t, s, "bob", later, nil)
	claims := leave(t, s, Start.Add(time.Hour))
	if len(claims) != 1 || !claims[0].Message.Until().Equal(later) {
		t.Errorf("%+v", claims)
	}
	which := claims[0].Message.ID
	move(t, s, "bob", due, nil)
	fresh := id.At(Start.Add(2 * time.Hour))
	if why, err := s.ResendMail(t.Context(), which, fresh, Start.Add(2*time.Hour), Entry("mail.resend", "bob")); why != "" || err != nil {
		t.Errorf("%q, %v", why, err)
	}
	if claims := leave(t, s, Start.Add(2*time.Hour)); len(claims) != 1 || !claims[0].Message.Until().Equal(due) {
		t.Errorf("sent again: %+v", claims)
	}
	move(t, s, "bob", due, about(notify.PeriodReminder, due, 3*time.Hour))
	move(t, s, "bob", time.Time{}, nil)
	if claims := leave(t, s, Start.Add(3*time.Hour)); len(claims) != 0 {
		t.Errorf("%+v", claims)
	}
	listed(t, s, bob, "sent period-started", "sent period-started", "replaced period-reminder")
	for _, m := range []id.ID{which, about(notify.PeriodReminder, due, 3*time.Hour).ID} {
		why, err := s.ResendMail(t.Context(), m, NextID(), Start.Add(4*time.Hour), Entry("mail.resend", "bob"))
		if why == "" || !errors.Is(err, operator.ErrOver) {
			t.Errorf("%q, %v", why, err)
		}
	}
}

// testInTurn: while one is being sent nobody else takes a newer one to the same
// person.
func testInTurn(t *testing.T, d Database) {
	s := d.Open(t)
	due := Start.Add(72 * time.Hour)
	bob := owing(t, s, "bob", due)
	welcome := queue(t, s, notify.Configured, bob, nil)
	claim := func(at time.Time) []notify.Claim {
		claims, err := s.Claim(t.Context(), at, at.Add(time.Minute), 100)
		must(t, err)
		return claims
	}
	if got := claim(Start.Add(time.Hour)); len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	move(t, s, "bob", due, about(notify.PeriodStarted, due, time.Hour))
	if got := claim(Start.Add(time.Hour)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	must(t, s.Settle(t.Context(), notify.Settlement{ID: welcome.ID, Attempt: 1, State: notify.Queued, At: Start.Add(2 * time.Hour)}))
	if got := claim(Start.Add(2 * time.Hour)); len(got) != 2 || got[0].Message.ID != welcome.ID {
		t.Errorf("%+v", got)
	}
}
