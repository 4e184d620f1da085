package authn

import (
	"context"
	"hash/maphash"
	"sync"
)

// turnstile lets the attempts on one person through one at a time, in the
// order of arrival, so that of many parallel guesses each is judged by what
// the ones before it left. Other nodes are kept apart by the compare-and-set.
type turnstile struct {
	seed   maphash.Seed
	queues [1 << 12]queue // people share queues; that costs waiting, never correctness
}

type queue struct {
	mu      sync.Mutex
	taken   bool
	waiting []chan struct{}
}

func newTurnstile() *turnstile { return &turnstile{seed: maphash.MakeSeed()} }

// enter waits for the turn of an attempt on key. The caller must call leave
// afterwards. It returns ctx's error if that ends first.
func (t *turnstile) enter(ctx context.Context, key string) (leave func(), err error) {
	return t.queues[maphash.String(t.seed, key)%uint64(len(t.queues))].enter(ctx)
}

// lanes lets attempts through one at a time for each key, and nobody waits for
// somebody else's: for what may take as long as a directory that hangs.
type lanes struct {
	mu   sync.Mutex
	keys map[string]*lane
}

type lane struct {
	queue
	users int
}

func (l *lanes) enter(ctx context.Context, key string) (leave func(), err error) {
	l.mu.Lock()
	if l.keys == nil {
		l.keys = map[string]*lane{}
	}
	one := l.keys[key]
	if one == nil {
		one = &lane{}
		l.keys[key] = one
	}
	one.users++
	l.mu.Unlock()
	done := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(l.keys, key)
		}
	}
	next, err := one.enter(ctx)
	if err != nil {
		done()
		return nil, err
	}
	return func() { next(); done() }, nil
}

func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	q.mu.Lock()
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return q.leave, nil
	}
	turn := make(chan struct{})
	q.waiting = append(q.waiting, turn)
	q.mu.Unlock()

	select {
	case <-turn:
		return q.leave, nil
	case <-ctx.Done():
		q.giveUp(turn)
		return nil, ctx.Err()
	}
}

// giveUp takes turn out of the queue, or passes it on if it came meanwhile.
func (q *queue) giveUp(turn chan struct{}) {
	q.mu.Lock()
	for i, w := range q.waiting {
		if w == turn {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.mu.Unlock()
			return
		}
	}
	q.mu.Unlock()
	q.leave()
}

func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.taken = false
		return
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	close(next)
}
