package operator_test

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// refuse has the mail server refuse what is due; unsure as if its answers were
// lost.
func (o *office) refuse(unsure bool) {
	o.t.Helper()
	claims, err := o.store.Claim(o.t.Context(), o.now, o.now.Add(time.Minute), 1000)
	for _, c := range claims {
		if err == nil {
			err = o.store.Settle(o.t.Context(), notify.Settlement{
				ID: c.Message.ID, Attempt: c.Attempt, State: notify.Queued, Problem: "451", At: o.now, Unsure: unsure,
			})
		}
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// left wants so many mails of kinds to have been sent to somebody.
func (o *office) left(name string, want map[notify.Kind]int) {
	o.t.Helper()
	list, err := o.Mails(o.t.Context(), local, name, operator.MailQuery{State: notify.Sent, Limit: operator.LargestPage})
	if err != nil {
		o.t.Fatal(err)
	}
	got := map[notify.Kind]int{}
	for _, m := range list {
		got[m.Kind]++
	}
	for kind, n := range want {
		if got[kind] != n {
			o.t.Errorf("%s got %d %s, want %d (%v)", name, got[kind], kind, n, got)
		}
	}
}

// TestAStoppedClockComesBackStopped, for members and whoever joins later,
// however little was left on it.
func TestAStoppedClockComesBackStopped(t *testing.T) {
	for name, order := range map[string]operator.Order{
		"an end for all": {Factor: policy.WantTOTP, Until: time.Time{}.AddDate(2999, 0, 0), Postpone: -1},
		"a length":       {Factor: policy.WantTOTP, Length: day, Postpone: -1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.bare("h1", "helpers")
			o.bare("h2", "helpers")
			if order.Length == 0 {
				order.Until = o.now.Add(day - time.Minute)
			}
			o.require(helpers, order)
			o.sweep()
			o.now = o.now.Add(time.Hour)
			o.act(o.Pause(t.Context(), local, helpers, operator.Change{}))
			was := o.record("h1").Requirements[0]
			o.now = o.now.Add(2 * day)
			o.act(o.RemoveRequirement(t.Context(), local, helpers, operator.Change{}))
			o.bare("meanwhile", "helpers")
			o.act(o.UndoLast(t.Context(), local, nil))
			if is := o.record("h1").Requirements[0]; !is.Due.Equal(was.Due) || !is.PausedAt.Equal(was.PausedAt) {
				t.Errorf("it was %+v, and is %+v", was, is)
			}
			o.bare("later", "helpers")
			o.now = o.now.Add(30 * day)
			for _, who := range []string{"h1", "h2", "meanwhile", "later"} {
				r := o.record(who)
				if s := enrollment.StateOf("", r.Factors, r.Requirements, o.now); s.Status != enrollment.InPeriod || !s.Paused {
					t.Errorf("%s: %+v", who, s)
				}
			}
		})
	}
}

// TestStoppedBeforeTheMailLeft: whoever was not mailed is not told, and is when
// the clock goes on.
func TestStoppedBeforeTheMailLeft(t *testing.T) {
	for name, goesOn := range map[string]func(o *office) (operator.BulkResult, error){
		"undo": func(o *office) (operator.BulkResult, error) { return o.UndoLast(t.Context(), local, nil) },
		"resume": func(o *office) (operator.BulkResult, error) {
			return o.Resume(t.Context(), local, everybody, operator.Change{})
		},
	} {
		for told, tell := range map[string]func(o *office){
			"refused":     func(o *office) { o.tells(); o.refuse(false) },
			"waiting":     func(o *office) { o.tells() },
			"not at all ": func(*office) {},
		} {
			t.Run(name+" "+told, func(t *testing.T) {
				o := newOffice(t)
				o.bare("bob")
				o.bare("dave")
				period := o.require(everybody, week).Period
				tell(o)
				o.act(o.Pause(t.Context(), local, everybody, operator.Change{}))
				o.now = o.now.Add(time.Minute)
				o.sweep()
				o.untold(period, 2)
				o.now = o.now.Add(time.Minute)
				o.act(goesOn(o))
				o.sweep()
				o.untold(period, 0)
				o.sweep()
				o.left("bob", map[notify.Kind]int{notify.PeriodStarted: 1, notify.PeriodExtended: 0})
			})
		}
	}
}

// untold wants so many of a period to count as not told.
func (o *office) untold(period id.ID, want int) {
	o.t.Helper()
	list, err := o.Users(o.t.Context(), local, operator.PeopleQuery{Period: period, Stage: enrollment.Untold})
	if err != nil || len(list) != want {
		o.t.Errorf("%d count as not told, want %d (%v)", len(list), want, err)
	}
}

// TestTakenBackBeforeItLeft is not told at all, unless the server may have
// taken what it takes back.
func TestTakenBackBeforeItLeft(t *testing.T) {
	for name, back := range map[string]func(o *office) (operator.BulkResult, error){
		"cancel": func(o *office) (operator.BulkResult, error) {
			return o.Cancel(t.Context(), local, everybody, operator.Change{})
		},
		"remove": func(o *office) (operator.BulkResult, error) {
			return o.RemoveRequirement(t.Context(), local, everybody, operator.Change{})
		},
		"undo": func(o *office) (operator.BulkResult, error) { return o.UndoLast(t.Context(), local, nil) },
	} {
		for _, unsure := range []bool{false, true} {
			o := newOffice(t)
			o.bare("bob")
			o.bare("dave")
			o.require(everybody, week)
			o.tells()
			o.refuse(unsure)
			o.act(back(o))
			o.now = o.now.Add(time.Minute)
			o.sweep()
			want := map[notify.Kind]int{notify.PeriodStarted: 0, notify.RequirementLifted: 0}
			if unsure {
				want[notify.RequirementLifted] = 1
			}
			t.Log(name, unsure)
			o.left("bob", want)
			o.left("dave", want)
		}
	}
}

// TestThereAndBackIsNoNews: an end that is what it was before is neither told
// nor reminded of again.
func TestThereAndBackIsNoNews(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.bare("dave")
	o.require(everybody, operator.Order{Factor: policy.WantTOTP, Length: 3 * day, Postpone: -1})
	o.sweep()
	end := o.record("bob").Requirements[0].Due
	o.now = end.Add(-23 * time.Hour)
	o.sweep()
	for range 2 {
		o.now = o.now.Add(time.Minute)
		o.act(o.Pause(t.Context(), local, everybody, operator.Change{}))
		o.now = o.now.Add(time.Minute)
		o.sweep()
		o.act(o.UndoLast(t.Context(), local, nil))
		o.sweep()
		if is := o.record("bob").Requirements[0]; !is.Due.Equal(end) || !is.PausedAt.IsZero() {
			t.Errorf("%+v, want the end %v", is, end)
		}
	}
	once := map[notify.Kind]int{notify.PeriodStarted: 1, notify.PeriodExtended: 0, notify.PeriodReminder: 1}
	o.left("bob", once)
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: 3 * day}))
	o.sweep()
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Until: end}))
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodExtended: 2, notify.PeriodReminder: 1})
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Until: end.Add(-time.Hour)})) // sooner: nothing to remind of anew
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodExtended: 3, notify.PeriodReminder: 1})
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: 3 * day}))
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodReminder: 1})
	o.now = end.Add(2 * day)
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodReminder: 2})
}

