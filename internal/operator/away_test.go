package operator_test

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestAStoppedClockOfSomebodyWhoWasAway from their group: it stands still as
// long as nobody lets it go on, and what was left is left.
func TestAStoppedClockOfSomebodyWhoWasAway(t *testing.T) {
	type step struct {
		after time.Duration // since the step before
		do    func(o *office)
	}
	pause := func(s operator.Selection) func(o *office) {
		return func(o *office) { o.t.Helper(); o.act(o.Pause(o.t.Context(), local, s, operator.Change{})) }
	}
	resume := func(o *office) { o.t.Helper(); o.act(o.Resume(o.t.Context(), local, helpers, operator.Change{})) }
	shorten := func(o *office) {
		o.t.Helper()
		o.act(o.Extend(o.t.Context(), local, named("alice"), operator.Change{Until: o.now.Add(10 * time.Minute)}))
	}
	leave := func(o *office) { o.t.Helper(); o.groups("alice") }
	for name, tc := range map[string]struct {
		steps  []step
		paused bool
		left   time.Duration
	}{
		"stopped as one person":                   {[]step{{day, pause(named("alice"))}, {day, leave}, {20 * day, nil}}, true, 6 * day},
		"stopped with the group":                  {[]step{{day, pause(helpers)}, {day, leave}, {20 * day, nil}}, true, 6 * day},
		"and the group goes on meanwhile":         {[]step{{day, pause(helpers)}, {day, leave}, {20 * day, resume}, {day, nil}}, false, 5 * day},
		"the group is stopped meanwhile":          {[]step{{day, leave}, {day, pause(helpers)}, {20 * day, nil}}, true, 5 * day},
		"the group is stopped and goes on":        {[]step{{day, leave}, {day, pause(helpers)}, {20 * day, resume}, {day, nil}}, false, 4 * day},
		"never stopped, and the end came":         {[]step{{day, leave}, {20 * day, nil}}, false, day},
		"never stopped, and the end is to come":   {[]step{{day, leave}, {day, nil}}, false, 5 * day},
		"hours before the end":                    {[]step{{7*day - 2*time.Hour, leave}, {time.Hour, nil}}, false, time.Hour},
		"shortened":                               {[]step{{day, shorten}, {0, leave}, {time.Minute, nil}}, false, 9 * time.Minute},
		"over before the group stopped, like all": {[]step{{8 * day, leave}, {day, pause(helpers)}, {day, resume}, {day, nil}}, false, -4 * day},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.bare("alice", "helpers")
			o.bare("bob", "helpers")
			o.require(helpers, week)
			for _, s := range tc.steps {
				o.now = o.now.Add(s.after)
				if s.do != nil {
					s.do(o)
				}
			}
			o.groups("alice", "helpers")
			r := o.record("alice").Requirements
			if len(r) != 1 || r[0].PausedAt.IsZero() == tc.paused || r[0].EndsAt(o.now).Sub(o.now) != tc.left {
				t.Errorf("%+v at %v, want paused %t with %v left", r, o.now, tc.paused, tc.left)
			}
			if s := policy.Overall(r, nil, o.now).Stand; (s == policy.StandPeriod) != (tc.left > 0) {
				t.Errorf("stands %s", s)
			}
		})
	}
}

// TestWhoIsLetOffStaysSo when their group flaps, before and after its end, until
// it is required of the group anew; an undo still takes that back.
func TestWhoIsLetOffStaysSo(t *testing.T) {
	for name, letOff := range map[string]func(o *office) (operator.BulkResult, error){
		"remove": func(o *office) (operator.BulkResult, error) {
			return o.RemoveRequirement(t.Context(), local, named("alice", "carol"), operator.Change{})
		},
		"cancel": func(o *office) (operator.BulkResult, error) {
			return o.Cancel(t.Context(), local, named("alice", "carol"), operator.Change{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for _, who := range []string{"alice", "bob", "carol"} {
				o.bare(who, "helpers")
			}
			o.require(helpers, week)
			o.act(letOff(o))
			flap := func(who string) {
				t.Helper()
				o.groups(who)
				o.now = o.now.Add(time.Hour)
				o.groups(who, "helpers")
			}
			flap("carol")
			o.stands(map[string]enrollment.Status{"carol": enrollment.NotRequired})
			for range 3 {
				flap("alice")
				o.stands(map[string]enrollment.Status{"alice": enrollment.NotRequired, "carol": enrollment.NotRequired})
				o.sweep()
				o.now = o.now.Add(4 * day)
			}
			o.told(map[string]int{"period-expired alice": 0, "period-expired bob": 1})
			if result := o.act(o.UndoLast(t.Context(), local, nil)); result.Done != 2 {
				t.Errorf("%+v", result)
			}
			o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "carol": enrollment.InPeriod})
			flap("bob") // whose time was over before
			o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
		})
	}
}
