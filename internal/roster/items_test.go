package roster_test

import (
	"testing"

	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// TestOneThatFailsDoesNotStopTheNext: an item that cannot be read leaves its
// record, and the one after it runs.
func TestOneThatFailsDoesNotStopTheNext(t *testing.T) {
	o := open(t, 4)
	second := o.item
	second.ID, second.Name, second.Order = storetest.NextID(), "second", 2
	o.must(o.store.AddSyncItem(t.Context(), second, storetest.Entry("sync.add", "second")))
	o.paper.broken = o.item.ID
	o.roster.RunInOrder(t.Context(), o.item, second)
	runs, err := o.store.FindRuns(t.Context(), roster.RunQuery{})
	o.must(err)
	if len(runs) != 2 || runs[0].Name != "second" || runs[0].State != roster.Done || runs[0].Added != 4 ||
		runs[1].State != roster.Failed || runs[1].Problem == "" {
		t.Errorf("the runs are %+v", runs)
	}
}
