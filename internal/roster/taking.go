package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// take writes a batch. Those whose name another entry has are tried again at
// the end if mayTryAgain: that one may be gone or renamed by then.
func (p *pass) take(ctx context.Context, puts []Put, mayTryAgain bool) error {
	run := p.snapshot()
	results, err := p.Store.TakeEntries(ctx, Batch{
		Run: &run, Source: p.source, Item: p.item.ID, Untold: !p.item.Defaults.Mail, Puts: puts, Now: p.Now(), Back: p.backEntry(p.source.Name),
		Appointed: p.appointEntry(p.source.Name),
	})
	if err != nil {
		return err
	}
	for i, result := range results {
		entry := entryOf(&puts[i])
		switch result {
		case Added:
			p.count(func(c *Counts) { c.Added++ })
		case Changed:
			p.count(func(c *Counts) { c.Changed++ })
		case Back:
			p.count(func(c *Counts) { c.Back++ })
		case NameOfLocal, NameCollision:
			p.refuse(entry, result.refusal())
		case NameTwice:
			p.mu.Lock()
			later := mayTryAgain && len(p.again) < mostAgain
			if later {
				p.again = append(p.again, puts[i])
			}
			p.mu.Unlock()
			if !later {
				p.twice = true
				p.refuse(entry, directory.RemarkNameTwice)
			}
		case Nothing, ShutOut, StillCovered, LastAdmin: // changed by somebody else meanwhile
			p.count(func(c *Counts) { c.Unchanged++ })
		}
	}
	return nil
}

// entryOf is what a row tells of an entry.
func entryOf(n *Put) *directory.Entry {
	return &directory.Entry{Object: n.Person.Origin.Object, Username: n.Person.Username, DN: n.Person.Origin.DN}
}

// takeAgain tries once more what was held up by a name.
func (p *pass) takeAgain(ctx context.Context) error {
	for some := range slices.Chunk(p.again, takeAtOnce) {
		if err := p.take(ctx, some, false); err != nil {
			return err
		}
	}
	if p.twice && !p.run.Whole {
		p.next.Cursor = nil // the other may have been renamed since it was read; these will not be named again
	}
	return nil
}

// shut shuts people out.
func (p *pass) shut(ctx context.Context, outs []Out) error {
	for some := range slices.Chunk(outs, shutAtOnce) {
		run := p.snapshot()
		results, err := p.Store.ShutOut(ctx, Shutting{
			Run: &run, Item: p.item.ID, Outs: some, Now: p.Now(), Entry: p.shutEntry(p.source.Name),
			Back: p.backEntry(p.source.Name),
		})
		if err != nil {
			return err
		}
		for i, result := range results {
			switch {
			case result == ShutOut && some[i].Barred == directory.BarredGone:
				p.count(func(c *Counts) { c.Removed++ })
			case result == ShutOut:
				p.count(func(c *Counts) { c.Disabled++ })
			case result == LastAdmin:
				if err := p.tellOf(ctx, RowRefused, some[i:i+1], func(Out) directory.Remark { return directory.RemarkLastAdmin }); err != nil {
					return err
				}
				p.count(func(c *Counts) { c.Refused++ })
			}
		}
		p.show()
	}
	return nil
}

// hold lists whom an administrator is asked about.
func (p *pass) hold(ctx context.Context) error {
	return p.tellOf(ctx, RowHeld, p.held, func(o Out) directory.Remark { return directory.RemarkHeld(o.Barred) })
}

// tellOf makes rows about people who are known by their identifier only.
func (p *pass) tellOf(ctx context.Context, kind RowKind, outs []Out, reason func(Out) directory.Remark) error {
	const atOnce = 500
	for some := range slices.Chunk(outs, atOnce) {
		people := make([]id.ID, len(some))
		for i, o := range some {
			people[i] = o.Person
		}
		names, err := p.Store.NamesOf(ctx, people)
		if err != nil {
			return err
		}
		for _, o := range some {
			n := names[o.Person]
			p.row(kind, &directory.Entry{Object: o.Object.String(), Username: n.Username, DN: n.DN}, reason(o))
		}
		if err := p.noteRows(ctx, rowsAtOnce); err != nil {
			return err
		}
	}
	return nil
}

// refuse notes an entry of which nothing is taken over.
func (p *pass) refuse(e *directory.Entry, reason directory.Remark) {
	p.count(func(c *Counts) { c.Refused++ })
	p.row(RowRefused, e, reason)
}

func (p *pass) row(kind RowKind, e *directory.Entry, reason directory.Remark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.perKind[kind]++; p.perKind[kind] > mostRows && kind != RowHeld {
		return
	}
	p.rows = append(p.rows, rowOf(kind, e, reason))
}

func rowOf(kind RowKind, e *directory.Entry, reason directory.Remark) Row {
	return Row{
		Kind: kind, Object: e.Object, Username: directory.CleanName(e.Username), DN: directory.CleanName(e.DN), Reason: reason,
	}
}

// noteRows writes rows if there are more than few.
func (p *pass) noteRows(ctx context.Context, few int) error {
	p.mu.Lock()
	rows, first := p.rows, p.noted
	if len(rows) <= few {
		p.mu.Unlock()
		return nil
	}
	p.rows, p.noted = nil, first+len(rows)
	p.mu.Unlock()
	for some := range slices.Chunk(rows, rowsAtOnce) {
		if err := p.Store.NoteRows(ctx, p.snapshot(), first, some, p.Now()); err != nil {
			return err
		}
		first += len(some)
	}
	return nil
}

// count changes the run's counts.
func (p *pass) count(change func(*Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.run.Counts)
}

func (p *pass) snapshot() Run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run
}

// show lets others see how far the run is.
func (p *pass) show() {
	p.mu.Lock()
	p.live[p.item.ID] = p.run
	done, total := p.run.Seen(), len(p.known)
	p.mu.Unlock()
	if p.opt.Progress != nil {
		if !p.all {
			total = 0
		}
		p.opt.Progress(int64(done), int64(max(total, done)))
	}
}

// String lists what is not zero.
func (c Counts) String() string {
	var parts []string
	for _, n := range []struct {
		name  string
		count int
	}{
		{"added", c.Added},
		{"changed", c.Changed},
		{"disabled", c.Disabled},
		{"removed", c.Removed},
		{"back", c.Back},
		{"unchanged", c.Unchanged},
		{"refused", c.Refused},
	} {
		if n.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.name))
		}
	}
	return strings.Join(parts, ", ")
}
