package roster_test

import (
	"slices"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

func (o *office) stateOf(run roster.Run) roster.RunState {
	o.t.Helper()
	runs, err := o.store.FindRuns(o.t.Context(), roster.RunQuery{ID: run.ID})
	o.must(err)
	return runs[0].State
}

// TestNobodyIsHeldTwice: a directory that says of the same people that they are
// gone, and then leaves them out where it names who is there.
func TestNobodyIsHeldTwice(t *testing.T) {
	o := open(t, 10, func(i *directory.Item) { i.Guard = directory.Guard{Count: 5} })
	o.run(roster.Counts{Added: 10}, roster.Done)
	o.paper.listed = true
	for _, e := range o.paper.entries[7:] {
		gone := directory.EntryChange{Entry: directory.Entry{Object: e.Object}, Gone: true}
		o.paper.changes = append(o.paper.changes, gone, gone)
	}
	o.paper.entries = o.paper.entries[:7]
	run := o.run(roster.Counts{Removed: 3, Unchanged: 7}, roster.Done)
	if run.Whole {
		t.Error("a run that read changes says that it was full")
	}
}

// TestWhoWaitsIsNotAskedAboutAgain: the same people are missing in each run,
// and one run waits for the decision about them until all are read anew.
func TestWhoWaitsIsNotAskedAboutAgain(t *testing.T) {
	o := open(t, 10, func(i *directory.Item) { i.Guard = directory.Guard{Count: 2} })
	o.run(roster.Counts{Added: 10}, roster.Done)
	o.paper.listed = true
	o.paper.entries = o.paper.entries[:6]
	first := o.run(roster.Counts{Unchanged: 6}, roster.Waiting)
	o.run(roster.Counts{Unchanged: 6}, roster.Done)
	if got := o.stateOf(first); got != roster.Waiting {
		t.Errorf("the run that waits is %s", got)
	}
	o.paper.entries = o.paper.entries[:5] // one more is gone
	o.run(roster.Counts{Removed: 1, Unchanged: 5}, roster.Done)
	second := o.run(roster.Counts{Unchanged: 5}, roster.Waiting, whole)
	if rows := o.rows(second, roster.RowHeld); len(rows) != 4 || o.stateOf(first) != roster.Superseded {
		t.Errorf("a full run holds %v, and the first is %s", rows, o.stateOf(first))
	}
}

// TestNobodyIsToGoAnyMore: a run waits no longer than anybody of those it holds
// is to go, whichever run learns that, all at once or one by one.
func TestNobodyIsToGoAnyMore(t *testing.T) {
	o := open(t, 10, func(i *directory.Item) { i.Guard = directory.Guard{Count: 2} })
	o.run(roster.Counts{Added: 10}, roster.Done)
	all := slices.Clone(o.paper.entries)
	disabled := func(list []directory.Entry) []directory.Entry {
		list = slices.Clone(list)
		for i := range list {
			list[i].Barred = directory.BarredDisabled
		}
		return list
	}
	named := func(list []directory.Entry) {
		o.paper.changes = nil
		for _, e := range list {
			o.paper.changes = append(o.paper.changes, directory.EntryChange{Entry: e})
		}
	}

	o.paper.entries = slices.Concat(all[:4], disabled(all[4:7])) // three disabled, three gone
	first := o.run(roster.Counts{Unchanged: 4}, roster.Waiting, whole)
	named(disabled(all[4:5])) // something else about one changes: that is no approval
	o.run(roster.Counts{}, roster.Done)
	named(all[4:9]) // three enabled, two back
	o.run(roster.Counts{Unchanged: 5}, roster.Done)
	if rows := o.rows(first, roster.RowHeld); len(rows) != 1 || o.stateOf(first) != roster.Waiting || len(o.rows(first, roster.RowStays)) != 5 {
		t.Errorf("five of six stay: %s, %v", o.stateOf(first), o.rows(first, ""))
	}
	named(disabled(all[9:])) // back, but disabled
	o.run(roster.Counts{Disabled: 1}, roster.Done)
	if o.stateOf(first) != roster.Superseded {
		t.Errorf("nobody is held, and the run is %s", o.stateOf(first))
	}

	o.paper.changes, o.paper.listed = nil, true
	o.paper.entries = all[:3]
	second := o.run(roster.Counts{Unchanged: 3}, roster.Waiting)
	o.paper.entries = all
	o.run(roster.Counts{Unchanged: 10}, roster.Done)
	if o.stateOf(second) != roster.Superseded {
		t.Errorf("everybody is named, and the run is %s", o.stateOf(second))
	}
	o.paper.entries = all[:3]
	third := o.run(roster.Counts{Unchanged: 3}, roster.Waiting, whole)
	o.must(o.store.RemoveSyncItem(t.Context(), o.item.ID, storetest.Entry("sync.remove", o.item.Name)))
	if o.stateOf(third) != roster.Superseded {
		t.Errorf("its item is gone, and the run is %s", o.stateOf(third))
	}
}
