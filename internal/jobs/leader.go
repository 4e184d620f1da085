package jobs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/leader"
)

// How a leader is found. A leader gives up leaderHolds after it has last
// learned of its own beat; the others wait leaderSilent after they have seen
// it. A beat takes at most beatTimeout, so it stops before another begins.
const (
	leaderBeat   = 4 * time.Second
	beatTimeout  = 3 * time.Second
	leaderHolds  = 10 * time.Second
	leaderSilent = 15 * time.Second
	leaderPoll   = time.Second // how soon a vacancy is seen
)

// Leads is where nodes agree on who leads; *store.Store is one.
type Leads interface {
	// Leader returns who leads; the zero State if nobody ever did.
	Leader(ctx context.Context) (leader.State, error)
	// TakeLead makes a node the leader if the state is still as it was seen.
	// It returns leader.ErrLost if it is not.
	TakeLead(ctx context.Context, node string, seen leader.State, now time.Time) (leader.Term, error)
	// KeepLead gives a sign of life. It returns leader.ErrLost if the term is
	// over.
	KeepLead(ctx context.Context, term leader.Term, now time.Time) error
	// LeaveLead ends a term.
	LeaveLead(ctx context.Context, term leader.Term) error
	// NoteRun writes down a run of a job.
	NoteRun(ctx context.Context, r leader.Run) error
}

// Job is work that one node of the cluster does, again and again.
type Job struct {
	// Name tells it from others, to people and in metrics: short, lower case.
	Name string
	// Every is how long to wait from the beginning of a run to the next.
	Every time.Duration
	// Bell calls for a run at once; nil: none.
	Bell *Bell
	// Run does the work that is due. Its context carries the leader's term
	// and ends when the node no longer leads: whatever is written under it
	// through the store is refused with leader.ErrLost from then on. A run
	// that is broken off is begun anew by the next leader, so it may not rely
	// on its own memory for what it has done.
	Run func(ctx context.Context) error
}

// Elector makes this node the leader when there is no other, and runs the
// jobs while it is. Of several nodes one leads; when it ends, another takes
// over within a second or two, and when it dies within some twenty seconds.
// All fields but Sole are required.
type Elector struct {
	Leads Leads
	Node  string // names this process among all
	Sole  bool   // nobody else can be using the database: no need to wait
	Jobs  []Job
	Now   func() time.Time
	Log   *slog.Logger

	mu      sync.Mutex
	term    leader.Term
	reports []Report
}

// Report is what a job has done on this node since it started.
type Report struct {
	Job      string
	Runs     uint64
	Failures uint64
	LastGood time.Time     // the end of the last run that went well; zero: none
	Took     time.Duration // the last run
}

// Status returns the term in which this node leads, 0 if it does not, and what
// its jobs have done.
func (e *Elector) Status() (leader.Term, []Report) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.term, slices.Clone(e.reports)
}

// Run takes part until ctx ends.
func (e *Elector) Run(ctx context.Context) {
	e.mu.Lock()
	for _, j := range e.Jobs {
		e.reports = append(e.reports, Report{Job: j.Name})
	}
	e.mu.Unlock()
	unasked := trouble{job: "find out who leads", log: e.Log}
	for ctx.Err() == nil {
		if term := e.stand(ctx, &unasked); term != 0 {
			e.lead(ctx, term)
		}
	}
}

// stand waits until this node leads. It returns 0 if ctx ends before.
func (e *Elector) stand(ctx context.Context, unasked *trouble) leader.Term {
	poll := time.NewTicker(leaderPoll)
	defer poll.Stop()
	silent := time.NewTimer(leaderSilent)
	defer silent.Stop()
	var seen leader.State
	for first := true; ctx.Err() == nil; first = false {
		state, err := e.ask(ctx)
		unasked.note(ctx, err)
		if first || state.Term != seen.Term || state.Beat != seen.Beat {
			silent.Reset(leaderSilent)
		}
		if err == nil {
			seen = state
			if state.Vacant() || e.Sole || rung(silent.C) {
				if term := e.take(ctx, seen, unasked); term != 0 {
					return term
				}
				silent.Reset(leaderSilent)
			}
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		}
	}
	return 0
}

