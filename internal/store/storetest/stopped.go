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

// stopped gives what somebody owes another end and stops its clock, or lets it
// go on if at is zero, without a message.
func stopped(t testing.TB, s *store.Store, name string, due, at time.Time) {
	t.Helper()
	r := Find(t, s, name)
	put := r.Requirements[0]
	put.Due, put.PausedAt = due, at
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: put}}, Log: Entry("period.pause", name),
	}))
}

// refused has a mail server refuse what is due.
func refused(t testing.TB, s *store.Store, at time.Time, unsure bool) {
	t.Helper()
	claims, err := s.Claim(t.Context(), at, at.Add(time.Minute), 100)
	must(t, err)
	for _, c := range claims {
		must(t, s.Settle(t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Queued, Problem: "451", At: at, Unsure: unsure}))
	}
}

// testStoppedBeforeTheMail: whose clock is stopped before they were mailed
// counts as not told, and hears of a beginning when it goes on.
func testStoppedBeforeTheMail(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	due := Start.Add(72 * time.Hour)
	alice := owing(t, s, "alice", due)
	move(t, s, "alice", due, about(notify.PeriodStarted, due, time.Minute))
	refused(t, s, Start.Add(time.Minute), false)
	stopped(t, s, "alice", due, Start.Add(time.Minute))
	clock.set(Start.Add(2 * time.Minute))
	if sent := leave(t, s, clock.now()); len(sent) != 0 {
		t.Errorf("%+v left", sent)
	}
	stopped(t, s, "alice", due, time.Time{})
	list, err := s.DueDuties(t.Context(), clock.now(), 10)
	must(t, err)
	if len(list) != 1 || list[0].Told.Begin {
		t.Fatalf("%+v", list)
	}
	move(t, s, "alice", due.Add(time.Hour), about(notify.PeriodExtended, due.Add(time.Hour), 3*time.Minute))
	listed(t, s, alice, "replaced period-started", "queued period-started")
}

// testTakenBackUntaken: what no server has taken is not taken back, what one may
// have is.
func testTakenBackUntaken(t *testing.T, d Database) {
	s := d.Open(t)
	due := Start.Add(72 * time.Hour)
	for i, tc := range []struct {
		name   string
		unsure bool
		want   string
	}{{"refused", false, "replaced requirement-lifted"}, {"unsure", true, "queued requirement-lifted"}} {
		at := time.Duration(i) * time.Hour
		person := owing(t, s, tc.name, due)
		move(t, s, tc.name, due, about(notify.PeriodStarted, due, at))
		refused(t, s, Start.Add(at+2*time.Minute), tc.unsure)
		move(t, s, tc.name, time.Time{}, about(notify.RequirementLifted, time.Time{}, at+3*time.Minute))
		listed(t, s, person, "replaced period-started", tc.want)
	}
}

// testRemindedOnce: of each end, at each time before it, whatever has become of
// it meanwhile.
func testRemindedOnce(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	s := d.Open(t, func(o *store.Options) { o.Now = clock.now })
	due := Start.Add(72 * time.Hour)
	alice := owing(t, s, "alice", due)
	remind := func(at time.Time, before time.Duration, want ...string) {
		t.Helper()
		clock.set(at)
		list, err := s.DueDuties(t.Context(), at, 10)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		m := notify.Message{
			ID: id.At(at), Person: alice, Kind: notify.PeriodReminder,
			Data: map[string]string{"factor": string(policy.WantPasskey), "until": list[0].Requirement.Due.Format(time.RFC3339)},
		}
		_, err = s.NoteTold(t.Context(), []enrollment.ToldDuty{{
			Was: list[0], Told: enrollment.Notices{Begin: true, Reminded: before}, NextAt: at.Add(time.Second), Mail: []notify.Message{m},
		}})
		must(t, err)
		leave(t, s, at)
		listed(t, s, alice, want...)
	}
	const first = "sent period-reminder"
	remind(due.Add(-48*time.Hour), 48*time.Hour, first)
	move(t, s, "alice", due.Add(time.Hour), nil)
	move(t, s, "alice", due, nil) // there and back
	remind(due.Add(-47*time.Hour), 48*time.Hour, first)
	remind(due.Add(-24*time.Hour), 24*time.Hour, first, first)
	remind(due.Add(-23*time.Hour), 24*time.Hour, first, first)
	move(t, s, "alice", due.Add(time.Hour), nil)
	remind(due.Add(-22*time.Hour), 24*time.Hour, first, first, first)
}
