package roster

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

const (
	wholeEvery = 23 * time.Hour   // everything is read at least once a day
	silentRun  = 2 * time.Minute  // without a sign of life, whoever ran it is gone
	endIn      = 10 * time.Second // for writing down how a run has ended
)

// RunOptions say how to run an item.
type RunOptions struct {
	Whole bool // read everything, not only what has changed
	// Approval lets people go whom an earlier run has held back; nil: nobody.
	Approval *Approval
	// Progress, which may be nil, hears how many entries were looked at; how
	// many there are is 0 where it is not known.
	Progress func(done, total int64)
}

// Approval is an administrator's decision about a run that waits. It is written
// down once everything has been read and before anybody goes: if the directory
// fails before that, the run still waits.
type Approval struct {
	Run id.ID
	By  string
	Log audit.Change
}

// ErrDecided is returned for an approval of a run that does not wait any more.
var ErrDecided = problem.New(problem.Conflict, "the run does not wait for a decision").
	WithHint("muster sync runs --waiting")

// ErrRunning is returned for an item that is being run.
var ErrRunning = problem.New(problem.Conflict, "the item is being run right now").
	WithHint("muster sync runs shows how far it is")

// Run runs an item now. The error says why it ended early, which its record
// says as well; ErrRunning if it did not begin.
func (r *Roster) Run(ctx context.Context, item directory.Item, opt RunOptions) (Run, error) {
	p, err := r.newPass(ctx, item, opt)
	if err != nil {
		return Run{}, err
	}
	defer r.leave(item.ID)
	err = r.Store.BeginRun(ctx, p.run, r.Now().Add(-silentRun))
	if errors.Is(err, ErrRuns) {
		return Run{}, ErrRunning
	}
	if err != nil {
		return Run{}, err
	}
	return p.finish(ctx, p.do(ctx))
}

// newPass prepares a run and claims the item in this process.
func (r *Roster) newPass(ctx context.Context, item directory.Item, opt RunOptions) (*pass, error) {
	source, err := r.source(ctx, item.Source)
	if err != nil {
		return nil, err
	}
	p := &pass{Roster: r, source: source, item: item, opt: opt, t: newTranslator(source, r.Domains)}
	p.run = Run{ID: r.IDs.Next(r.Now()), Item: item.ID, Name: item.Name, State: Running}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.live[item.ID]; runs {
		return nil, ErrRunning
	}
	delete(r.called, item.ID)
	r.live[item.ID] = p.run
	return p, nil
}

func (r *Roster) leave(item id.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, item)
}

func (r *Roster) source(ctx context.Context, source id.ID) (directory.Source, error) {
	all, err := r.Store.Directories(ctx)
	if err != nil {
		return directory.Source{}, err
	}
	i := slices.IndexFunc(all, func(s directory.Source) bool { return s.ID == source })
	if i < 0 {
		return directory.Source{}, problem.New(problem.NotFound, "the directory is not there any more")
	}
	return all[i], nil
}

// finish writes down how a run has ended.
func (p *pass) finish(ctx context.Context, failure error) (Run, error) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endIn)
	defer cancel()
	if err := p.noteRows(ending, 0); failure == nil {
		failure = err
	}
	run := p.run
	run.Ended = p.Now()
	next := &p.next
	switch {
	case failure == nil && len(p.held) > 0:
		run.State = Waiting
	case failure == nil:
		run.State = Done
	case ctx.Err() != nil:
		run.State, next, run.Problem = Interrupted, nil, "it was broken off"
	default:
		run.State, next, run.Problem = Failed, nil, told(failure)
	}
	log := p.entry(p.source.Name, actionRun, p.item.Name)
	log.Detail = run.Counts.String()
	entry := &log
	if run.quiet() {
		entry = nil
	}
	if err := p.Store.EndRun(ending, run, next, entry); failure == nil {
		failure = err
	}
	if failure != nil {
		p.Log.Warn("a directory could not be read to the end", "directory", p.source.Name, "item", p.item.Name, "error", failure)
	}
	return run, failure
}

// quiet reports whether nothing changed.
func (c Counts) quiet() bool {
	return c.Added+c.Changed+c.Disabled+c.Removed+c.Back == 0
}

// told is an error as administrators read it.
func told(err error) string {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		text, hint := problem.Public(p)
		if hint != "" {
			text += " (" + hint + ")"
		}
		return text
	}
	return err.Error()
}
