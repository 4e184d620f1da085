package roster

import (
	"context"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// RunInOrder runs items one after the other, as Work does with those that are
// due.
func (r *Roster) RunInOrder(ctx context.Context, items ...directory.Item) {
	w := &worker{Roster: r, ran: map[id.ID]time.Time{}, tried: map[id.ID]time.Time{}}
	w.runItems(ctx, items)
}

// PollOnce asks a directory once who may in, as Work does again and again.
func (r *Roster) PollOnce(ctx context.Context, s directory.Source, items ...directory.Item) error {
	return r.poll(ctx, s, items)
}

// TakeCalled reports whether an item was called, as the worker does.
func (r *Roster) TakeCalled(item id.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	called := r.called[item]
	delete(r.called, item)
	return called
}
