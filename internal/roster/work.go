package roster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

const (
	tick         = time.Second      // how soon what is due begins
	lookEvery    = 5 * time.Second  // how soon new settings are seen
	overdueEvery = time.Minute      // how soon a grace that is over is noticed
	retryAfter   = time.Minute      // at the earliest, after a run that was broken off
	overdueLook  = 1000             // people who are gone
	overdueBatch = 20               // people removed between two looks
	afterFailure = 10 * time.Second // before the database is asked again
)

// Work runs items when they are due, polls directories, and removes who has
// been gone for long enough, until ctx ends. It is for one process of a
// cluster; what a second one writes meanwhile harms nobody.
func (r *Roster) Work(ctx context.Context) error {
	w := &worker{Roster: r, busy: map[id.ID]bool{}, polls: map[id.ID]time.Time{}}
	w.ran, w.tried, w.again = map[id.ID]time.Time{}, map[id.ID]time.Time{}, map[id.ID]bool{}
	defer w.tasks.Wait()
	every := time.NewTicker(tick)
	defer every.Stop()
	for {
		pause := time.Duration(0)
		if err := w.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			r.Log.Warn("directories cannot be kept in step", "error", err)
			pause = afterFailure
		}
		if pause > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		case <-r.wake:
		}
	}
}

// worker is Work at work.
type worker struct {
	*Roster
	sources []directory.Source
	items   []directory.Item
	looked  time.Time
	overdue time.Time

	tasks sync.WaitGroup
	mu2   sync.Mutex
	busy  map[id.ID]bool      // directories whose items are being run, and (negative) those being polled
	polls map[id.ID]time.Time // when a directory was polled last
	ran   map[id.ID]time.Time // when an item last ran
	tried map[id.ID]time.Time // when this process last tried to
	again map[id.ID]bool      // items whose last run was broken off
}

// look begins what is due.
func (w *worker) look(ctx context.Context) error {
	now := w.Now()
	if err := w.settings(ctx, now); err != nil {
		return err
	}
	for _, s := range w.sources {
		items := w.itemsOf(s.ID)
		if due := w.dueItems(items, now); len(due) > 0 && w.claim(s.ID) {
			w.tasks.Go(func() {
				defer w.release(s.ID)
				w.runItems(ctx, due)
			})
		}
		if now.Sub(w.polls[s.ID]) >= pollEvery && w.claim(-s.ID) {
			w.polls[s.ID] = now
			w.tasks.Go(func() {
				defer w.release(-s.ID)
				w.pollOne(ctx, s, items)
			})
		}
	}
	if now.Sub(w.overdue) >= overdueEvery {
		w.overdue = now
		if err := w.endExpired(ctx); err != nil {
			return err
		}
		return w.removeOverdue(ctx)
	}
	return nil
}

// endExpired ends the sessions of people whose account there has come to its
// end. That they cannot sign in any more needs nobody's help.
func (w *worker) endExpired(ctx context.Context) error {
	for {
		outs, err := w.Store.ExpiredPeople(ctx, w.Now(), shutAtOnce)
		if err != nil || len(outs) == 0 {
			return err
		}
		results, err := w.Store.ShutOut(ctx, Shutting{
			Outs: outs, Now: w.Now(), Entry: w.shutEntry("expiry"), Back: w.backEntry("expiry"),
		})
		if err != nil || !slices.Contains(results, ShutOut) {
			return err
		}
	}
}

// settings reads directories and items now and then, or when called for.
func (w *worker) settings(ctx context.Context, now time.Time) error {
	w.mu.Lock()
	called := len(w.called) > 0
	w.mu.Unlock()
	if !called && now.Sub(w.looked) < lookEvery {
		return nil
	}
	var err error
	if w.sources, err = w.Store.Directories(ctx); err != nil {
		return err
	}
	if w.items, err = w.Store.SyncItems(ctx); err != nil {
		return err
	}
	if err := w.lastTries(ctx); err != nil {
		return err
	}
	w.looked = now
	return nil
}

