package roster_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
)

// TestARoleIsKnownAtFirstSight: whoever comes and is in a group that gives a
// role has it from the first moment, however they come; without knowing who is
// in the groups nobody comes.
func TestARoleIsKnownAtFirstSight(t *testing.T) {
	o := open(t, 4)
	unknown := errors.New("the group cannot be read")
	failing := true
	o.roster.Roles = func(context.Context, directory.Source) (map[string]directory.Role, error) {
		if failing {
			return nil, unknown
		}
		roles := map[string]directory.Role{}
		for _, i := range []int{1, 2, 3} {
			roles[someone(i).Object] = directory.Administrator
		}
		return roles, nil
	}
	if _, err := o.roster.Admit(t.Context(), o.source, o.paper.entries[1]); !errors.Is(err, unknown) {
		t.Errorf("admitted: %v", err)
	}
	if _, _, err := o.roster.Import(t.Context(), o.source, roster.Selection{Objects: []string{someone(2).Object}}, nil); !errors.Is(err, unknown) {
		t.Errorf("imported: %v", err)
	}
	if _, err := o.roster.Run(t.Context(), o.item, whole); !errors.Is(err, unknown) {
		t.Errorf("run: %v", err)
	}
	o.nobody("user0")
	failing = false
	_, err := o.roster.Admit(t.Context(), o.source, o.paper.entries[1])
	o.must(err)
	_, _, err = o.roster.Import(t.Context(), o.source, roster.Selection{Objects: []string{someone(2).Object}}, nil)
	o.must(err)
	o.run(roster.Counts{Added: 2, Changed: 2}, roster.Done, whole)
	for i := range 4 {
		r, _, err := o.store.Person(t.Context(), fmt.Sprintf("user%d", i), true)
		o.must(err)
		may := enrollment.MayEnroll(r.Person, r.Factors, r.Requirements, nil, o.now) == enrollment.May
		if has := r.Person.GroupRole == directory.Administrator; has != (i > 0) || may == has {
			t.Errorf("user%d has the role %q; a password alone enrolls: %v", i, r.Person.GroupRole, may)
		}
	}
}

// TestWhatSomebodyNewGets: a requirement of one kind of factor, within a time.
func TestWhatSomebodyNewGets(t *testing.T) {
	o := open(t, 1, func(i *directory.Item) {
		i.Defaults = directory.Defaults{Required: true, Period: 48 * time.Hour, Method: string(policy.WantTOTP)}
	})
	o.run(roster.Counts{Added: 1}, roster.Done)
	r, _, err := o.store.Person(t.Context(), "user0", true)
	o.must(err)
	if len(r.Requirements) != 1 || r.Requirements[0].Factor != policy.WantTOTP || r.Requirements[0].Duty != policy.InPeriod {
		t.Errorf("required is %+v", r.Requirements)
	}
}

// TestWhoIsNewIsTold, whether an item brings them or an import; whoever gets a
// link hears by that, and who is there or shut out hears nothing.
func TestWhoIsNewIsTold(t *testing.T) {
	for _, link := range []bool{false, true} {
		o := open(t, 4, func(i *directory.Item) { i.Defaults.Mail = link })
		o.paper.entries[1].Mail = ""
		o.paper.entries[2].Barred = directory.BarredDisabled
		message := func(kind notify.Kind, p *directory.Person) notify.Message {
			return notify.Message{ID: o.ids.Next(o.clock()), Kind: kind, Person: p.ID, Data: map[string]string{"at": "x"}}
		}
		o.roster.Tell = func(p *directory.Person) []notify.Message {
			if p.Email == "" {
				return nil
			}
			return []notify.Message{message(notify.Configured, p)}
		}
		o.roster.Invite = func(p *directory.Person, _ time.Time) (*enrollment.Invitation, notify.Message) {
			return nil, message(notify.EnrollLink, p)
		}
		if _, _, err := o.roster.Import(t.Context(), o.source, roster.Selection{Objects: []string{someone(3).Object}}, nil); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			o.now = o.now.Add(time.Minute)
			_, err := o.roster.Run(t.Context(), o.item, whole)
			o.must(err)
		}
		list, err := o.store.FindMails(t.Context(), operator.MailQuery{})
		o.must(err)
		got := map[string]int{}
		for _, m := range list {
			got[m.Username+" "+string(m.Kind)]++
		}
		want := map[string]int{"user3 configured": 1, "user0 configured": 1}
		if link {
			want = map[string]int{"user3 configured": 1, "user0 enroll-link": 1}
		}
		if !maps.Equal(got, want) {
			t.Errorf("with a link %v: %v", link, got)
		}
	}
}

