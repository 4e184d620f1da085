package operator_test

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

var helpers = operator.Selection{Group: "helpers"}

// joins adds somebody to the helpers and returns where they stand.
func (o *office) joins(name string) enrollment.State {
	o.t.Helper()
	o.bare(name, "helpers")
	r := o.record(name)
	return enrollment.StateOf("", r.Factors, r.Requirements, o.now)
}

// later looks for what a result says of whoever joins the helpers.
func (o *office) later(result operator.BulkResult, want operator.Later) {
	o.t.Helper()
	if len(result.Later) != 1 || result.Later[0].Group != "helpers" || result.Later[0].What != want {
		o.t.Errorf("said of later members: %+v, want %s", result.Later, want)
	}
}

// both does what is looked at first, and then done.
func (o *office) both(do func(c operator.Change) (operator.BulkResult, error), c operator.Change, want operator.Later) {
	o.t.Helper()
	c.Dry = true
	seen, err := do(c)
	if err != nil {
		o.t.Fatal(err)
	}
	o.later(seen, want)
	c.Dry = false
	result := o.act(do(c))
	o.later(result, want)
	if seen.Done != result.Done || seen.Silent != result.Silent || seen.Chosen != result.Chosen {
		o.t.Errorf("looked at: %+v, done: %+v", seen, result)
	}
	b, err := o.LastAct(o.t.Context(), local)
	if err != nil || b == nil {
		o.t.Fatalf("no act on many: %v", err)
	}
	o.history("group helpers", b.Action, "act "+result.Act.String(), "whoever joins: helpers "+string(want))
}

// TestWhoeverJoinsACancelledGroup owes nothing, and does again after an undo.
func TestWhoeverJoinsACancelledGroup(t *testing.T) {
	o := newOffice(t)
	o.bare("h1", "helpers")
	o.add("done", "")
	o.groups("done", "helpers")
	o.require(helpers, week)
	o.both(func(c operator.Change) (operator.BulkResult, error) {
		return o.Cancel(t.Context(), local, helpers, c)
	}, operator.Change{}, operator.LaterFree)
	if s := o.joins("later"); s.Status != enrollment.NotRequired {
		t.Errorf("whoever joins afterwards: %+v", s)
	}
	if len(o.record("done").Requirements) != 1 || o.record("done").Requirements[0].Duty != policy.InPeriod {
		t.Errorf("of whoever has done it: %+v", o.record("done").Requirements)
	}
	result := o.act(o.UndoLast(t.Context(), local, nil))
	o.later(result, operator.LaterAgain)
	o.stands(map[string]enrollment.Status{"h1": enrollment.InPeriod, "later": enrollment.InPeriod})
	if s := o.joins("last"); s.Status != enrollment.InPeriod {
		t.Errorf("whoever joins after the undo: %+v", s)
	}
}

// TestWhoeverJoinsAPausedGroup has a clock that stands still, with as much on it
// as the group gives, until the clocks of the group go on.
func TestWhoeverJoinsAPausedGroup(t *testing.T) {
	for name, order := range map[string]operator.Order{
		"a length": week, "an end": {Factor: policy.WantTOTP, Until: time.Time{}.AddDate(2999, 0, 0), Postpone: -1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.bare("h1", "helpers")
			if !order.Until.IsZero() {
				order.Until = o.now.Add(7 * day)
			}
			o.require(helpers, order)
			o.now = o.now.Add(2 * day)
			o.both(func(c operator.Change) (operator.BulkResult, error) {
				return o.Pause(t.Context(), local, helpers, c)
			}, operator.Change{}, operator.LaterStopped)
			o.now = o.now.Add(30 * day)
			left := 7 * day
			if order.Length == 0 {
				left = 5 * day // as for those who were there
			}
			if s := o.joins("later"); s.Status != enrollment.InPeriod || !s.Paused || !s.Until.Equal(o.now.Add(left)) {
				t.Errorf("whoever joins meanwhile: %+v", s)
			}
			o.now = o.now.Add(30 * day)
			o.both(func(c operator.Change) (operator.BulkResult, error) {
				return o.Resume(t.Context(), local, helpers, c)
			}, operator.Change{}, operator.LaterRuns)
			for _, who := range []string{"later", "last"} {
				if who == "last" {
					o.joins(who)
				}
				r := o.record(who).Requirements[0]
				if !r.PausedAt.IsZero() || !r.Due.Equal(o.now.Add(left)) {
					t.Errorf("%s after it went on: %+v", who, r)
				}
			}
			if got := o.record("h1").Requirements[0].Due; !got.Equal(o.now.Add(5 * day)) {
				t.Errorf("h1 ends %v", got)
			}
			o.later(o.act(o.UndoLast(t.Context(), local, nil)), operator.LaterStopped)
			if s := o.joins("again"); !s.Paused || !s.Until.Equal(o.now.Add(left)) {
				t.Errorf("whoever joins after the undo: %+v", s)
			}
		})
	}
}

