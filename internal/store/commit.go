package store

import (
	"context"
	"runtime"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/problem"
)

const (
	groupLimit  = 256  // changes in one transaction
	queueLength = 1024 // changes that wait; further callers wait to get in
)

var errClosed = problem.New(problem.Unavailable, "Muster is being stopped")

// Commit implements [authn.Store]. The context ends the wait, not the commit:
// a change that is on its way may still be written.
func (s *Store) Commit(ctx context.Context, c authn.Change) error {
	p, err := s.prepare(&c)
	if err != nil {
		return err
	}
	select {
	case s.queue <- p:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return trouble(ctx.Err())
	}
	select {
	case err := <-p.done:
		recycle(p)
		return err
	case <-ctx.Done():
		return trouble(ctx.Err())
	case <-s.ended:
	}
	select {
	case err := <-p.done:
		return err
	default:
		return errClosed // it came too late to be taken
	}
}

// commitAll is the one committer: it takes all that waits, and no timer. What
// arrives meanwhile makes the next group. Before it looks it lets everybody run
// who can: under load that makes a group a third larger, and with nobody else
// about it takes no time.
func (s *Store) commitAll() {
	defer close(s.ended)
	g := &group{changes: make([]*pendingChange, 0, groupLimit), waiting: s.queue}
	for {
		select {
		case p := <-s.queue:
			g.changes = append(g.changes[:0], p)
			letOthersRun()
		case <-s.closing:
			return
		}
		g.join()
		s.commitGroup(g)
		clear(g.changes)
	}
}

// letOthersRun yields twice: a request is read by one goroutine, and comes here
// by another.
func letOthersRun() {
	runtime.Gosched()
	runtime.Gosched()
}

// commitGroup commits a group and answers everyone in it. If it fails because
// of what one of them writes, each is tried alone, so that a bad one harms
// nobody else.
func (s *Store) commitGroup(g *group) {
	at := s.now()
	s.pace.signedIn(at)
	err := s.db.commitGroup(context.Background(), g)
	if err != nil && len(g.changes) > 1 && isOfOne(err) {
		for _, p := range g.changes {
			s.commitGroup(&group{changes: []*pendingChange{p}})
		}
		return
	}
	for _, p := range g.changes {
		s.settle(p, at, err)
	}
}

// settle brings the memory up to date and then answers.
func (s *Store) settle(p *pendingChange, at time.Time, err error) {
	switch {
	case err != nil:
		// It is not known whether the transaction was durable.
		if p.key != "" {
			s.memory.forget(p.key, edition{p.person.person, p.person.version + 1})
		}
		p.done <- trouble(err)
	case !p.won:
		if p.key != "" {
			s.memory.forget(p.key, edition{p.person.person, p.person.version + 1})
		}
		p.done <- authn.ErrConflict
	default:
		if p.key != "" {
			s.memory.commit(p.key, p.after, at, p.quiet)
			s.asked.update(p.key, p.asked, p.answered)
		}
		p.done <- nil
	}
}
