package roster

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

const (
	pollEvery = 20 * time.Second // two may fail before what is known is too old
	pollIn    = 15 * time.Second // for a poll; the first one reads everybody and may take longer
	askEvery  = time.Second      // how often the database is asked what other nodes know

	alarmEvery = time.Hour
)

// Current reports whether what is known of who may in is at most
// authn.DirectoryFreshness old.
func (r *Roster) Current(ctx context.Context, source id.ID, now time.Time) (bool, error) {
	fresh := func(p Poll) bool {
		return !p.Current.IsZero() && now.Sub(p.Current) <= authn.DirectoryFreshness
	}
	r.mu.Lock()
	known, asked := r.polled[source], r.checked[source]
	ask := !fresh(known) && now.Sub(asked) >= askEvery
	if ask {
		r.checked[source] = now
	}
	r.mu.Unlock()
	if !ask {
		return fresh(known), nil
	}
	stored, err := r.Store.PollOf(ctx, source) // another node may do the work
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stored.Current.After(r.polled[source].Current) {
		r.polled[source] = stored
	}
	return fresh(r.polled[source]), nil
}

// Polled returns what was last written down about the changes in a directory.
func (r *Roster) Polled(ctx context.Context, source id.ID) (Poll, error) {
	return r.Store.PollOf(ctx, source)
}

// poll learns who may in as of now.
func (r *Roster) poll(ctx context.Context, source directory.Source, items []directory.Item) error {
	state, err := r.Store.PollOf(ctx, source.ID)
	if err != nil {
		return err
	}
	asOf := r.Now()
	next := state
	next.Cursor, err = r.pollFrom(ctx, source, items, state.Cursor)
	next.Refused = errors.Is(err, ErrAccount)
	if err == nil {
		next.Current, next.Problem, next.Since = asOf, "", time.Time{}
	} else {
		next.Cursor, next.Problem = state.Cursor, told(err)
		if state.Problem == "" {
			next.Since = asOf
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	alarm := next.alarm(source, asOf)
	if saveErr := r.Store.SetPoll(ctx, source.ID, next, alarm); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	r.mu.Lock()
	r.polled[source.ID] = next
	r.mu.Unlock()
	return err
}

// alarm is what administrators are told if the directory refuses the account:
// once as long as that lasts, and not again within an hour if it comes and goes.
func (p *Poll) alarm(source directory.Source, now time.Time) *notify.Message {
	again := p.AlarmedAt.Before(p.Since) && now.Sub(p.AlarmedAt) >= alarmEvery
	if !p.Refused || !again {
		return nil
	}
	p.AlarmedAt = now
	return &notify.Message{Kind: notify.DirectoryRefused, Data: map[string]string{
		"directory": source.Name, "account": source.BindDN, "said": p.Problem, "at": p.Since.UTC().Format(time.RFC3339),
	}}
}

// pollFrom asks for what changed since the cursor and acts on it. Without one
// it first takes a cursor and then looks at everybody, so that nothing falls
// in between.
func (r *Roster) pollFrom(ctx context.Context, source directory.Source, items []directory.Item, cursor []byte) ([]byte, error) {
	p := &polling{Roster: r, source: source, readAt: r.Now()}
	if cursor == nil {
		next, err := r.Reader.Poll(ctx, source, nil, p.piece(ctx))
		if err != nil {
			return nil, err
		}
		everybody := directory.Item{Source: source.ID}
		if _, err := r.Reader.Read(ctx, source, everybody, nil, nil, p.piece(ctx)); err != nil {
			return nil, err
		}
		r.refresh(ctx, source)
		return next, p.act(ctx, items)
	}
	limited, cancel := context.WithTimeout(ctx, pollIn)
	defer cancel()
	next, err := r.Reader.Poll(limited, source, cursor, p.piece(limited))
	if err != nil {
		return nil, err
	}
	return next, p.act(ctx, items)
}

// polling is one poll at work.
type polling struct {
	*Roster
	source directory.Source
	readAt time.Time
	outs   []Out
	others []Out // who is not out, but about whom something changed
}

// piece returns what looks at one piece of what has changed.
func (p *polling) piece(ctx context.Context) func([]directory.EntryChange) error {
	return func(piece []directory.EntryChange) error {
		var objects []directory.Object
		changes := map[directory.Object]*directory.EntryChange{}
		for i := range piece {
			if o, ok := directory.ParseObject(piece[i].Entry.Object); ok && piece[i].Refused == "" {
				objects = append(objects, o)
				changes[o] = &piece[i]
			}
		}
		if len(objects) == 0 {
			return nil
		}
		return p.Store.KnownEntries(ctx, p.source.ID, 0, objects, func(k Known) { p.judge(k, changes[k.Object]) })
	}
}

// judge compares what is known with what was read. Of an entry that is only
// named as one that has not changed, nothing was read.
func (p *polling) judge(k Known, c *directory.EntryChange) {
	if c == nil || c.Same {
		return
	}
	e := &c.Entry
	o := Out{Person: k.Person, Object: k.Object, Barred: e.Barred, ExpiresAt: e.ExpiresAt, ReadAt: p.readAt}
	if !e.Barred.Out() && !e.ExpiresAt.IsZero() && !e.ExpiresAt.After(p.Now()) {
		o.Barred = directory.BarredExpired
	}
	if c.Gone {
		o.Barred, o.ExpiresAt = directory.BarredGone, time.Time{}
	}
	wasOut := k.Barred.Out() || k.Gone
	switch {
	case c.Gone && k.Gone:
	case o.Barred.Out() && !wasOut:
		p.outs = append(p.outs, o)
	case k.Gone && !c.Gone:
		// That somebody is back is for a run to find out: the entry may lie
		// outside of what is kept in step.
	case o.Barred != k.Barred || !fromMicros(k.ExpiresAt).Equal(o.ExpiresAt):
		p.others = append(p.others, o)
	}
}

// act shuts out who must be. More of them than the smallest guard of the
// directory are left to its items, whose runs ask an administrator.
func (p *polling) act(ctx context.Context, items []directory.Item) error {
	for some := range slices.Chunk(p.others, shutAtOnce) {
		if err := p.shut(ctx, some); err != nil {
			return err
		}
	}
	guard := directory.DefaultGuard
	for _, i := range items {
		if i.Guard.Percent == 0 && i.Guard.Count < guard.Count {
			guard = i.Guard
		}
	}
	if guard.Holds(len(p.outs), 0) {
		p.Log.Warn("many people would be shut out: the directory's items are run", "directory", p.source.Name, "people", len(p.outs))
		for _, i := range items {
			p.Call(i.ID)
		}
		return nil
	}
	return p.shut(ctx, p.outs)
}

func (p *polling) shut(ctx context.Context, outs []Out) error {
	if len(outs) == 0 {
		return nil
	}
	_, err := p.Store.ShutOut(ctx, Shutting{Outs: outs, Now: p.Now(), Entry: p.shutEntry(p.source.Name), Back: p.backEntry(p.source.Name)})
	return err
}
