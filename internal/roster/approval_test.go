package roster_test

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

func approval(run roster.Run) *roster.Approval {
	return &roster.Approval{Run: run.ID, By: "alice", Log: storetest.Entry("sync.approve", run.Name)}
}

// TestAFailureUsesNoApprovalUp: a run whose approval meets a directory that
// fails waits as before, and nobody has gone.
func TestAFailureUsesNoApprovalUp(t *testing.T) {
	o := open(t, 20)
	o.run(roster.Counts{Added: 20}, roster.Done)
	o.paper.entries = o.paper.entries[:10]
	held := o.run(roster.Counts{Unchanged: 10}, roster.Waiting, whole)
	o.paper.err = errors.New("the line went dead")
	run, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{Approval: approval(held)})
	if err == nil || run.State != roster.Failed {
		t.Errorf("the run is %+v, %v", run, err)
	}
	if runs, err := o.store.FindRuns(t.Context(), roster.RunQuery{State: roster.Waiting}); err != nil || len(runs) != 1 || runs[0].ID != held.ID {
		t.Errorf("%v wait, %v", runs, err)
	}
	if o.person("user15").Excluded(o.now) {
		t.Error("shut out all the same")
	}
	o.paper.err = nil
	o.run(roster.Counts{Unchanged: 10, Removed: 10}, roster.Done, roster.RunOptions{Approval: approval(held)})
	o.now = o.now.Add(time.Minute)
	if _, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{Approval: approval(held)}); !errors.Is(err, roster.ErrDecided) {
		t.Errorf("approved twice: %v", err)
	}
}