func (e *Elector) ask(ctx context.Context) (leader.State, error) {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	return e.Leads.Leader(ctx)
}

func (e *Elector) take(ctx context.Context, seen leader.State, unasked *trouble) leader.Term {
	asking, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	term, err := e.Leads.TakeLead(asking, e.Node, seen, e.Now())
	if errors.Is(err, leader.ErrLost) {
		return 0 // another was quicker
	}
	unasked.note(ctx, err)
	if err != nil {
		return 0
	}
	e.Log.Info("this node leads", "term", int64(term))
	return term
}

// lead runs the jobs for as long as the term lasts.
func (e *Elector) lead(ctx context.Context, term leader.Term) {
	e.setTerm(term)
	defer e.setTerm(0)
	working, stop := context.WithCancel(leader.With(ctx, term))
	var jobs sync.WaitGroup
	for i := range e.Jobs {
		jobs.Go(func() { e.repeat(working, i, term) })
	}
	over := e.hold(ctx, term)
	stop()
	jobs.Wait()
	if over {
		e.Log.Warn("this node no longer leads", "term", int64(term))
		return
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTimeout)
	defer cancel()
	if err := e.Leads.LeaveLead(leaving, term); err != nil && !errors.Is(err, leader.ErrLost) {
		e.Log.Warn("the next leader has to wait", "error", err)
	}
}

// hold gives signs of life. It returns when ctx ends, or over when the term is.
func (e *Elector) hold(ctx context.Context, term leader.Term) (over bool) {
	beat := time.NewTicker(leaderBeat)
	defer beat.Stop()
	silent := time.NewTimer(leaderHolds)
	defer silent.Stop()
	unheard := trouble{job: "go on leading", log: e.Log}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-silent.C:
			return true
		case <-beat.C:
		}
		beating, cancel := context.WithTimeout(ctx, beatTimeout)
		err := e.Leads.KeepLead(beating, term, e.Now())
		cancel()
		switch {
		case errors.Is(err, leader.ErrLost):
			return true
		case err == nil:
			silent.Reset(leaderHolds)
		}
		unheard.note(ctx, err)
	}
}

func (e *Elector) setTerm(term leader.Term) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.term = term
}

// repeat runs one job now and whenever it is due or called for, until ctx ends.
func (e *Elector) repeat(ctx context.Context, number int, term leader.Term) {
	job := e.Jobs[number]
	every := time.NewTicker(job.Every)
	defer every.Stop()
	var called <-chan struct{}
	if job.Bell != nil {
		called = job.Bell.c
	}
	trouble := trouble{job: job.Name, log: e.Log}
	for ctx.Err() == nil {
		r := leader.Run{Job: job.Name, Node: e.Node, Term: term, StartedAt: e.Now()}
		err := job.Run(ctx)
		trouble.note(ctx, err)
		if ctx.Err() == nil {
			r.EndedAt, r.NextAt = e.Now(), r.StartedAt.Add(job.Every)
			e.note(ctx, number, r, err)
		}
		select {
		case <-ctx.Done():
		case <-called:
		case <-every.C:
		}
	}
}

func (e *Elector) note(ctx context.Context, number int, r leader.Run, failure error) {
	if failure != nil {
		r.Problem = failure.Error()
	}
	e.mu.Lock()
	report := &e.reports[number]
	report.Runs++
	report.Took = r.EndedAt.Sub(r.StartedAt)
	if failure != nil {
		report.Failures++
	} else {
		report.LastGood = r.EndedAt
	}
	e.mu.Unlock()
	noting, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	if err := e.Leads.NoteRun(noting, r); err != nil && ctx.Err() == nil && !errors.Is(err, leader.ErrLost) {
		e.Log.Warn("the run of a job cannot be noted", "job", r.Job, "error", err)
	}
}
