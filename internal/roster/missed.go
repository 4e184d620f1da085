package roster

import (
	"context"
	"time"

	"example.com/muster/internal/id"
)

// missedAgain is how soon a directory is read once more for the same reason:
// nobody who is gone shall make us read it all the time.
const missedAgain = 5 * time.Minute

// Missed has what is kept in step with a directory read soon, because the entry
// of somebody who comes from there is not there any more. Their access has
// ended already; the run finds out who else is gone, writes it down, and holds
// back more than the guard allows. Where a run waits for that, none is needed.
// It works in the process that does the work; of others the next run finds it.
func (r *Roster) Missed(ctx context.Context, source id.ID) {
	now := r.Now()
	r.mu.Lock()
	last, known := r.missed[source]
	due := !known || now.Sub(last) >= missedAgain || now.Before(last)
	if due {
		r.missed[source] = now
	}
	r.mu.Unlock()
	if !due {
		return
	}
	if err := r.callItems(ctx, source); err != nil {
		r.Log.Warn("a directory that misses somebody cannot be read at once", "error", err)
	}
}

// callItems calls the items of a directory that run by themselves.
func (r *Roster) callItems(ctx context.Context, source id.ID) error {
	items, err := r.Store.SyncItems(ctx)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Source != source || !i.Enabled {
			continue
		}
		runs, err := r.Store.FindRuns(ctx, RunQuery{Item: i.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(runs) == 0 || runs[0].State != Waiting {
			r.Call(i.ID)
		}
	}
	return nil
}
