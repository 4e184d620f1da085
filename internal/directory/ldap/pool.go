package ldap

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errBusy: all connections of a pool stayed in use for as long as an operation
// may take.
var errBusy = errors.New("all connections to the server are in use")

// errOut: the server was taken out of use while somebody waited for it.
var errOut = errors.New("the server is out of use")

// pool keeps connections to one server for one purpose.
type pool struct {
	slots chan struct{} // one for each connection in use
	limit Limits
	now   func() time.Time
	make  func(context.Context) (*conn, error)

	mu     sync.Mutex
	idle   []*conn // the last one used is at the end
	closed bool
}

func newPool(size int, limits Limits, now func() time.Time, connect func(context.Context) (*conn, error)) *pool {
	return &pool{slots: make(chan struct{}, size), limit: limits, now: now, make: connect}
}

// take returns a connection, an idle one if there is one and fresh is false.
// It must be given back. Waiting for one ends when out is closed.
func (p *pool) take(ctx context.Context, out <-chan struct{}, fresh bool) (*conn, error) {
	if err := p.wait(ctx, out); err != nil {
		return nil, err
	}
	if !fresh {
		if c := p.pop(); c != nil {
			return c, nil
		}
	}
	c, err := p.make(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) wait(ctx context.Context, out <-chan struct{}) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(p.limit.Operation)
	defer patience.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-out:
		return errOut
	case <-patience.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pop takes the idle connection that was used last, and closes those that
// nobody has used for too long.
func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropOld()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	c := p.idle[last]
	p.idle = p.idle[:last]
	return c
}

// dropOld closes what has been idle for too long; the oldest come first.
func (p *pool) dropOld() {
	old := 0
	for old < len(p.idle) && p.now().Sub(p.idle[old].freed) > p.limit.Idle {
		go p.idle[old].close()
		old++
	}
	p.idle = append(p.idle[:0], p.idle[old:]...)
}

// giveBack returns a connection, which is closed if it is broken.
func (p *pool) giveBack(c *conn) {
	p.mu.Lock()
	keep := !c.broken && !p.closed
	if keep {
		c.used, c.freed = true, p.now()
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
	<-p.slots
}

// drain closes the idle connections: the server has gone or came back another.
func (p *pool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		go c.close()
	}
	p.idle = nil
}

// tidy closes what nobody has used for too long.
func (p *pool) tidy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropOld()
}

// close makes the pool keep nothing any more.
func (p *pool) close() {
	p.drain()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}
