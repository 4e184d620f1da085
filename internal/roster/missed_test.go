package roster_test

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
)

// TestWhoIsMissedIsGoneSoon: somebody whose entry was looked for in vain makes
// the items run, at most once in five minutes, and not while one waits.
func TestWhoIsMissedIsGoneSoon(t *testing.T) {
	o := open(t, 12)
	o.run(roster.Counts{Added: 12}, roster.Done)
	missed := func(want bool) {
		t.Helper()
		o.roster.Missed(t.Context(), o.source.ID)
		if got := o.roster.TakeCalled(o.item.ID); got != want {
			t.Errorf("the item is called: %v, want %v", got, want)
		}
	}
	o.roster.Missed(t.Context(), o.source.ID+1)
	if o.roster.TakeCalled(o.item.ID) {
		t.Error("an item of another directory is called")
	}
	missed(true)
	o.now = o.now.Add(4 * time.Minute)
	missed(false)
	o.now = o.now.Add(2 * time.Minute)
	missed(true)

	o.paper.entries = o.paper.entries[:3] // more than the guard allows
	o.now = o.now.Add(time.Hour)
	missed(true)
	o.run(roster.Counts{Unchanged: 3}, roster.Waiting, whole)
	if o.person("user5").Origin.Barred == directory.BarredGone {
		t.Error("nine at once are gone without being asked about")
	}
	o.now = o.now.Add(time.Hour)
	missed(false)
}
