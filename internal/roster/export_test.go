package roster

import (
	"context"

	"example.com/muster/internal/directory"
)

// PollOnce asks a directory once who may in, as Work does again and again.
func (r *Roster) PollOnce(ctx context.Context, s directory.Source, items ...directory.Item) error {
	return r.poll(ctx, s, items)
}
