package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/jobs"
	"example.com/muster/internal/leader"
)

// leads is where nodes agree, as jobs.Leads says; the suite of the store holds
// the real ones to the same.
type leads struct {
	mu    sync.Mutex
	state leader.State
	runs  []leader.Run
	away  map[string]bool // nodes that cannot reach it
}

func (l *leads) as(node string) *reach { return &reach{leads: l, node: node} }

// cut says which nodes cannot reach the database.
func (l *leads) cut(nodes ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = map[string]bool{}
	for _, n := range nodes {
		l.away[n] = true
	}
}

func (l *leads) now() leader.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// reach is how one node sees it.
type reach struct {
	*leads

	node string
}

func (r *reach) enter() error {
	r.mu.Lock()
	if r.away[r.node] {
		return errors.New("no way to the database")
	}
	return nil
}

func (r *reach) Leader(context.Context) (leader.State, error) {
	err := r.enter()
	defer r.mu.Unlock()
	return r.state, err
}

func (r *reach) TakeLead(_ context.Context, node string, seen leader.State, now time.Time) (leader.Term, error) {
	err := r.enter()
	defer r.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if r.state.Term != seen.Term || r.state.Beat != seen.Beat {
		return 0, leader.ErrLost
	}
	r.state = leader.State{Term: seen.Term + 1, Node: node, Since: now, AliveAt: now}
	return r.state.Term, nil
}

func (r *reach) KeepLead(_ context.Context, term leader.Term, now time.Time) error {
	err := r.enter()
	defer r.mu.Unlock()
	if err != nil {
		return err
	}
	if r.state.Term != term || r.state.Vacant() {
		return leader.ErrLost
	}
	r.state.Beat++
	r.state.AliveAt = now
	return nil
}

func (r *reach) LeaveLead(_ context.Context, term leader.Term) error {
	err := r.enter()
	defer r.mu.Unlock()
	if err == nil && r.state.Term == term {
		r.state.Node = ""
		r.state.Beat++
	}
	return err
}

func (r *reach) NoteRun(ctx context.Context, run leader.Run) error {
	err := r.enter()
	defer r.mu.Unlock()
	if term, ok := leader.TermOf(ctx); err == nil && (!ok || term != r.state.Term) {
		return leader.ErrLost
	}
	r.runs = append(r.runs, run)
	return err
}

// leading runs one job on a node that has nobody beside it.
func leading(job jobs.Job) func(context.Context) {
	return elector(new(leads), "only", job).Run
}

func elector(l *leads, node string, work ...jobs.Job) *jobs.Elector {
	return &jobs.Elector{Leads: l.as(node), Node: node, Jobs: work, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// census counts who works at the same time, and what was done in which term.
type census struct {
	mu      sync.Mutex
	working int
	most    int
	terms   []leader.Term
}

func (c *census) job(takes time.Duration) jobs.Job {
	return jobs.Job{Name: "count", Every: 5 * time.Second, Run: func(ctx context.Context) error {
		term, _ := leader.TermOf(ctx)
		c.mu.Lock()
		c.working++
		c.most = max(c.most, c.working)
		c.terms = append(c.terms, term)
		c.mu.Unlock()
		select {
		case <-time.After(takes):
		case <-ctx.Done():
		}
		c.mu.Lock()
		c.working--
		c.mu.Unlock()
		return ctx.Err()
	}}
}

func TestOneOfThreeLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leads
		var c census
		for n := range 3 {
			runs(t, elector(&l, fmt.Sprint("node", n), c.job(time.Second)).Run)
		}
		pass(time.Hour)
		if c.most != 1 || l.now().Term != 1 || len(c.terms) < 700 || len(c.terms) > 721 {
			t.Errorf("%d at once, term %d, %d runs", c.most, l.now().Term, len(c.terms))
		}
	})
}

