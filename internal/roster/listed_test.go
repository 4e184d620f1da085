package roster_test

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
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
