package roster_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// alarms counts the mails that say that a directory refuses its account.
func (o *office) alarms() (n int) {
	o.t.Helper()
	mails, err := o.store.FindMails(o.t.Context(), operator.MailQuery{Limit: 100})
	o.must(err)
	for _, m := range mails {
		if m.Kind == notify.DirectoryRefused {
			n++
		}
	}
	return n
}

// TestARefusedAccountIsToldOnce: of a directory that refuses the account that
// reads it every administrator hears once, however long it lasts and however
// often it is asked; and again if it happens again.
func TestARefusedAccountIsToldOnce(t *testing.T) {
	o := open(t, 1)
	for _, name := range []string{"admin1", "admin2", "helper"} {
		p := storetest.Somebody(name)
		p.Person.Email = name + "@example.com"
		if p.Person.Role = directory.Administrator; name == "helper" {
			p.Person.Role = directory.HelpDesk
		}
		storetest.Add(t, o.store, p)
	}
	refused := fmt.Errorf("%w: account locked", roster.ErrAccount)
	polls := func(n int, every time.Duration, err error) roster.Poll {
		t.Helper()
		o.paper.err = err
		for range n {
			o.now = o.now.Add(every)
			if got := o.roster.PollOnce(t.Context(), o.source, o.item); !errors.Is(got, err) {
				t.Fatalf("the poll says %v, want %v", got, err)
			}
		}
		p, err := o.store.PollOf(t.Context(), o.source.ID)
		o.must(err)
		return p
	}
	told := func(want int, when string) {
		t.Helper()
		if n := o.alarms(); n != want {
			t.Errorf("%s: %d mails, want %d", when, n, want)
		}
	}
	polls(3, 20*time.Second, nil)
	told(0, "while all is well")
	polls(3, 20*time.Second, errors.New("no server answers"))
	told(0, "while nobody answers")
	if p := polls(1, 20*time.Second, refused); !p.Refused || p.Problem == "" {
		t.Errorf("the state is %+v", p)
	}
	told(2, "at first")
	p := polls(200, 15*time.Minute, refused)
	told(2, "two days later")
	if current, err := o.roster.Current(t.Context(), o.source.ID, o.now); err != nil || current || p.Since.IsZero() {
		t.Errorf("current is %v, %v; the state is %+v", current, err, p)
	}
	if p := polls(1, time.Second, nil); p.Refused || p.Problem != "" {
		t.Errorf("mended: %+v", p)
	}
	polls(1, time.Minute, refused)
	told(4, "refused anew")
	polls(1, time.Minute, nil)
	polls(1, time.Minute, refused)
	told(4, "coming and going")
	polls(1, time.Hour, refused)
	told(6, "still refused an hour later")
}

// TestPollsShutOut: whom a directory disables, or tells to be gone, is out
// after the next poll; more than the guard allows are left to a run that asks.
func TestPollsShutOut(t *testing.T) {
	o := open(t, 12)
	o.run(roster.Counts{Added: 12}, roster.Done)
	poll := func() {
		t.Helper()
		o.now = o.now.Add(20 * time.Second)
		o.must(o.roster.PollOnce(t.Context(), o.source, o.item))
	}
	poll()
	disabled := o.paper.entries[3]
	disabled.Barred = directory.BarredDisabled
	o.paper.changes = []directory.EntryChange{{Entry: disabled}, {Entry: o.paper.entries[4], Gone: true}}
	poll()
	for i := range 6 {
		if out := o.entry(i).Person.Excluded(o.now); out != (i == 3 || i == 4) {
			t.Errorf("user%d is out: %v", i, out)
		}
	}
	o.paper.changes = nil
	for _, e := range o.paper.entries[:6] {
		o.paper.changes = append(o.paper.changes, directory.EntryChange{Entry: directory.Entry{Object: e.Object}, Same: true})
	}
	poll()
	if !o.entry(3).Person.Excluded(o.now) {
		t.Error("who is disabled is back, because their entry has not changed")
	}
	o.paper.changes = nil
	for _, e := range o.paper.entries[6:] {
		o.paper.changes = append(o.paper.changes, directory.EntryChange{Entry: e, Gone: true})
	}
	poll()
	if o.person("user6").Excluded(o.now) {
		t.Error("six at once are out without being asked about")
	}
	if people, err := o.store.FindPeople(t.Context(), operator.PeopleQuery{Limit: 100, Now: o.now}); err != nil || len(people) != 12 {
		t.Errorf("%d people, %v", len(people), err)
	}
}
