package operator_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestClocksThatAreMovedMoveNoEnd: a day is 24 hours, so a period across the
// change of the clocks ends at another hour of the wall, and a date ends when
// its day does.
func TestClocksThatAreMovedMoveNoEnd(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name        string
		start       time.Time
		wall        string // where seven days end
		date, ended string
	}{
		{"in spring", time.Date(2027, 3, 26, 12, 0, 0, 0, berlin), "2027-04-02 13:00", "2027-03-28", "2027-03-28T22:00:00Z"},
		{"in autumn", time.Date(2026, 10, 23, 12, 0, 0, 0, berlin), "2026-10-30 11:00", "2026-10-25", "2026-10-25T23:00:00Z"},
	} {
		o := newOffice(t)
		o.now = tc.start
		o.bare("week")
		o.bare("date")
		o.require(named("week"), week)
		until, err := enrollment.EndOfDay(tc.date, berlin)
		if err != nil {
			t.Fatal(err)
		}
		o.require(named("date"), operator.Order{Factor: policy.WantTOTP, Until: until, Postpone: -1})
		due := o.record("week").Requirements[0].Due
		if got := due.In(berlin).Format("2006-01-02 15:04"); due.Sub(tc.start) != 7*day || got != tc.wall {
			t.Errorf("%s: seven days end at %s, want %s", tc.name, got, tc.wall)
		}
		if got := o.record("date").Requirements[0].Due.UTC().Format(time.RFC3339); got != tc.ended {
			t.Errorf("%s: %s ends at %s, want %s", tc.name, tc.date, got, tc.ended)
		}
		// The server is off while the clocks are moved and the reminder is due.
		o.sweep()
		o.now = due.Add(-time.Hour)
		o.sweep()
		o.stands(map[string]enrollment.Status{"week": enrollment.InPeriod, "date": enrollment.ExpiredDuty})
		o.told(map[string]int{"period-started week": 1, "period-reminder week": 1, "period-reminder date": 0, "period-expired date": 1})
		o.now = due
		o.sweep()
		o.stands(map[string]enrollment.Status{"week": enrollment.ExpiredDuty})
		o.told(map[string]int{"period-reminder week": 1, "period-expired week": 1})
	}
}

// TestTheClockGoesBackAndForward: nobody is told twice, and who stands where
// follows the clock as it is.
func TestTheClockGoesBackAndForward(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	begin := o.now
	for _, at := range []struct {
		since time.Duration
		want  enrollment.Status
	}{
		{0, enrollment.InPeriod},
		{6*day + time.Hour, enrollment.InPeriod},
		{time.Hour, enrollment.InPeriod},   // back behind the reminder
		{-3 * day, enrollment.NotRequired}, // back behind the beginning
		{6*day + 2*time.Hour, enrollment.InPeriod},
		{400 * day, enrollment.ExpiredDuty}, // far ahead
		{6*day + 3*time.Hour, enrollment.InPeriod},
		{7 * day, enrollment.ExpiredDuty},
	} {
		o.now = begin.Add(at.since)
		o.sweep()
		if got := o.user("bob").Status; got != at.want {
			t.Errorf("at %v: %s, want %s", at.since, got, at.want)
		}
	}
	o.told(map[string]int{"period-started bob": 1, "period-reminder bob": 1, "period-expired bob": 1})
}

// TestTwoSweepAtOnce: each of many is told once by one of them.
func TestTwoSweepAtOnce(t *testing.T) {
	o := newOffice(t)
	for i := range 300 {
		o.bare(fmt.Sprintf("user%d", i), "staff")
	}
	o.require(operator.Selection{Group: "staff"}, week)
	for _, step := range []struct {
		after time.Duration
		kind  string
	}{{0, "period-started"}, {6 * day, "period-reminder"}, {day, "period-expired"}} {
		o.now = o.now.Add(step.after)
		var nodes sync.WaitGroup
		for range 3 {
			teller := jobs.Teller{
				Duties: o.store, IDs: o.IDs, Now: o.Now, Offsets: []time.Duration{enrollment.DefaultReminder},
				PublicURL: o.PublicURL, Log: slog.New(slog.DiscardHandler),
			}
			nodes.Go(func() {
				if err := teller.Sweep(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		o.sweep() // whoever lost a race leaves off
		for name, n := range o.mails() {
			if n != 1 {
				t.Fatalf("%s: %d mails", name, n)
			}
		}
		if n := len(o.mails()); step.after == 0 && n != 300 || step.after == 6*day && n != 600 || step.after == day && n != 900 {
			t.Fatalf("after %s there are %d mails", step.kind, n)
		}
	}
}

// TestAPeriodLeavesAnAdministrator, however it is chosen and whoever else there
// is: none at all of those with the role is left out without need.
func TestAPeriodLeavesAnAdministrator(t *testing.T) {
	for name, s := range map[string]operator.Selection{
		"everybody": everybody, "by group": {Group: "staff"}, "by name": named("root", "bob"),
	} {
		o := newOffice(t)
		o.add("root", directory.Administrator)
		if err := o.EditUser(t.Context(), local, "root", operator.Details{Groups: []string{"staff"}}); err != nil {
			t.Fatal(err)
		}
		o.bare("bob", "staff")
		o.require(s, operator.Order{Factor: policy.WantPasskey, Length: day, Postpone: -1})
		o.now = o.now.Add(2 * day)
		if got := o.user("root"); got.Status != enrollment.Enrolled {
			t.Errorf("%s: root is %s", name, got.Status)
		}
		o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
	}
}
