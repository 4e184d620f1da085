package operator_test

import (
	"testing"
	"time"

	"example.com/muster/internal/operator"
)

// TestAStoppedClockOfSomebodyExempt has on it what is left of the period, not
// the exemption on top.
func TestAStoppedClockOfSomebodyExempt(t *testing.T) {
	for _, tc := range []struct {
		name            string
		length, exempt  time.Duration
		stopped, goesOn time.Duration // since the exemption began
		want            time.Duration // left when the clock goes on, from then
	}{
		{"gone on after the exemption", 5 * day, 30 * day, time.Minute, 31 * day, 5 * day},
		{"gone on during it", 5 * day, 30 * day, time.Minute, 10 * day, 25 * day},
		{"stopped after it", 5 * day, 30 * day, 31 * day, 40 * day, 4 * day},
		{"a period that outlasts it", 20 * day, 10 * day, day, 12 * day, 10 * day},
		{"the same, gone on during it", 20 * day, 10 * day, day, 2 * day, 18 * day},
	} {
		o := newOffice(t)
		o.bare("bob")
		order := week
		order.Length = tc.length
		o.require(named("bob"), order)
		began := o.now
		if err := o.Exempt(t.Context(), local, "bob", began.Add(tc.exempt), operator.Why{Reason: "on leave"}); err != nil {
			t.Fatal(err)
		}
		o.now = began.Add(tc.stopped)
		o.act(o.Pause(t.Context(), local, named("bob"), operator.Change{}))
		o.now = began.Add(tc.goesOn)
		o.act(o.Resume(t.Context(), local, named("bob"), operator.Change{}))
		for _, r := range o.record("bob").Requirements {
			if left := r.Due.Sub(o.now); !r.PausedAt.IsZero() || !r.Own && left != tc.want {
				t.Errorf("%s: %v left, want %v", tc.name, left, tc.want)
			}
		}
	}
}