// TestWhoCameFirstGetsWhatTheItemSays: whoever has signed in or was imported
// before an item found them gets its defaults once, as somebody new does, but
// for what was decided about them by name.
func TestWhoCameFirstGetsWhatTheItemSays(t *testing.T) {
	o := open(t, 3, func(i *directory.Item) {
		i.Defaults = directory.Defaults{Required: true, Period: 48 * time.Hour, Method: string(policy.WantTOTP), Mail: true}
	})
	o.roster.Invite = func(p *directory.Person, now time.Time) (*enrollment.Invitation, notify.Message) {
		return nil, notify.Message{ID: o.ids.Next(now), Kind: notify.EnrollLink, Person: p.ID, Data: map[string]string{"at": "x"}}
	}
	for i := range 2 {
		_, err := o.roster.Admit(t.Context(), o.source, o.paper.entries[i])
		o.must(err)
	}
	exempt := policy.Requirement{Period: o.ids.Next(o.now), Own: true, Duty: policy.Exempt, Since: o.now}
	_, err := o.store.AddToPeriod(t.Context(), []operator.NewDuty{{Person: o.person("user1").ID, Requirement: exempt}})
	o.must(err)
	o.run(roster.Counts{Added: 1, Changed: 2}, roster.Done)
	for i, want := range []policy.Duty{policy.InPeriod, policy.Exempt, policy.InPeriod} {
		r := o.entry(i)
		if len(r.Requirements) != 1 || r.Requirements[0].Duty != want {
			t.Errorf("user%d is required %+v", i, r.Requirements)
		}
	}
	if r := o.entry(0).Requirements[0]; r.Factor != policy.WantTOTP || r.Due.Sub(o.now).Round(time.Minute) != 48*time.Hour {
		t.Errorf("required is %+v", r)
	}
	o.run(roster.Counts{Unchanged: 3}, roster.Done, whole)
	if list, err := o.store.FindMails(t.Context(), operator.MailQuery{}); err != nil || len(list) != 1 { // nobody who is there needs one
		t.Errorf("%d links, %v", len(list), err)
	}
}

// TestTheBeginningIsToldIfTheItemMails: whoever an item brings is mailed that
// their time begins only if the item sends mail; reminders are left to come.
func TestTheBeginningIsToldIfTheItemMails(t *testing.T) {
	for _, mail := range []bool{false, true} {
		o := open(t, 2, func(i *directory.Item) {
			i.Defaults = directory.Defaults{Required: true, Period: 48 * time.Hour, Mail: mail}
		})
		_, err := o.roster.Admit(t.Context(), o.source, o.paper.entries[1])
		o.must(err)
		o.run(roster.Counts{Added: 1, Changed: 1}, roster.Done)
		due, err := o.store.DueDuties(t.Context(), o.now.Add(time.Minute), 10)
		o.must(err)
		if len(due) != 2 {
			t.Fatalf("%d are to be told something", len(due))
		}
		for _, d := range due {
			if tell, _, next := d.Told.Next(d.Requirement, false, []time.Duration{enrollment.DefaultReminder}, o.now); (tell == enrollment.TellBegin) != mail || !next.Equal(d.Requirement.Due.Add(-enrollment.DefaultReminder)) {
				t.Errorf("with mail %v: told %v now, and something at %v", mail, tell, next)
			}
		}
	}
}