// TestWhoeverJoinsAnExtendedGroup ends no sooner than those who were there, and
// gets no more than that where the clock is their own.
func TestWhoeverJoinsAnExtendedGroup(t *testing.T) {
	o := newOffice(t)
	o.bare("h1", "helpers")
	o.require(helpers, week)
	begin := o.now
	ends := func(name string, want time.Time) {
		t.Helper()
		if s := o.joins(name); !s.Until.Equal(want) {
			t.Errorf("%s ends %v, want %v", name, s.Until, want)
		}
	}
	extend := func(c operator.Change) {
		t.Helper()
		o.both(func(c operator.Change) (operator.BulkResult, error) {
			return o.Extend(t.Context(), local, helpers, c)
		}, c, operator.LaterEnd)
	}
	o.now = begin.Add(5 * day)
	extend(operator.Change{Length: 10 * day})
	ends("day5", begin.Add(17*day))
	o.now = begin.Add(12 * day)
	ends("day12", begin.Add(19*day)) // with a clock of their own
	extend(operator.Change{Until: begin.Add(40 * day)})
	ends("until", begin.Add(40*day))
	o.later(o.act(o.UndoLast(t.Context(), local, nil)), operator.LaterEnd)
	ends("undone", begin.Add(19*day))
	o.now = begin.Add(60 * day)
	extend(operator.Change{Length: 10 * day}) // from now, because it had passed
	ends("passed", begin.Add(70*day))
	o.later(o.act(o.Reset(t.Context(), local, helpers, operator.Change{Length: 20 * day})), operator.LaterEnd)
	ends("anew", begin.Add(80*day))
}

// TestWhoeverJoinsAfterTheEnd has a day, and is not locked out with the act that
// puts them into the group.
func TestWhoeverJoinsAfterTheEnd(t *testing.T) {
	o := newOffice(t)
	o.bare("h1", "helpers")
	o.require(helpers, operator.Order{Factor: policy.WantTOTP, Until: o.now.Add(7 * day), Postpone: -1})
	o.now = o.now.Add(8 * day)
	if s := o.joins("late"); s.Status != enrollment.InPeriod || !s.Until.Equal(o.now.Add(day)) {
		t.Errorf("%+v", s)
	}
	o.stands(map[string]enrollment.Status{"h1": enrollment.ExpiredDuty})
}

// TestWhoeverJoinsWhileExempt: they have the time of the group afterwards, and moves
// the end of the campaign for nobody.
func TestWhoeverJoinsWhileExempt(t *testing.T) {
	o := newOffice(t)
	o.bare("h1", "helpers")
	o.bare("free")
	end, until := o.now.Add(7*day), o.now.Add(20*day)
	period := o.require(helpers, week).Period
	if err := o.Exempt(t.Context(), local, "free", until, operator.Why{Reason: "abroad"}); err != nil {
		t.Fatal(err)
	}
	o.groups("free", "helpers")
	o.stands(map[string]enrollment.Status{"free": enrollment.ExemptDuty, "h1": enrollment.InPeriod})
	p, err := o.Period(t.Context(), local, period)
	if err != nil || !p.Ends.Equal(end) {
		t.Errorf("the campaign ends %v, want %v (%v)", p.Ends, end, err)
	}
	o.sweep()
	o.told(map[string]int{"period-started free": 0, "period-started h1": 1})
	o.now = until
	o.sweep()
	o.told(map[string]int{"period-started free": 1})
	r := o.record("free")
	if s := enrollment.StateOf("", r.Factors, r.Requirements, o.now); s.Status != enrollment.InPeriod || !s.Until.Equal(until.Add(7*day)) {
		t.Errorf("afterwards: %+v", s)
	}
}