// TestAnotherLeads: at once after a good end, after some seconds when the
// leader has died, and never two at the same time.
func TestAnotherLeads(t *testing.T) {
	for name, tc := range map[string]struct {
		end    func(l *leads, stop func())
		within time.Duration
	}{
		"a good end":              {func(_ *leads, stop func()) { stop() }, 2 * time.Second},
		"death":                   {func(l *leads, stop func()) { l.cut("first"); stop(); l.cut() }, 20 * time.Second},
		"no way to the database":  {func(l *leads, _ func()) { l.cut("first") }, 20 * time.Second},
		"and that after a moment": {func(l *leads, _ func()) { l.cut("first"); pass(20 * time.Second); l.cut() }, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l leads
				var c census
				stop := runs(t, elector(&l, "first", c.job(time.Minute)).Run)
				pass(time.Minute)
				runs(t, elector(&l, "second", c.job(time.Minute)).Run)
				pass(time.Minute)
				began := time.Now()
				tc.end(&l, stop)
				for l.now().Node != "second" {
					if time.Since(began) > time.Minute {
						t.Fatalf("nobody took over: %+v", l.now())
					}
					pass(100 * time.Millisecond)
				}
				if took := time.Since(began); took > tc.within {
					t.Errorf("it took %v", took)
				}
				pass(time.Minute)
				if c.most != 1 || l.now().Node != "second" || l.now().Term != 2 {
					t.Errorf("%d at once, %+v", c.most, l.now())
				}
			})
		})
	}
}

// TestAShortOutageChangesNothing: neither of the leader's nor of another's way
// to the database.
func TestAShortOutageChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leads
		var c census
		runs(t, elector(&l, "first", c.job(time.Second)).Run)
		pass(time.Second)
		runs(t, elector(&l, "second", c.job(time.Second)).Run)
		for _, node := range []string{"first", "second"} {
			l.cut(node)
			pass(5 * time.Second)
			l.cut()
			pass(time.Minute)
		}
		if s := l.now(); s.Node != "first" || s.Term != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestAWrongClockIsNoMatter: nobody compares the clocks of two nodes.
func TestAWrongClockIsNoMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leads
		var c census
		for n, off := range []time.Duration{0, -240 * time.Hour, 240 * time.Hour} {
			e := elector(&l, fmt.Sprint("node", n), c.job(time.Second))
			e.Now = func() time.Time { return time.Now().Add(off) }
			runs(t, e.Run)
			pass(time.Second)
		}
		pass(time.Hour)
		if s := l.now(); c.most != 1 || s.Term != 1 || s.Node != "node0" {
			t.Errorf("%d at once, %+v", c.most, s)
		}
	})
}

func TestWhoIsAloneNeedNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leads{state: leader.State{Term: 7, Beat: 3, Node: "killed"}}
		var c census
		e := elector(&l, "only", c.job(time.Second))
		e.Sole = true
		defer runs(t, e.Run)()
		if term, _ := e.Status(); term != 8 || len(c.terms) != 1 || c.terms[0] != 8 {
			t.Errorf("term %d, runs in %v", term, c.terms)
		}
	})
}

func TestRunsAreNotedAndCalledFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leads
		var log strings.Builder
		bell, done := jobs.NewBell(), 0
		e := elector(&l, "only", jobs.Job{Name: "count", Every: time.Hour, Bell: bell, Run: func(context.Context) error {
			if done++; done == 2 {
				return errors.New("out of numbers")
			}
			return nil
		}})
		e.Log = slog.New(slog.NewTextHandler(&log, nil))
		stop := runs(t, e.Run)
		for range 2 {
			pass(time.Minute)
			bell.Ring()
			synctest.Wait()
		}
		_, reports := e.Status()
		if r := reports[0]; r.Job != "count" || r.Runs != 3 || r.Failures != 1 || r.LastGood.IsZero() {
			t.Errorf("%+v", r)
		}
		if len(l.runs) != 3 || l.runs[1].Problem != "out of numbers" || l.runs[2].Problem != "" ||
			!l.runs[0].NextAt.Equal(l.runs[0].StartedAt.Add(time.Hour)) {
			t.Errorf("%+v", l.runs)
		}
		if !strings.Contains(log.String(), "out of numbers") || !strings.Contains(log.String(), "works again") {
			t.Error(log.String())
		}
		stop()
		if term, _ := e.Status(); term != 0 || !l.now().Vacant() {
			t.Errorf("after the end: term %d, %+v", term, l.now())
		}
	})
}
