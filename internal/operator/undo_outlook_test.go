package operator_test

import (
	"reflect"
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// TestAnUndoIsForeseen: it names the act that it takes back, and the preview says
// of everybody what then becomes of them, and changes nothing.
func TestAnUndoIsForeseen(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	undone := func(what, chosen string, done, failed int) {
		t.Helper()
		before, entry := o.record("alice"), o.lastChange()
		dry, err := o.ForeseeUndo(t.Context(), local)
		if err != nil || !dry.Dry {
			t.Fatalf("%+v, %v", dry, err)
		}
		if !reflect.DeepEqual(o.record("alice"), before) || o.lastChange() != entry {
			t.Error("the preview changes something")
		}
		is, err := o.UndoLast(t.Context(), local, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]operator.BulkResult{"foreseen": dry, "done": is} {
			if r.Done != done || len(r.Failures) != failed || r.Chosen != done+failed {
				t.Errorf("%s: %+v", name, r)
			}
			if b := r.TakesBack; b == nil || b.Action != what || b.Chosen != chosen || b.By.Name != local.Name {
				t.Errorf("%s: it takes back %+v", name, b)
			}
		}
		if !reflect.DeepEqual(dry.Failures, is.Failures) {
			t.Errorf("foreseen %+v, done %+v", dry.Failures, is.Failures)
		}
	}
	if _, err := o.ForeseeUndo(t.Context(), local); operator.RefusalOf(err) != operator.RefusedNotUndone {
		t.Errorf("with nothing to undo: %v", err)
	}
	o.require(named("alice", "bob"), week)
	o.act(o.Extend(t.Context(), local, named("alice", "bob"), operator.Change{Length: day}))
	o.act(o.Pause(t.Context(), local, named("bob"), operator.Change{}))
	undone("period.extend", "2 users", 1, 1) // bob has been changed since
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "bob": enrollment.InPeriod})

	o.bare("carol")
	o.bare("dave")
	o.require(named("carol", "dave"), week)
	undone("require", "2 users", 2, 0)
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "carol": enrollment.NotRequired})
}
