package roster

import (
	"context"
	"errors"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// missGone finds who was covered and not met, although everything was read.
func (p *pass) missGone(ctx context.Context) error {
	every := p.all
	if err := p.knowAll(ctx); err != nil {
		return err
	}
	for i := range p.known {
		k := &p.known[i]
		met := every && p.met[i] || !every && p.objects[k.Object]
		if k.Covered && !k.Gone && !met {
			p.outs = append(p.outs, Out{Person: k.Person, Object: k.Object, Barred: directory.BarredGone, ReadAt: p.run.Began()})
		}
	}
	return nil
}

// guard shuts out those whom the item's guard lets go or an administrator has
// approved, and holds the others.
func (p *pass) guard(ctx context.Context) error {
	p.settleOuts()
	free, others, err := p.approved(ctx)
	if err != nil {
		return err
	}
	covered := 0
	if p.item.Guard.Percent > 0 && len(others) > 0 {
		if err := p.knowAll(ctx); err != nil {
			return err
		}
	}
	for i := range p.known {
		if p.known[i].Covered && !p.known[i].Gone {
			covered++
		}
	}
	// Nobody at all is a wrong base more often than a company without people.
	empty := p.listed && p.run.Seen() == 0
	if p.item.Guard.Holds(len(others), covered) || empty {
		p.held = others
	} else {
		free = append(free, others...)
	}
	if err := p.shut(ctx, free); err != nil {
		return err
	}
	return p.hold(ctx)
}

// approved parts those whom an administrator has approved from the others, and
// uses the approval up.
func (p *pass) approved(ctx context.Context) (free, others []Out, err error) {
	approval := p.opt.Approval
	if approval == nil {
		return nil, p.outs, nil
	}
	listed := map[directory.Object]directory.Remark{}
	if err := p.addHeld(ctx, approval.Run, listed); err != nil {
		return nil, nil, err
	}
	err = p.Store.DecideRun(ctx, approval.Run, Approved, approval.By, approval.Log)
	if errors.Is(err, ErrOver) {
		return nil, nil, ErrDecided
	}
	if err != nil {
		return nil, nil, err
	}
	for _, o := range p.outs {
		if _, ok := listed[o.Object]; ok {
			free = append(free, o)
		} else {
			others = append(others, o)
		}
	}
	return free, others, nil
}

// settleOuts keeps the last that was said of each. Where only changes were
// read, nobody is asked about twice: an earlier run that waits for a decision
// about somebody waits still.
func (p *pass) settleOuts() {
	last := make(map[directory.Object]int, len(p.outs))
	for i, o := range p.outs {
		last[o.Object] = i
	}
	kept := p.outs[:0]
	for i, o := range p.outs {
		if _, waits := p.waits[o.Object]; last[o.Object] == i && (p.run.Whole || !waits) {
			kept = append(kept, o)
		}
	}
	p.outs = kept
}

// waiting are those whom earlier runs of the item hold back.
func (p *pass) waiting(ctx context.Context) (map[directory.Object]directory.Remark, error) {
	waits := map[directory.Object]directory.Remark{}
	runs, err := p.Store.FindRuns(ctx, RunQuery{Item: p.item.ID, State: Waiting})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if err := p.addHeld(ctx, run.ID, waits); err != nil {
			return nil, err
		}
	}
	return waits, nil
}

// letStay notes whoever is not to go any more, by what was read of them.
func (p *pass) letStay(c *directory.EntryChange, object directory.Object) {
	why, waits := p.waits[object]
	if !waits || c.Gone {
		return
	}
	in := !c.Same && c.Refused == "" && !c.Entry.Barred.Out()
	if in || why == directory.RemarkHeldGone {
		p.stay = append(p.stay, object)
		delete(p.waits, object)
	}
}

// addHeld adds whom a run holds, and why.
func (p *pass) addHeld(ctx context.Context, run id.ID, to map[directory.Object]directory.Remark) error {
	const page = 1000
	for after := 0; ; after += page {
		rows, err := p.Store.RunRows(ctx, run, RowHeld, after, page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if object, ok := directory.ParseObject(row.Object); ok {
				to[object] = row.Reason
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}
