package bind

import (
	"context"
	"maps"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
)

// Current implements [authn.Directories]. The entry itself is read at most once
// a minute; if that does not work, what the roster has heard lately will do.
func (d *Directories) Current(ctx context.Context, o directory.Origin) (directory.Barred, error) {
	now := d.Now()
	who := entry{o.Directory, o.Object}
	if !o.At(now).Out() && d.clearSince(who, now) {
		return directory.NotBarred, nil
	}
	finder, err := d.finder(o.Directory)
	if err != nil {
		return directory.NotBarred, err
	}
	entries, err := finder.Lookup(ctx, []string{o.Object})
	switch {
	case err == nil && len(entries) == 1:
		barred := d.found(o.Directory, entries[0]).Barred
		if !o.GoneAt.IsZero() { // there, but no item includes it as far as is known
			barred = directory.BarredGone
		}
		d.note(who, barred, now)
		return barred, nil
	case err == nil:
		// Not every account may read what was deleted: that an entry is not
		// there may show nowhere but here. It is as for a bind, see lookAt.
		d.note(who, directory.BarredGone, now)
		d.missed(ctx, o)
		return directory.BarredGone, nil
	}
	current, rosterErr := d.Roster.Current(ctx, o.Directory, now)
	switch {
	case rosterErr != nil:
		return directory.NotBarred, rosterErr
	case current:
		return o.At(now), nil
	}
	return directory.NotBarred, err
}

// clearSince reports whether an entry was read lately and not kept out.
func (d *Directories) clearSince(who entry, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, known := d.clear[who]
	return known && now.Sub(at) < authn.DirectoryFreshness && !now.Before(at)
}

// note remembers what was read as of an instant.
func (d *Directories) note(who entry, barred directory.Barred, asOf time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if barred.Out() {
		delete(d.clear, who)
		return
	}
	if asOf.After(d.clear[who]) {
		d.clear[who] = asOf
	}
}

// forgetOld makes room.
func (d *Directories) forgetOld() {
	now := d.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.clear, func(_ entry, at time.Time) bool { return now.Sub(at) >= authn.DirectoryFreshness })
}
