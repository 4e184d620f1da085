// Package password owns local passwords: how their hashes are written down,
// and a checker that keeps the price of hashing from becoming everybody
// else's.
//
// A check takes 25 ms of a core and 19 MiB. So only as many run at once as
// there are cores, the rest wait in a bounded queue, and a server lets them
// run in a worker process of low priority: in our own process they would hold
// the scheduler's processors and the network would be looked at every 10 ms.
//
// It must not know whose a hash is, count failures, or decide who may try.
//
// Standards: argon2id (RFC 9106) in PHC strings; for import bcrypt and {SSHA}
// (RFC 2307).
package password

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync/atomic"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// MaxLength is the length of the longest password, in octets. Longer ones are
// refused without any work.
const MaxLength = 1024

// queuePerSlot is how many checks may wait for each that runs: what is queued
// last is answered in about 1.6 s, within the patience of RADIUS clients.
const queuePerSlot = 64

// Options are the bounds of a [Checker].
type Options struct {
	Slots int // checks at once; 0: GOMAXPROCS
	Queue int // checks that may wait; 0: 64 for each slot

	// Worker returns the command of a process that calls [ServeWorker] with
	// its standard input and output. It is started at the first check, with
	// low priority, and again if it ends. Nil: checks run in this process.
	Worker func() *exec.Cmd
}

// Checker hashes and verifies passwords. It is safe for use by many
// goroutines.
type Checker struct {
	work   worker
	queue  *queue
	kinds  kinds
	counts counts
}

// worker does jobs, several at once.
type worker interface {
	do(job) (verdict, error)
	close()
}

type counts struct{ hashes, imported, refused atomic.Int64 }

// Stats are for metrics and tests.
type Stats struct {
	Waiting  int64 // checks in the queue now
	Hashes   int64 // argon2id computations at our own price so far
	Imported int64 // comparisons at the price of imported hashes so far
	Refused  int64 // checks refused so far because the queue was full
}

// Result is the answer about a password. The zero value refuses.
type Result struct {
	OK bool

	// Replacement is set if the password is right and what is stored is of
	// another kind or price than ours: the caller should store it instead.
	Replacement secret.Text
}

// New returns a checker.
func New(o Options) *Checker {
	if o.Slots <= 0 {
		o.Slots = runtime.GOMAXPROCS(0)
	}
	if o.Queue <= 0 {
		o.Queue = queuePerSlot * o.Slots
	}
	c := &Checker{work: inProcess{}, queue: newQueue(o.Slots, o.Queue)}
	if o.Worker != nil {
		c.work = newProcess(o.Worker)
	}
	return c
}

// Close ends the worker process, if there is one. Checks under way fail.
func (c *Checker) Close() { c.work.close() }

// Stats returns the counts of now.
func (c *Checker) Stats() Stats {
	return Stats{
		Waiting:  int64(c.queue.length()),
		Hashes:   c.counts.hashes.Load(),
		Imported: c.counts.imported.Load(),
		Refused:  c.counts.refused.Load(),
	}
}

// Verify compares a password with a stored hash, which is empty for somebody
// who has none or does not exist. From names the door or client that asks: a
// flood at one does not keep the others waiting.
//
// Every call does the same work: one argon2id computation at our own price,
// and one comparison at the price of each kind of imported hash that anybody
// still has. The caller makes exactly one call for each sign-in, with what is
// stored or, for the unknown, the disabled and the locked, [Checker.Dummy]. An
// empty or overlong password is refused without work: that depends on what was
// typed only.
//
// The error is a [problem.Unavailable] if the queue is full, ctx ends first or
// the worker fails, a [problem.Internal] if the stored hash cannot be read.
func (c *Checker) Verify(ctx context.Context, from string, stored, password secret.Text) (Result, error) {
	if !acceptable(password) {
		return Result{}, nil
	}
	c.Expect(stored) // of a person that another process has imported
	j := job{Password: []byte(password.Reveal()), Stored: stored.Reveal(), Kinds: c.kinds.list()}
	v, err := c.run(ctx, from, j)
	if err != nil {
		return Result{}, err
	}
	if v.Unreadable {
		return Result{}, problem.New(problem.Internal, "a stored password hash cannot be read")
	}
	return Result{OK: v.OK, Replacement: secret.New(v.Fresh)}, nil
}

// Dummy does the work of [Checker.Verify] for nobody, so that a refusal tells
// nothing by its time. The errors are the same.
func (c *Checker) Dummy(ctx context.Context, from string, password secret.Text) error {
	_, err := c.Verify(ctx, from, secret.Text{}, password)
	return err
}

// Hash returns a fresh hash of a password, to be stored. An empty or overlong
// password is a [problem.Invalid]; the other errors are those of
// [Checker.Verify].
func (c *Checker) Hash(ctx context.Context, password secret.Text) (secret.Text, error) {
	if !acceptable(password) {
		return secret.Text{}, problem.New(problem.Invalid, "a password has 1 to %d octets", MaxLength)
	}
	v, err := c.run(ctx, making, job{Password: []byte(password.Reveal()), Make: true})
	return secret.New(v.Fresh), err
}

func acceptable(password secret.Text) bool {
	return !password.Empty() && len(password.Reveal()) <= MaxLength
}

// making is the lane of new hashes in the queue.
const making = "\x00new"

// run waits for a slot and has the job done. If ctx ends while the job runs
// the slot stays taken until it is done.
func (c *Checker) run(ctx context.Context, from string, j job) (verdict, error) {
	if err := c.queue.enter(ctx, from); err != nil {
		if errors.Is(err, errCrowded) {
			c.counts.refused.Add(1)
		}
		return verdict{}, err
	}
	type answer struct {
		verdict verdict
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		defer c.queue.leave()
		v, err := c.work.do(j)
		c.counts.hashes.Add(int64(v.Hashes))
		c.counts.imported.Add(int64(v.Imported))
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.verdict, a.err
	case <-ctx.Done():
		return verdict{}, gaveUp(ctx)
	}
}

// inProcess is the worker of a process that has nothing else to do.
type inProcess struct{}

func (inProcess) do(j job) (verdict, error) { return judge(j), nil }

func (inProcess) close() {}
