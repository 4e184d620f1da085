package password

import (
	"context"
	"slices"
	"sync"

	"example.com/muster/internal/problem"
)

// queue hands out slots. Whoever has to wait waits in the lane of where the
// check came from, and the lanes take turns: a flood at one door delays the
// others by one check each time, not by the flood. When no more may wait, the
// longest lane gives way.
type queue struct {
	mu      sync.Mutex
	free    int
	most    int // that may wait
	waiting int
	lanes   []*lane // those in which somebody waits; the next turn first
}

type lane struct {
	from  string
	heads []*ticket // first come, first served
}

// ticket is one that waits.
type ticket struct {
	lane  *lane
	turns chan bool // true: here is a slot; false: give way
}

func newQueue(slots, most int) *queue { return &queue{free: slots, most: most} }

var errCrowded = problem.New(problem.Unavailable, "too many passwords are being checked").
	WithHint("try again in a moment")

// enter takes a slot, which leave gives back. The error is a
// [problem.Unavailable].
func (q *queue) enter(ctx context.Context, from string) error {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	t := q.line(from)
	if t == nil {
		return errCrowded
	}
	select {
	case served := <-t.turns:
		return q.served(served)
	case <-ctx.Done():
	}
	if q.quit(t) {
		return gaveUp(ctx)
	}
	if <-t.turns { // it came meanwhile
		q.leave()
	}
	return gaveUp(ctx)
}

func (q *queue) served(yes bool) error {
	if !yes {
		return errCrowded
	}
	return nil
}

// line returns a ticket, which may have its turn already, or nil if there is
// no room.
func (q *queue) line(from string) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &ticket{turns: make(chan bool, 1)}
	if q.free > 0 {
		q.free--
		t.turns <- true
		return t
	}
	own := q.lane(from)
	if q.waiting >= q.most && !q.makeRoom(own) {
		return nil
	}
	if own == nil {
		own = &lane{from: from}
		q.lanes = append(q.lanes, own)
	}
	t.lane = own
	own.heads = append(own.heads, t)
	q.waiting++
	return t
}

func (q *queue) lane(from string) *lane {
	if i := slices.IndexFunc(q.lanes, func(l *lane) bool { return l.from == from }); i >= 0 {
		return q.lanes[i]
	}
	return nil
}

// makeRoom turns away who came last in the longest lane, unless that is the
// newcomer's own.
func (q *queue) makeRoom(own *lane) bool {
	if len(q.lanes) == 0 {
		return false
	}
	longest := slices.MaxFunc(q.lanes, func(a, b *lane) int { return len(a.heads) - len(b.heads) })
	length := 1 // of the newcomer's lane, with the newcomer
	if own != nil {
		length += len(own.heads)
	}
	if length >= len(longest.heads) {
		return false
	}
	last := longest.heads[len(longest.heads)-1]
	q.remove(last)
	last.turns <- false
	return true
}

// remove takes a ticket out of its lane.
func (q *queue) remove(t *ticket) {
	i := slices.Index(t.lane.heads, t)
	t.lane.heads = slices.Delete(t.lane.heads, i, i+1)
	q.waiting--
	if len(t.lane.heads) == 0 {
		q.lanes = slices.DeleteFunc(q.lanes, func(l *lane) bool { return l == t.lane })
	}
}

// quit takes back a ticket; false: its turn has come already.
func (q *queue) quit(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.lane == nil || !slices.Contains(t.lane.heads, t) {
		return false
	}
	q.remove(t)
	return true
}

// leave passes a slot on to the next lane, whose turn then comes last.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lanes) == 0 {
		q.free++
		return
	}
	next := q.lanes[0]
	first := next.heads[0]
	q.remove(first)
	if len(next.heads) > 0 {
		q.lanes = append(q.lanes[1:], next)
	}
	first.turns <- true
}

// length is how many wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

func gaveUp(ctx context.Context) error {
	return problem.Wrap(problem.Unavailable, ctx.Err(), "checking the password took too long")
}
