package roster_test

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// TestWhomNoItemIncludes: where a directory has items, a right password makes no
// record of anybody else, and brings nobody back whom they have left.
func TestWhomNoItemIncludes(t *testing.T) {
	o := open(t, 3)
	admit := func(i int) (string, error) {
		t.Helper()
		return o.roster.Admit(t.Context(), o.source, someone(i))
	}
	o.run(roster.Counts{Added: 3}, roster.Done)
	before := o.person("user2")
	o.paper.outside = map[string]bool{someone(2).Object: true, someone(9).Object: true}
	o.paper.entries = o.paper.entries[:2]
	o.run(roster.Counts{Removed: 1, Unchanged: 2}, roster.Done, whole)
	for _, i := range []int{2, 9} {
		if key, err := admit(i); !errors.Is(err, authn.ErrNotIncluded) {
			t.Errorf("user%d gets the record %q, %v", i, key, err)
		}
	}
	o.nobody("user2")
	if key, err := admit(8); err != nil || key != "user8" {
		t.Errorf("whom an item includes gets %q, %v", key, err)
	}
	o.paper.outside = nil
	if key, err := admit(2); err != nil || key != "user2" {
		t.Errorf("included again: %q, %v", key, err)
	}
	if p := o.person("user2"); p.ID != before.ID || !p.Origin.GoneAt.IsZero() || p.Excluded(o.now.Add(time.Hour)) {
		t.Errorf("included again they are %+v", p)
	}
	o.paper.outside = map[string]bool{someone(7).Object: true}
	o.must(o.store.RemoveSyncItem(t.Context(), o.item.ID, storetest.Entry("sync.remove", o.item.Name)))
	if key, err := admit(7); err != nil || key != "user7" {
		t.Errorf("without any item: %q, %v", key, err)
	}
}
