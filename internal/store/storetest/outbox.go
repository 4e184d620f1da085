package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// queue queues one message to somebody.
func queue(t testing.TB, s *store.Store, kind notify.Kind, to id.ID, data map[string]string) notify.Message {
	t.Helper()
	m := notify.Message{ID: NextID(), Kind: kind, Person: to, Data: data}
	commit(t, s, authn.Change{Mail: []notify.Message{m}})
	return m
}

// testPostpone: what may wait is not due before the instant, unless it would
// be of no use by then; the rest is due at once.
func testPostpone(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice")).Person.ID
	morning := Start.Add(10 * time.Hour)
	until := func(at time.Time) map[string]string {
		return map[string]string{"until": at.Format(time.RFC3339), "factor": "passkey"}
	}
	urgent := queue(t, s, notify.FactorAdded, alice, until(morning.Add(time.Hour)))
	soonOver := queue(t, s, notify.PeriodReminder, owing(t, s, "bob", morning), until(morning))
	patient := []notify.Message{
		queue(t, s, notify.PeriodStarted, owing(t, s, "carol", morning.Add(time.Second)), until(morning.Add(time.Second))),
		queue(t, s, notify.Configured, alice, nil),
		queue(t, s, notify.WeeklyDigest, alice, nil),
	}
	for _, want := range []int{2, 1, 0} {
		if n, err := s.Postpone(t.Context(), Start, morning, 2); err != nil || n != want {
			t.Errorf("%d put off, want %d: %v", n, want, err)
		}
	}
	claimed := func(at time.Time) (ids []id.ID) {
		claims, err := s.Claim(t.Context(), at, at.Add(24*time.Hour), 100)
		must(t, err)
		for _, c := range claims {
			ids = append(ids, c.Message.ID)
		}
		return ids
	}
	same(t, "at night", []id.ID{urgent.ID, soonOver.ID}, claimed(morning.Add(-time.Second)))
	same(t, "in the morning", []id.ID{patient[0].ID, patient[1].ID, patient[2].ID}, claimed(morning))
}

// testResend: what waits goes at once, what is through is said anew, unless it
// was secret or is over.
func testResend(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice")).Person.ID
	data := map[string]string{"at": Start.Format(time.RFC3339)}
	end := func(kind notify.Kind, state notify.State, data map[string]string) notify.Message {
		m := queue(t, s, kind, alice, data)
		claims, err := s.Claim(t.Context(), Start, Start.Add(time.Hour), 100)
		must(t, err)
		if len(claims) != 1 {
			t.Fatalf("%d claims", len(claims))
		}
		must(t, s.Settle(t.Context(), notify.Settlement{ID: m.ID, Attempt: 1, State: state, Problem: "x", At: Start.Add(time.Hour)}))
		return m
	}
	resend := func(m notify.Message, at time.Time) (id.ID, error) {
		fresh := NextID()
		_, err := s.ResendMail(t.Context(), m.ID, fresh, at, Entry("mail.resend", "alice"))
		return fresh, err
	}
	entry := func(which id.ID) notify.Entry {
		list, err := s.FindMails(t.Context(), operator.MailQuery{ID: which})
		must(t, err)
		if len(list) != 1 {
			return notify.Entry{}
		}
		return list[0]
	}
	for _, tc := range []struct{ was, is notify.State }{
		{notify.Sent, notify.Sent}, {notify.Failed, notify.Replaced}, {notify.Bounced, notify.Replaced}, {notify.NoAddress, notify.Replaced},
	} {
		old := end(notify.PersonReset, tc.was, data)
		if counts, err := s.CountMails(t.Context(), Start); err != nil || tc.was != notify.Sent && counts[tc.was] != 1 {
			t.Errorf("%v, %v", counts, err)
		}
		fresh, err := resend(old, Start)
		must(t, err)
		if e := entry(old.ID); e.State != tc.is {
			t.Errorf("the old one, which was %s, is %s", tc.was, e.State)
		}
		claims, err := s.Claim(t.Context(), Start, Start.Add(time.Hour), 100)
		must(t, err)
		if len(claims) != 1 || claims[0].Message.ID != fresh || claims[0].Message.Data["at"] != data["at"] || claims[0].Attempt != 1 {
			t.Errorf("%s anew: %+v", tc.was, claims)
		}
	}
	if counts, err := s.CountMails(t.Context(), Start); err != nil || len(counts) != 1 || counts[notify.Queued] != 4 {
		t.Errorf("%v, %v", counts, err)
	}
	waiting := end(notify.PersonReset, notify.Queued, data)
	if e := entry(waiting.ID); e.State != notify.Retrying || !e.DueAt.Equal(Start.Add(time.Hour)) {
		t.Errorf("after a failure: %+v", e)
	}
	if _, err := resend(waiting, Start); err != nil || !entry(waiting.ID).DueAt.IsZero() {
		t.Errorf("%v, %+v", err, entry(waiting.ID))
	}
	must(t, settleAll(t, s))
	for _, kind := range []notify.Kind{notify.EnrollLink, notify.FactorAdded} {
		if _, err := resend(end(kind, notify.Failed, data), Start); !errors.Is(err, operator.ErrSpent) {
			t.Errorf("a spent secret: %v", err)
		}
	}
	over := end(notify.PassIssued, notify.Bounced, map[string]string{"until": Start.Add(time.Minute).Format(time.RFC3339)})
	if _, err := resend(over, Start.Add(time.Minute)); !errors.Is(err, operator.ErrOver) {
		t.Errorf("what is over: %v", err)
	}
	if _, err := resend(notify.Message{ID: 12345}, Start); !errors.Is(err, operator.ErrGone) {
		t.Errorf("what never was: %v", err)
	}
}

// settleAll sends whatever is due.
func settleAll(t testing.TB, s *store.Store) error {
	claims, err := s.Claim(t.Context(), Start, Start.Add(time.Hour), 100)
	for _, c := range claims {
		must(t, s.Settle(t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, At: Start}))
	}
	return err
}

// testTemplates: one for each kind and language, the last one set.
func testTemplates(t *testing.T, d Database) {
	s := d.Open(t)
	one := notify.Template{Kind: notify.PeriodStarted, Language: "en", Source: "x", ChangedAt: Start, ChangedBy: "alice"}
	other := one
	other.Language = "de"
	for _, v := range []notify.Template{one, other} {
		must(t, s.SetMailTemplate(t.Context(), v, Entry("mail-template.set", "")))
	}
	one.Source, one.ChangedBy = "y", "bob"
	must(t, s.SetMailTemplate(t.Context(), one, Entry("mail-template.set", "")))
	list, err := s.MailTemplates(t.Context())
	must(t, err)
	same(t, "templates", []notify.Template{other, one}, list)
	got, found, err := s.MailTemplate(t.Context(), notify.PeriodStarted, "en")
	must(t, err)
	same(t, "template", one, got)
	if _, none, err := s.MailTemplate(t.Context(), notify.PeriodReminder, "en"); !found || none || err != nil {
		t.Errorf("%v, %v, %v", found, none, err)
	}
	must(t, s.RemoveMailTemplate(t.Context(), notify.PeriodStarted, "en", Entry("mail-template.reset", "")))
	if err := s.RemoveMailTemplate(t.Context(), notify.PeriodStarted, "en", Entry("mail-template.reset", "")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("removed twice: %v", err)
	}
}
