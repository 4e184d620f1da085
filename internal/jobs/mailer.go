// Package jobs owns the work that no request waits for: sending mail, clearing
// away what is over, watching the clock, and counting imported hashes.
//
// What is done once in a cluster is a [Job], which the leader runs; see
// [Elector]. Mail goes out from every node at once, and each node watches its
// own clock: a message is claimed in the database. No rule about who gets in depends on a job having run: a
// question expires by its instant, not because somebody has removed it. Each
// Run ends soon after its context does. The package must not know which
// database there is, nor how mail travels.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/leader"
	"example.com/muster/internal/notify"
)

// How messages are sent.
const (
	mailPoll    = time.Second      // how soon a message queued elsewhere, or one that is due again, is seen
	mailBatch   = 16               // claimed at once
	mailWorkers = 4                // sending at once
	sendTimeout = 20 * time.Second // for one message
	// mailLease covers a whole batch that times out message by message, and
	// some. A dead process's messages wait for as long.
	mailLease = mailBatch/mailWorkers*sendTimeout + 40*time.Second
	// noteTimeout is how long what became of a message may take to write,
	// also when the process is ending.
	noteTimeout = 5 * time.Second
	noteAgain   = time.Second // until it is tried again, while the database does not answer

	firstRetry  = 30 * time.Second   // then twice as long each time, …
	longestWait = time.Hour          // … up to this
	giveUpAfter = 5 * 24 * time.Hour // since the message was queued (RFC 5321 section 4.5.4.1)

	postponeAtOnce = 500 // messages in one transaction

	mailNoted = time.Minute // how often it is noted how sending goes
)

// SendMail is what the sending of mail is called among the jobs.
const SendMail = "send-mail"

// Bell wakes the mailer up when something was queued on this node. The zero
// value is silent; make one with NewBell. It is safe for concurrent use.
type Bell struct{ c chan struct{} }

// NewBell returns a bell.
func NewBell() *Bell { return &Bell{c: make(chan struct{}, 1)} }

// Ring wakes up whoever listens. It never waits.
func (b *Bell) Ring() {
	select {
	case b.c <- struct{}{}:
	default: // somebody has rung already
	}
}

// RingIn rings after a while; at once if that is over.
func (b *Bell) RingIn(d time.Duration) {
	if d <= 0 {
		b.Ring()
		return
	}
	time.AfterFunc(d, b.Ring)
}

// Words gives a message its words; *notify.Renderer is one.
type Words interface {
	Render(ctx context.Context, m notify.Message, to *directory.Person, now time.Time) (notify.Envelope, error)
}

// MailerRuns keeps how sending goes, for people to see.
type MailerRuns interface {
	NoteRun(ctx context.Context, r leader.Run) error
}

// Mailer sends what waits in the outbox. All fields but Hours, Runs and Node
// are required.
type Mailer struct {
	Outbox    notify.Outbox
	Words     Words
	Transport notify.Transport
	Bell      *Bell
	Hours     notify.Hours // for what may wait; the zero value: always
	Now       func() time.Time
	Log       *slog.Logger
	Runs      MailerRuns // nil: nothing is noted
	Node      string     // how this process is called there

	stuck atomic.Pointer[string] // why the last mail could not be sent; nil: it was
}

// Run sends messages until ctx ends.
//
// A message is sent by one process at a time: by whoever holds the claim, and
// not after the claim has lapsed. If a process dies between handing a message
// over and noting it, the message is handed over again under the same ID, and
// the transport keeps it from arriving twice.
func (m *Mailer) Run(ctx context.Context) {
	poll := time.NewTicker(mailPoll)
	defer poll.Stop()
	trouble := trouble{job: "send mail", log: m.Log}
	var noted time.Time
	for ctx.Err() == nil {
		began := m.Now()
		n, err := m.sendDue(ctx)
		trouble.note(ctx, err)
		if age := began.Sub(noted); noted.IsZero() || age < 0 || age >= mailNoted {
			noted = began
			m.note(ctx, began, err)
		}
		if n == mailBatch {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-m.Bell.c:
		case <-poll.C:
		}
	}
}

// note writes down how sending goes: of this round, and of the last mail.
func (m *Mailer) note(ctx context.Context, began time.Time, err error) {
	if m.Runs == nil || ctx.Err() != nil {
		return
	}
	now := m.Now()
	r := leader.Run{Job: SendMail, Node: m.Node, StartedAt: began, EndedAt: now, NextAt: now.Add(mailPoll)}
	if stuck := m.stuck.Load(); err != nil {
		r.Problem = err.Error()
	} else if stuck != nil {
		r.Problem = *stuck
	}
	noting, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	if err := m.Runs.NoteRun(noting, r); err != nil && ctx.Err() == nil {
		m.Log.Warn("how sending goes cannot be noted", "error", err)
	}
}

// SendDue sends what is due now, until nothing is.
func (m *Mailer) SendDue(ctx context.Context) error {
	for {
		if n, err := m.sendDue(ctx); n == 0 || err != nil {
			return err
		}
	}
}

