package enrollment

import (
	"context"

	"example.com/muster/internal/id"
)

// Opened notes that somebody sees the page to enroll on, for the figures of
// their period. Nothing depends on it: if it cannot be written, the log says
// so.
func (d *Desk) Opened(ctx context.Context, person id.ID) {
	if err := d.Store.NoteOpened(ctx, person, d.Now()); err != nil {
		d.Log.WarnContext(ctx, "it was not noted that somebody saw the page to enroll on", "error", err)
	}
}
