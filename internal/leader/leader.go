// Package leader owns what it means to lead a cluster: one node at a time does
// the work that must be done once.
//
// Each leadership has a number, its term, and a later one has a greater
// number. Whoever works as the leader carries the term in the context, and
// every transaction of the store under that context holds only while the term
// is still the newest: a leader that was stopped for a minute, or that nobody
// can reach, writes nothing once another leads. The package must not know how
// nodes come to lead, nor what they do then.
package leader

import (
	"context"
	"errors"
	"time"
)

// Term numbers a leadership, from 1.
type Term int64

// ErrLost is returned by whatever was to be done in a term that is over.
// Nothing was written.
var ErrLost = errors.New("leader: another node leads by now")

// State is who leads, as the nodes see it.
type State struct {
	Term Term
	// Beat rises with every sign of life. A state whose Term and Beat have not
	// changed for a while, by the clock of whoever watches, is of a leader
	// that is gone: no two clocks are compared.
	Beat    int64
	Node    string // the host and the process; empty: nobody leads
	Since   time.Time
	AliveAt time.Time // of the last beat, by the leader's clock: to be shown
}

// Vacant reports whether nobody leads.
func (s State) Vacant() bool { return s.Node == "" }

// Run is one run of a job.
type Run struct {
	Job       string
	Node      string
	Term      Term
	StartedAt time.Time
	EndedAt   time.Time
	NextAt    time.Time
	Problem   string // for administrators; empty: it did what it should
}

type key struct{}

// With returns a context of work that is done in a term.
func With(ctx context.Context, t Term) context.Context { return context.WithValue(ctx, key{}, t) }

// TermOf returns the term that the work of ctx is done in; ok is false for
// work that needs no leader.
func TermOf(ctx context.Context) (t Term, ok bool) {
	t, ok = ctx.Value(key{}).(Term)
	return t, ok
}