// sendDue claims and sends one batch. It returns how many were claimed.
func (m *Mailer) sendDue(ctx context.Context) (int, error) {
	now := m.Now()
	if err := m.postpone(ctx, now); err != nil {
		return 0, err
	}
	lapse := now.Add(mailLease)
	claims, err := m.Outbox.Claim(ctx, now, lapse, mailBatch)
	if err != nil {
		return 0, err
	}
	var workers sync.WaitGroup
	next := make(chan []notify.Claim)
	for range min(mailWorkers, len(claims)) {
		workers.Go(func() {
			for list := range next {
				for _, c := range list {
					m.send(ctx, c, lapse)
				}
			}
		})
	}
	for _, list := range byPerson(claims) {
		next <- list
	}
	close(next)
	workers.Wait()
	return len(claims), nil
}

// byPerson puts those to the same person together, in their order: people hear
// of things as those came about.
func byPerson(claims []notify.Claim) [][]notify.Claim {
	var lists [][]notify.Claim
	at := map[id.ID]int{}
	for _, c := range claims {
		i, known := at[c.Message.Person]
		if !known {
			i = len(lists)
			at[c.Message.Person] = i
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], c)
	}
	return lists
}

// postpone puts off what may wait until people are at work.
func (m *Mailer) postpone(ctx context.Context, now time.Time) error {
	until := m.Hours.Next(now)
	for until.After(now) {
		n, err := m.Outbox.Postpone(ctx, now, until, postponeAtOnce)
		if n < postponeAtOnce || err != nil {
			return err
		}
	}
	return nil
}

// mustWait returns until when a message has to wait, the zero time if it need
// not.
func (m *Mailer) mustWait(c notify.Message, now time.Time) time.Time {
	until := m.Hours.Next(now)
	if !c.Kind.Patient() || !until.After(now) || !c.Until().IsZero() && !c.Until().After(until) {
		return time.Time{}
	}
	return until
}

// send sends one claimed message and notes what became of it.
func (m *Mailer) send(ctx context.Context, c notify.Claim, lapse time.Time) {
	if m.Now().Add(sendTimeout).After(lapse) {
		return // it took too long to get here: somebody may have claimed it again
	}
	s := m.deliver(ctx, c)
	if ctx.Err() != nil && s.State == notify.Queued {
		s.Problem, s.At = "", m.Now() // broken off by our own end: the next process need not wait
	}
	switch {
	case s.State == notify.Sent:
		m.stuck.Store(nil)
	case s.Problem != "" && (s.State == notify.Queued || s.State == notify.Failed):
		m.stuck.Store(&s.Problem)
	}
	switch err := m.settle(ctx, s, lapse); {
	case errors.Is(err, notify.ErrClaimLost):
		m.Log.Warn("somebody else has taken over a mail", "message", c.Message.ID, "attempt", c.Attempt)
	case err != nil:
		m.Log.Error("what became of a mail cannot be noted", "message", c.Message.ID, "error", err)
	case s.State == notify.Failed, s.State == notify.Bounced:
		m.Log.Error("a mail was given up", "message", c.Message.ID, "kind", c.Message.Kind, "problem", s.Problem)
	case s.State == notify.Queued && s.Problem != "":
		m.Log.Warn("a mail could not be sent yet", "message", c.Message.ID, "kind", c.Message.Kind, "attempt", c.Attempt, "problem", s.Problem)
	}
}

// settle notes what became of a message, also while the process is ending. While
// the database does not answer it tries again until the claim lapses: what was
// sent and is not noted would be sent again.
func (m *Mailer) settle(ctx context.Context, s notify.Settlement, lapse time.Time) error {
	for {
		last := ctx.Err() != nil
		noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
		err := m.Outbox.Settle(noting, s)
		cancel()
		if err == nil || errors.Is(err, notify.ErrClaimLost) || last || !m.Now().Add(noteAgain).Before(lapse) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(noteAgain):
		}
	}
}

// deliver hands a message over and says what became of it.
func (m *Mailer) deliver(ctx context.Context, c notify.Claim) notify.Settlement {
	s := notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt}
	switch {
	case c.To == nil:
		s.State, s.Problem = notify.NoAddress, notify.ProblemGone
		return s
	case c.To.Email == "":
		s.State, s.Problem = notify.NoAddress, notify.ProblemNoAddress
		return s
	}
	s.Address = c.To.Email
	if until := m.mustWait(c.Message, m.Now()); !until.IsZero() { // queued after the others were put off
		s.State, s.At = notify.Queued, until
		return s
	}
	e, err := m.Words.Render(ctx, c.Message, c.To, m.Now())
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		sending, cancel := context.WithTimeout(ctx, sendTimeout)
		err = m.Transport.Send(sending, e)
		cancel()
	}
	now := m.Now()
	if err == nil {
		s.State, s.At = notify.Sent, now
		return s
	}
	s.Problem = err.Error()
	if notify.IsBadAddress(err) {
		s.State = notify.Bounced
		return s
	}
	again, worthIt := TryAgain(c, now)
	if notify.IsPermanent(err) || !worthIt {
		s.State = notify.Failed
		return s
	}
	s.State, s.At, s.Unsure = notify.Queued, again, notify.IsUnsure(err)
	return s
}

// TryAgain says when to send a mail again that could not be sent at now. It is
// not worth it if ok is false: the mail is too old.
func TryAgain(c notify.Claim, now time.Time) (at time.Time, ok bool) {
	at = now.Add(retryAfter(c.Attempt))
	return at, at.Sub(c.Message.ID.Time()) < giveUpAfter
}

// retryAfter is how long to wait after so many attempts.
func retryAfter(attempts int) time.Duration {
	wait := firstRetry
	for range attempts - 1 {
		if wait *= 2; wait >= longestWait {
			return longestWait
		}
	}
	return wait
}