// TestAReminderThatWasStopped comes when the clock goes on.
func TestAReminderThatWasStopped(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.bare("dave")
	o.require(everybody, week)
	o.sweep()
	o.now = o.now.Add(6*day + time.Hour)
	o.tells()
	o.refuse(false)
	o.act(o.Pause(t.Context(), local, everybody, operator.Change{}))
	o.now = o.now.Add(time.Minute)
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodReminder: 0})
	o.act(o.UndoLast(t.Context(), local, nil))
	o.sweep()
	o.left("bob", map[notify.Kind]int{notify.PeriodStarted: 1, notify.PeriodReminder: 1, notify.PeriodExtended: 0})
}

// TestSeveralPlacesAreToldOnce: no mail says where it counts.
func TestSeveralPlacesAreToldOnce(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	for _, place := range []string{"", "portal", "console"} {
		order := week
		order.Place = place
		o.require(named("bob"), order)
		o.sweep()
		o.now = o.now.Add(time.Second)
	}
	begun := o.now
	for _, after := range []time.Duration{6*day + time.Minute, 7*day + time.Minute} {
		o.now = begun.Add(after)
		o.sweep()
	}
	o.left("bob", map[notify.Kind]int{notify.PeriodStarted: 1, notify.PeriodReminder: 1, notify.PeriodExpired: 1})
}
