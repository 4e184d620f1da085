package operator_test

import (
	"testing"
	"time"

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
