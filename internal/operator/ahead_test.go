package operator_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// breaking is a store that breaks after some writes.
type breaking struct {
	*store.Store
	writes, most atomic.Int64
}

var errBroken = errors.New("broken")

func (w *breaking) AddToPeriod(ctx context.Context, list []operator.NewDuty) (int, error) {
	if w.writes.Add(1) > w.most.Load() {
		return 0, errBroken
	}
	return w.Store.AddToPeriod(ctx, list)
}

// TestReadingAhead: an act reaches everybody once whether or not the next are
// read while others are written of, also one that follows another which was
// broken off.
func TestReadingAhead(t *testing.T) {
	for _, ahead := range []bool{false, true} {
		o := newOffice(t)
		names := o.fiveHundred()
		w := &breaking{Store: o.store}
		c := o.Operator.Config
		c.Store, c.ReadAhead = w, ahead
		o.Operator = operator.New(c)

		w.most.Store(2)
		result, err := o.Require(t.Context(), local, everybody, week, false)
		if err == nil || result.Done != 200 {
			t.Errorf("ahead %v: broken off after %d: %v", ahead, result.Done, err)
		}
		w.most.Store(1000)
		if result := o.require(everybody, week); result.Done != len(names) {
			t.Errorf("ahead %v: %d people", ahead, result.Done)
		}
		for _, name := range names {
			if list := o.record(name).Requirements; len(list) == 0 || list[len(list)-1].Held {
				t.Fatalf("ahead %v: %s owes %+v", ahead, name, list)
			}
		}
	}
}
