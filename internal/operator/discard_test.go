package operator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestADiscardWhoseProcessDiesIsFinished, and the undo of a start: everybody is
// rid of it at once, hears of it once, and nothing is left.
func TestADiscardWhoseProcessDiesIsFinished(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, o *operator.Operator, p operator.Preview) error{
		"undo": func(ctx context.Context, o *operator.Operator, _ operator.Preview) error {
			_, err := o.UndoLast(ctx, local, nil)
			return err
		},
		"discard": func(ctx context.Context, o *operator.Operator, p operator.Preview) error {
			return o.DiscardPeriod(ctx, local, p.Period)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			const people = 520
			for i := range people {
				o.bare(fmt.Sprintf("user%03d", i), "helpers")
			}
			p := o.require(helpers, week)
			o.sweep()
			if err := end(t.Context(), o.dying(9, 1), p); err == nil {
				t.Fatal("nothing has died")
			}
			o.stands(map[string]enrollment.Status{"user000": enrollment.NotRequired, "user519": enrollment.NotRequired})
			if n := o.record("user519").Requirements; len(n) != 1 {
				t.Fatalf("who has not had their turn: %+v", n)
			}
			list, err := o.store.UnfinishedBulks(t.Context())
			if err != nil || len(list) != 1 || list[0].Done != 250 || list[0].People != people {
				t.Fatalf("%+v %v", list, err)
			}
			if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
				t.Errorf("taken back twice: %v", err)
			}
			o.finish(2)
			b, err := o.store.Bulk(t.Context(), list[0].ID)
			if err != nil || b.State != operator.BulkOver || b.Done != people {
				t.Errorf("%+v %v", b, err)
			}
			for _, who := range []string{"user000", "user249", "user250", "user519"} {
				if r := o.record(who); len(r.Requirements) != 0 {
					t.Errorf("%s: %+v", who, r.Requirements)
				}
				o.told(map[string]int{"requirement-lifted " + who: 1})
			}
			if s := o.joins("later"); s.Status != enrollment.NotRequired {
				t.Errorf("whoever joins afterwards: %+v", s)
			}
			if err := end(t.Context(), o.Operator, p); err == nil {
				t.Error("done twice")
			}
		})
	}
}

// TestNobodyHearsOfWhatWasNeverInForce, when it is put away.
func TestNobodyHearsOfWhatWasNeverInForce(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	if _, err := o.dying(0, 9).Require(t.Context(), local, everybody, week, false); err == nil {
		t.Fatal("nothing has died")
	}
	list, err := o.Periods(t.Context(), local)
	if err != nil || len(list) != 1 || list[0].State != enrollment.Starting {
		t.Fatalf("%+v %v", list, err)
	}
	if err := o.DiscardPeriod(t.Context(), local, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := o.mails(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestADiscardTellsTheEndThatIsLeft: whoever is in another period hears its end,
// once, if that is not the one they know.
func TestADiscardTellsTheEndThatIsLeft(t *testing.T) {
	for _, tc := range []struct {
		discarded, left time.Duration
		told            int
	}{{5 * day, 20 * day, 1}, {20 * day, 5 * day, 0}} {
		o := newOffice(t)
		o.bare("bob", "dev")
		order := operator.Order{Factor: policy.WantTOTP, Length: tc.discarded, Postpone: -1}
		first := o.require(named("bob"), order)
		o.sweep()
		order.Length = tc.left
		o.require(operator.Selection{Group: "dev"}, order)
		o.sweep()
		o.deliver()
		if err := o.DiscardPeriod(t.Context(), local, first.Period); err != nil {
			t.Fatal(err)
		}
		o.sweep()
		o.told(map[string]int{"period-extended bob": tc.told, "requirement-lifted bob": 0})
		if r := o.record("bob").Requirements; len(r) != 1 || !r[0].Due.Equal(o.now.Add(tc.left)) {
			t.Errorf("left: %+v", r)
		}
	}
}
