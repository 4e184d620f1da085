package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

// RunSync runs an item now. The error says why it ended early; its record says
// it as well.
func (o *Operator) RunSync(ctx context.Context, by audit.Actor, name string, opt roster.RunOptions) (roster.Run, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return roster.Run{}, err
	}
	i, err := o.syncItem(ctx, name)
	if err != nil {
		return roster.Run{}, err
	}
	run, err := o.Roster.Run(ctx, i, opt)
	return run, runTold(err)
}

// runTold gives the error of a run a public face: that of a directory says
// what an administrator has to know.
func runTold(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return problem.Wrap(problem.Unavailable, err, "the directory could not be read to the end: %v", err).WithHint("muster doctor says more")
}

// SyncRuns returns runs, the newest first.
func (o *Operator) SyncRuns(ctx context.Context, by audit.Actor, item string, q roster.RunQuery) ([]roster.Run, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	if item != "" {
		i, err := o.syncItem(ctx, item)
		if err != nil {
			return nil, err
		}
		q.Item = i.ID
	}
	q.Limit = pageSize(q.Limit)
	runs, err := o.Store.FindRuns(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return runs, nil
}

// SyncRows returns what a run has to say about single entries, in its order.
func (o *Operator) SyncRows(ctx context.Context, by audit.Actor, run id.ID, kind roster.RowKind, after, limit int) ([]roster.Row, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	rows, err := o.Store.RunRows(ctx, run, kind, after, pageSize(limit))
	if err != nil {
		return nil, unavailable(err)
	}
	return rows, nil
}

// CountHeld returns how many people a run holds back.
func (o *Operator) CountHeld(ctx context.Context, by audit.Actor, run id.ID) (int, error) {
	for count := 0; ; {
		rows, err := o.SyncRows(ctx, by, run, roster.RowHeld, count, LargestPage)
		if count += len(rows); err != nil || len(rows) < LargestPage {
			return count, err
		}
	}
}

// ApproveRun lets those be shut out whom a run has held back. What it returns
// does it: the item is read once more, and whoever of them is still to go goes.
// If it cannot be read, the run goes on waiting.
func (o *Operator) ApproveRun(ctx context.Context, by audit.Actor, run id.ID, reason string) (carryOut Approved, err error) {
	i, log, err := o.decision(ctx, by, run, "sync.approve", reason)
	if err != nil {
		return nil, err
	}
	approval := &roster.Approval{Run: run, By: by.Name, Log: log}
	return func(ctx context.Context, progress func(done, total int64)) (roster.Run, error) {
		done, err := o.Roster.Run(ctx, i, roster.RunOptions{Approval: approval, Progress: progress})
		if errors.Is(err, roster.ErrDecided) {
			return done, notWaiting()
		}
		return done, runTold(err)
	}, nil
}

// Approved carries out what was approved. The error says why it ended early.
type Approved func(ctx context.Context, progress func(done, total int64)) (roster.Run, error)

// RejectRun keeps everybody whom a run has held back. The next run that reads
// everything asks again if they are still to go.
func (o *Operator) RejectRun(ctx context.Context, by audit.Actor, run id.ID, reason string) error {
	_, log, err := o.decision(ctx, by, run, "sync.reject", reason)
	if err != nil {
		return err
	}
	err = o.Store.DecideRun(ctx, run, roster.Rejected, by.Name, log)
	if errors.Is(err, roster.ErrOver) {
		return notWaiting()
	}
	if err != nil {
		return told(err)
	}
	return nil
}

// decision returns the item of a run that waits, and what logs that somebody
// decides about it.
func (o *Operator) decision(ctx context.Context, by audit.Actor, run id.ID, action, reason string) (i directory.Item, log audit.Change, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return i, log, err
	}
	if reason, err = checkReason(reason, false); err != nil {
		return i, log, err
	}
	runs, err := o.Store.FindRuns(ctx, roster.RunQuery{ID: run, Limit: 1})
	switch {
	case err != nil:
		return i, log, unavailable(err)
	case len(runs) == 0:
		return i, log, refuse(RefusedGone, problem.NotFound, "there is no such run").WithHint("muster sync runs")
	case runs[0].State != roster.Waiting:
		return i, log, notWaiting()
	}
	if i, err = o.syncItem(ctx, runs[0].Name); err != nil {
		return i, log, err
	}
	log = o.entry(by, action, i.Name, reason)
	log.Detail = fmt.Sprintf("run %v", run)
	return i, log, nil
}

func notWaiting() error {
	return refuse(RefusedNotWaiting, problem.Conflict, "the run does not wait for a decision").WithHint("muster sync runs --waiting")
}

// LiveRuns returns the runs in this process, as far as they are.
func (o *Operator) LiveRuns(ctx context.Context, by audit.Actor) ([]roster.Run, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	return o.Roster.Live(), nil
}

// RunProgress is how far a run has come.
type RunProgress struct {
	Seen  int
	Total int     // about; 0: not known
	Rate  float64 // entries a second
	Left  time.Duration
}

// ProgressOf says how far a run is. A directory does not say how many people it
// has: how many there are to read is taken from the last run of the item that
// read everything.
func (o *Operator) ProgressOf(ctx context.Context, by audit.Actor, r roster.Run) (RunProgress, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return RunProgress{}, err
	}
	p := RunProgress{Seen: r.Seen()}
	until := r.Ended
	if until.IsZero() {
		until = o.Now()
	}
	if took := until.Sub(r.Began()).Seconds(); took > 0 {
		p.Rate = float64(p.Seen) / took
	}
	if !r.Whole || r.State != roster.Running {
		return p, nil
	}
	const some = 10 // of which one has come to its end
	before, err := o.Store.FindRuns(ctx, roster.RunQuery{Item: r.Item, Whole: true, Before: r.ID, Limit: some})
	if err != nil {
		return p, unavailable(err)
	}
	at := slices.IndexFunc(before, func(r roster.Run) bool {
		return r.State != roster.Running && r.State != roster.Failed && r.State != roster.Interrupted
	})
	if at >= 0 && before[at].Seen() > p.Seen {
		p.Total = before[at].Seen()
		if p.Rate > 0 {
			p.Left = time.Duration(float64(p.Total-p.Seen) / p.Rate * float64(time.Second))
		}
	}
	return p, nil
}