// lastTries finds out when an item ran last, in whichever process.
func (w *worker) lastTries(ctx context.Context) error {
	for _, i := range w.items {
		runs, err := w.Store.FindRuns(ctx, RunQuery{Item: i.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			continue
		}
		w.mu.Lock()
		_, here := w.live[i.ID]
		w.mu.Unlock()
		w.mu2.Lock()
		if runs[0].Began().After(w.ran[i.ID]) {
			w.ran[i.ID] = runs[0].Began()
		}
		w.again[i.ID] = runs[0].State == Interrupted || runs[0].State == Running && !here
		w.mu2.Unlock()
	}
	return nil
}

func (w *worker) itemsOf(source id.ID) (items []directory.Item) {
	for _, i := range w.items {
		if i.Source == source {
			items = append(items, i)
		}
	}
	return items
}

// dueItems returns those that are to be run now, in their order.
func (w *worker) dueItems(items []directory.Item, now time.Time) []directory.Item {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu2.Lock()
	defer w.mu2.Unlock()
	var due []directory.Item
	for _, i := range items {
		retry := w.again[i.ID] && now.Sub(w.tried[i.ID]) >= retryAfter
		if w.called[i.ID] || i.Enabled && (retry || now.Sub(w.ran[i.ID]) >= i.Interval) {
			due = append(due, i)
		}
	}
	return due
}

// runItems runs items one after the other. One that fails does not stop the
// next.
func (w *worker) runItems(ctx context.Context, items []directory.Item) {
	for _, i := range items {
		if ctx.Err() != nil {
			return
		}
		w.mu2.Lock()
		w.ran[i.ID], w.tried[i.ID] = w.Now(), w.Now()
		w.mu2.Unlock()
		// Whatever went wrong is in the run's record and in the log.
		if _, err := w.Run(ctx, i, RunOptions{}); errors.Is(err, ErrRunning) {
			w.Log.Info("an item is still being run and is left out", "item", i.Name)
		}
		w.mu.Lock()
		delete(w.called, i.ID)
		w.mu.Unlock()
	}
}

func (w *worker) pollOne(ctx context.Context, s directory.Source, items []directory.Item) {
	err := w.poll(ctx, s, items)
	if err != nil && ctx.Err() == nil {
		w.Log.Warn("a directory does not tell who may in", "directory", s.Name, "error", err)
	}
}

// claim reports whether a task is free, and takes it.
func (w *worker) claim(task id.ID) bool {
	w.mu2.Lock()
	defer w.mu2.Unlock()
	if w.busy[task] {
		return false
	}
	w.busy[task] = true
	return true
}

func (w *worker) release(task id.ID) {
	w.mu2.Lock()
	defer w.mu2.Unlock()
	delete(w.busy, task)
}

// removeOverdue removes people whose grace is over: the longest one of the
// items that covered them, or the usual one.
func (w *worker) removeOverdue(ctx context.Context) error {
	missing, err := w.Store.MissingPeople(ctx, overdueLook)
	if err != nil {
		return err
	}
	now, removed := w.Now(), 0
	for _, m := range missing {
		if removed == overdueBatch || now.Sub(m.GoneAt) < directory.GraceOf(w.items, m.Items) {
			continue
		}
		removed++
		log := w.entry(w.nameOf(m.Source), actionRemove, m.Username)
		log.Detail = "gone since " + m.GoneAt.UTC().Format(time.RFC3339)
		result, err := w.Store.RemoveMissing(ctx, m, log)
		if err != nil {
			return err
		}
		if result == LastAdmin {
			w.Log.Warn("somebody who is gone is the last one who can administer, and stays", "user", m.Username)
		}
	}
	return nil
}

func (w *worker) nameOf(source id.ID) string {
	for _, s := range w.sources {
		if s.ID == source {
			return s.Name
		}
	}
	return ""
}
