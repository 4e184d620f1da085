package storetest

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testExemptBeforeTheMail: whoever is exempt, or kept out, before they were
// mailed counts as not told, and is told when that is over.
func testExemptBeforeTheMail(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	due := Start.Add(72 * time.Hour)
	person := owing(t, s, "alice", due)
	move(t, s, "alice", due, about(notify.PeriodStarted, due, time.Minute))
	exempt := policy.Requirement{Period: NextID(), Own: true, Duty: policy.Exempt, Since: Start, Due: Start.Add(48 * time.Hour)}
	r := Find(t, s, "alice")
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: person, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: exempt}}, Log: Entry("exempt", "alice"),
	}))
	clock.set(Start.Add(2 * time.Minute))
	if sent := leave(t, s, clock.now()); len(sent) != 0 {
		t.Errorf("%+v left", sent)
	}
	listed(t, s, person, "replaced period-started")
	told := func(at time.Time) enrollment.DueDuty {
		t.Helper()
		list, err := s.DueDuties(t.Context(), at, 10)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		return list[0]
	}
	if is := told(clock.now()); is.Told.Begin || !is.ExemptUntil.Equal(exempt.Due) {
		t.Errorf("%+v", is)
	}
	if is := told(exempt.Due); is.Told.Begin || !is.ExemptUntil.IsZero() {
		t.Errorf("when it is over: %+v", is)
	}
}

// testMailOff: while no mail leaves nobody counts as told, neither of a beginning
// nor of what an act has changed; when it does, they are told once how they stand.
func testMailOff(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now, o.MailOff = clock.now, true })
	p := starting("")
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	var duties []operator.NewDuty
	for _, name := range []string{"alice", "bob"} {
		person := Somebody(name)
		person.Factors = nil
		duties = append(duties, operator.NewDuty{Person: Add(t, s, person).Person.ID, Requirement: p.For(Start)})
	}
	_, err := s.AddToPeriod(t.Context(), duties)
	must(t, err)
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	clock.set(Start.Add(time.Minute))
	due, err := s.DueDuties(t.Context(), clock.now(), 10)
	must(t, err)
	var told []enrollment.ToldDuty
	for n, is := range due {
		m := about(notify.PeriodStarted, is.Requirement.Due, 0)
		m.ID, m.Person = m.ID+id.ID(n), is.Person
		told = append(told, enrollment.ToldDuty{
			Was: is, Told: enrollment.Notices{Begin: true}, NextAt: is.Requirement.Due, Mail: []notify.Message{*m},
		})
	}
	noted, err := s.NoteTold(t.Context(), told)
	must(t, err)
	if noted != len(duties) {
		t.Fatalf("noted of %d", noted)
	}
	move(t, s, "bob", Start.Add(240*time.Hour), about(notify.PeriodExtended, Start.Add(240*time.Hour), time.Minute))
	figures, err := s.Progress(t.Context(), p.ID, "", clock.now())
	must(t, err)
	if figures.Told != 0 || figures.Stages[enrollment.Untold] != len(duties) {
		t.Errorf("%d are told, %v", figures.Told, figures.Stages)
	}
	claims, err := s.Claim(t.Context(), clock.now(), clock.now().Add(time.Minute), 10)
	must(t, err)
	for _, c := range claims {
		must(t, s.Settle(t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Failed, Problem: notify.ProblemOff}))
	}
	must(t, s.Close())

	s = d.Open(t, func(o *store.Options) { o.Now = clock.now })
	for _, want := range []int{len(duties), 0} {
		if n, err := s.TellAfterMailWasOff(t.Context()); err != nil || n != want {
			t.Errorf("of %d there is to tell, want %d, %v", n, want, err)
		}
	}
	due, err = s.DueDuties(t.Context(), clock.now(), 10)
	must(t, err)
	for _, is := range due {
		if is.Told != (enrollment.Notices{}) {
			t.Errorf("%v was told: %+v", is.Person, is.Told)
		}
	}
	left, err := s.CountMails(t.Context(), Start)
	must(t, err)
	if len(due) != len(duties) || left[notify.Failed] != 0 {
		t.Errorf("%d are to be told, %v", len(due), left)
	}
}
