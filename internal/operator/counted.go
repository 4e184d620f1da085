package operator

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// How counts of a great many people are kept. With a million one takes seconds.
const (
	// GreatMany is from how many people on a count is kept.
	GreatMany = 50_000
	// CountFresh is how old a count may be before it is made anew; where making
	// it takes long, countRest times as long.
	CountFresh = 30 * time.Second
	countRest  = 20
	// CountStale is how old a count may be that is shown while a new one is made.
	CountStale = 2 * time.Minute
	// countWithin is how long a count that nobody waits for may take.
	countWithin = 2 * time.Minute
)

// Counted is a Store that does not count a great many people anew for everybody
// who asks: a page that is looked at every half minute, on every wall and by
// every collector of metrics, costs one count, for which all wait who ask while
// nothing is kept. Fewer people than GreatMany are counted each time. An act on many ends what is kept.
type Counted struct {
	Store

	now    func() time.Time
	ctx    context.Context //nolint:containedctx // ends the counts that nobody waits for
	cancel context.CancelFunc
	counts sync.WaitGroup

	mu    sync.Mutex
	kept  map[string]*tally
	first map[string]chan struct{} // what is being counted while nothing is kept of it; closed when it is over
	acts  int                      // how many have ended what was kept
	ended bool
}

// tally is a count that is kept.
type tally struct {
	value any
	at    time.Time // when it was asked for
	took  time.Duration
	again bool // it is being made anew
}

// NewCounted returns a Store that keeps counts of store. It must be closed.
func NewCounted(store Store, now func() time.Time) *Counted {
	ctx, cancel := context.WithCancel(context.Background())
	return &Counted{Store: store, now: now, ctx: ctx, cancel: cancel, kept: map[string]*tally{}, first: map[string]chan struct{}{}}
}

// Close ends the counts that nobody waits for.
func (c *Counted) Close() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.cancel()
	c.counts.Wait()
}

type exactly struct{}

// Exactly returns a context under which everything is counted when it is asked
// for, as scripts may rely on.
func Exactly(ctx context.Context) context.Context { return context.WithValue(ctx, exactly{}, true) }

// CountPeople implements [Lists].
func (c *Counted) CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (Census, error) {
	return recall(ctx, c, "people "+string(kind), now, func(ctx context.Context, now time.Time) (Census, int, error) {
		census, err := c.Store.CountPeople(ctx, kind, now)
		return census, census.All, err
	})
}

// Progress implements [Periods].
func (c *Counted) Progress(ctx context.Context, period id.ID, kind policy.Wanted, now time.Time) (Figures, error) {
	return recall(ctx, c, fmt.Sprintf("period %d %s", period, kind), now, func(ctx context.Context, now time.Time) (Figures, int, error) {
		figures, err := c.Store.Progress(ctx, period, kind, now)
		return figures, figures.People, err
	})
}

// PeriodSums implements [Periods].
func (c *Counted) PeriodSums(ctx context.Context, now time.Time) (map[id.ID]Sum, error) {
	return recall(ctx, c, "periods", now, func(ctx context.Context, now time.Time) (map[id.ID]Sum, int, error) {
		sums, err := c.Store.PeriodSums(ctx, now)
		people := 0
		for _, sum := range sums {
			people += sum.Asked
		}
		return sums, people, err
	})
}

// RunPeriod implements [Periods].
func (c *Counted) RunPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error {
	defer c.forget()
	return c.Store.RunPeriod(ctx, period, at, log)
}

// EndPeriod implements [Periods].
func (c *Counted) EndPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error {
	defer c.forget()
	return c.Store.EndPeriod(ctx, period, at, log)
}

// RunBulk implements [Bulks]. It may put a period out of force.
func (c *Counted) RunBulk(ctx context.Context, b Bulk, log audit.Change) error {
	defer c.forget()
	return c.Store.RunBulk(ctx, b, log)
}

// EndBulk implements [Bulks].
func (c *Counted) EndBulk(ctx context.Context, h BulkHold, state BulkState, at time.Time, back []BulkRule, log audit.Change) error {
	defer c.forget()
	return c.Store.EndBulk(ctx, h, state, at, back, log)
}

// forget ends what is kept, also of the counts that are being made.
func (c *Counted) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acts++
	clear(c.kept)
}

// recall returns what is kept under a name; if that is too old, or nothing is,
// what looking returns: with of how many people.
func recall[T any](ctx context.Context, c *Counted, name string, now time.Time, look func(context.Context, time.Time) (T, int, error)) (T, error) {
	if ctx.Value(exactly{}) == nil {
		if value, known := showKept(c, name, now, look); known {
			return value, nil
		}
		waited, leave := c.goFirst(ctx, name)
		defer leave()
		if waited {
			if value, known := showKept(c, name, now, look); known {
				return value, nil
			}
		}
	}
	c.mu.Lock()
	acts := c.acts
	c.mu.Unlock()
	begun := c.now()
	value, people, err := look(ctx, now)
	if err == nil && people >= GreatMany {
		c.keep(name, acts, &tally{value: value, at: now, took: c.now().Sub(begun)})
	}
	return value, err
}

// showKept returns what is kept under a name, unless that is too old or nothing is.
// If it is not fresh it is made anew.
func showKept[T any](c *Counted, name string, now time.Time, look func(context.Context, time.Time) (T, int, error)) (value T, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[name]
	if k == nil {
		return value, false
	}
	age := now.Sub(k.at)
	if value, known = k.value.(T); !known || age < 0 || age >= max(CountStale, 2*countRest*k.took) {
		return value, false
	}
	if age >= max(CountFresh, countRest*k.took) && !k.again && !c.ended {
		k.again = true
		acts := c.acts
		c.counts.Go(func() { anew(c, name, acts, k, look) })
	}
	return value, true
}

// goFirst makes somebody the one who counts what nothing is kept of, until they
// leave. If there is one already it waits until they leave, or ctx ends: by then
// there is something to show, unless they failed or the people are few.
func (c *Counted) goFirst(ctx context.Context, name string) (waited bool, leave func()) {
	c.mu.Lock()
	over, another := c.first[name]
	if !another {
		over = make(chan struct{})
		c.first[name] = over
	}
	c.mu.Unlock()
	if another {
		select {
		case <-over:
		case <-ctx.Done():
		}
		return true, func() {}
	}
	return false, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.first, name)
		close(over)
	}
}

// anew makes a count that is old while others are shown that one.
func anew[T any](c *Counted, name string, acts int, old *tally, look func(context.Context, time.Time) (T, int, error)) {
	ctx, cancel := context.WithTimeout(c.ctx, countWithin)
	defer cancel()
	now := c.now()
	value, people, err := look(ctx, now)
	switch {
	case err != nil:
		c.mu.Lock()
		old.again = false // the next who asks tries again
		c.mu.Unlock()
	case people < GreatMany:
		c.keep(name, acts, nil)
	default:
		c.keep(name, acts, &tally{value: value, at: now, took: c.now().Sub(now)})
	}
}

// keep keeps a count, or none, unless an act has ended since it began.
func (c *Counted) keep(name string, acts int, k *tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.acts != acts:
	case k == nil:
		delete(c.kept, name)
	default:
		c.kept[name] = k
	}
}
