package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/leader"
	"example.com/muster/internal/notify"
)

// outbox keeps messages as notify.Outbox says; the suite of the store holds
// the real ones to the same.
type outbox struct {
	mu   sync.Mutex
	rows map[id.ID]*row
	away error // of a database that cannot be asked
	// calls counts claims, the idle ones too.
	calls int
}

type row struct {
	notify.Settlement

	kind  notify.Kind
	until time.Time
	to    *directory.Person
	due   time.Time
}

// newOutbox also moves the bubble's clock, which starts in 2000, to where
// identifiers have a time.
func newOutbox() *outbox {
	time.Sleep(time.Until(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)))
	return &outbox{rows: map[id.ID]*row{}}
}

func (o *outbox) add(to *directory.Person) id.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	message := id.At(time.Now()) + id.ID(len(o.rows)+1)
	o.rows[message] = &row{to: to, Settlement: notify.Settlement{ID: message, State: notify.Queued}}
	return message
}

func (o *outbox) Claim(_ context.Context, now, lapse time.Time, limit int) ([]notify.Claim, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if o.away != nil {
		return nil, o.away
	}
	var claims []notify.Claim
	for _, message := range slices.Sorted(maps.Keys(o.rows)) {
		r := o.rows[message]
		if r.State == notify.Queued && !r.due.After(now) && len(claims) < limit {
			r.Attempt++
			r.due = lapse
			claims = append(claims, notify.Claim{Message: notify.Message{ID: message, Kind: r.kind, Data: untilData(r.until)}, To: r.to, Attempt: r.Attempt})
		}
	}
	return claims, nil
}

func (o *outbox) Postpone(_ context.Context, now, until time.Time, limit int) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		over := !r.until.IsZero() && !r.until.After(until)
		if r.State == notify.Queued && !r.due.After(now) && r.kind.Patient() && !over && n < limit {
			r.due = until
			n++
		}
	}
	return n, o.away
}

func (o *outbox) Settle(_ context.Context, s notify.Settlement) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away != nil {
		return o.away
	}
	r := o.rows[s.ID]
	if r.State != notify.Queued || r.Attempt != s.Attempt {
		return notify.ErrClaimLost
	}
	r.Settlement, r.due = s, s.At
	return nil
}

// outage lets the database be away for a while.
func (o *outbox) outage(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.away = errors.New("no database")
	time.AfterFunc(d, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.away = nil
	})
}

func (o *outbox) row(message id.ID) row {
	o.mu.Lock()
	defer o.mu.Unlock()
	return *o.rows[message]
}

func untilData(until time.Time) map[string]string {
	if until.IsZero() {
		return nil
	}
	return map[string]string{"until": until.Format(time.RFC3339)}
}

// words says nothing but the message's ID.
type words struct{ err error }

func (w words) Render(_ context.Context, m notify.Message, to *directory.Person, _ time.Time) (notify.Envelope, error) {
	return notify.Envelope{ID: m.ID, To: notify.Address{Mail: to.Email}}, w.err
}

// post is a transport that counts what arrives.
type post struct {
	mu      sync.Mutex
	arrived map[id.ID]int
	send    func(ctx context.Context) error // nil: at once
	busy    int
	busiest int
}

func (p *post) Send(ctx context.Context, e notify.Envelope) error {
	p.mu.Lock()
	p.busy++
	p.busiest = max(p.busiest, p.busy)
	p.mu.Unlock()
	var err error
	if p.send != nil {
		err = p.send(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if err == nil {
		if p.arrived == nil {
			p.arrived = map[id.ID]int{}
		}
		p.arrived[e.ID]++
	}
	return err
}

var alice = &directory.Person{ID: 1, Username: "alice", Email: "alice@example.com"}

func mailer(o *outbox, p *post) *jobs.Mailer {
	return &jobs.Mailer{Outbox: o, Words: words{}, Transport: p, Bell: jobs.NewBell(), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// runs starts a job in the bubble until the test ends, and waits for its end.
func runs(t *testing.T, run func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestTheBellSavesTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		m := mailer(o, p)
		defer runs(t, m.Run)()
		here := o.add(alice)
		m.Bell.Ring()
		m.Bell.Ring() // never waits, though nobody may have heard the first
		synctest.Wait()
		if o.row(here).State != notify.Sent {
			t.Error("not sent when the bell rang")
		}
		elsewhere := o.add(alice)
		pass(time.Second)
		if r := o.row(elsewhere); r.State != notify.Sent || r.Address != "alice@example.com" || r.Problem != "" || r.At.IsZero() {
			t.Errorf("not sent after a second: %+v", r)
		}
	})
}

func TestBatchesFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		for range 100 {
			o.add(alice)
		}
		defer runs(t, mailer(o, p).Run)()
		if len(p.arrived) != 100 || p.busiest > 4 {
			t.Errorf("%d arrived at once, %d at the same time", len(p.arrived), p.busiest)
		}
	})
}

func TestWhatBecomesOfAMessage(t *testing.T) {
	for name, tc := range map[string]struct {
		to      *directory.Person
		words   words
		send    error
		state   notify.State
		problem string
	}{
		"sent":            {to: alice, state: notify.Sent},
		"gone":            {state: notify.NoAddress, problem: "gone"},
		"no address":      {to: &directory.Person{ID: 2}, state: notify.NoAddress, problem: "no mail address"},
		"no words":        {to: alice, words: words{notify.Permanent(errors.New("no words"))}, state: notify.Failed, problem: "no words"},
		"refused":         {to: alice, send: notify.Permanent(errors.New("550")), state: notify.Failed, problem: "550"},
		"bounced":         {to: alice, send: notify.BadAddress(errors.New("550 5.1.1")), state: notify.Bounced, problem: "5.1.1"},
		"refused for now": {to: alice, send: errors.New("451"), state: notify.Queued, problem: "451"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOutbox()
				m := mailer(o, &post{send: func(context.Context) error { return tc.send }})
				m.Words = tc.words
				message := o.add(tc.to)
				defer runs(t, m.Run)()
				if r := o.row(message); r.State != tc.state || !strings.Contains(r.Problem, tc.problem) || (r.Problem == "") != (tc.problem == "") {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

// TestBackOff: an outage of some hours costs tries further and further apart,
// and after a day the message is given up.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		var tries []time.Duration
		began := time.Now()
		m := mailer(o, &post{send: func(context.Context) error {
			tries = append(tries, time.Since(began).Round(time.Second))
			return errors.New("away")
		}})
		message := o.add(alice)
		stop := runs(t, m.Run)
		pass(6 * 24 * time.Hour)
		stop()
		want := []time.Duration{0, 30 * time.Second, 90 * time.Second, 210 * time.Second, 450 * time.Second, 930 * time.Second}
		for i, at := range want {
			if d := tries[i] - at; d < 0 || d > 10*time.Second {
				t.Errorf("try %d after %v, want %v", i+1, tries[i], at)
			}
		}
		for i := len(want) + 3; i < len(tries); i++ {
			if gap := tries[i] - tries[i-1]; gap < time.Hour || gap > time.Hour+time.Minute {
				t.Errorf("try %d after %v more", i+1, gap)
			}
		}
		if r := o.row(message); r.State != notify.Failed || len(tries) > 130 || tries[len(tries)-1] > 5*24*time.Hour {
			t.Errorf("%+v after %d tries", r, len(tries))
		}
	})
}

// TestAnotherTakesOver: a process that dies with a claim holds its messages
// up for the lease, and no longer.
func TestAnotherTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		message := o.add(alice)
		const lease = 2 * time.Minute
		if claims, _ := o.Claim(t.Context(), time.Now(), time.Now().Add(lease), 1); len(claims) != 1 {
			t.Fatal("nothing to claim")
		}
		defer runs(t, mailer(o, p).Run)()
		pass(lease - time.Second)
		if len(p.arrived) != 0 {
			t.Error("sent while another held the claim")
		}
		pass(2 * time.Second)
		if r := o.row(message); r.State != notify.Sent || r.Attempt != 2 || p.arrived[message] != 1 {
			t.Errorf("%+v, arrived %d times", r, p.arrived[message])
		}
	})
}

// TestNeverTwice: several mailers, a transport that is slow, hangs or fails
// now and then, and yet each message arrives once.
func TestNeverTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		n := 0
		var mu sync.Mutex
		p := &post{send: func(ctx context.Context) error {
			mu.Lock()
			n++
			turn := n
			mu.Unlock()
			switch {
			case turn%11 == 0:
				<-ctx.Done() // hangs
				return ctx.Err()
			case turn%5 == 0:
				return errors.New("451")
			}
			time.Sleep(time.Duration(turn%19) * time.Second)
			return ctx.Err()
		}}
		for range 3 {
			runs(t, mailer(o, p).Run)
		}
		for range 200 {
			o.add(alice)
			time.Sleep(700 * time.Millisecond)
		}
		pass(3 * time.Hour)
		for message := range o.rows {
			if r := o.row(message); r.State != notify.Sent || p.arrived[message] != 1 {
				t.Errorf("%+v, arrived %d times", r, p.arrived[message])
			}
		}
	})
}

// TestEndsSoon: the end of the process breaks off what is under way, and the
// next one need not wait for the claim to lapse.
func TestEndsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		for range 10 {
			o.add(alice)
		}
		stop := runs(t, mailer(o, &post{send: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}).Run)
		pass(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 0 {
			t.Errorf("the end took %v", took)
		}
		p := &post{}
		defer runs(t, mailer(o, p).Run)()
		if len(p.arrived) != 10 {
			t.Errorf("%d of 10 arrived", len(p.arrived))
		}
	})
}

// TestSentAtTheEndIsNoted: what was handed over while the process was told to
// end is written down, or it would be sent again.
func TestSentAtTheEndIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		message := o.add(alice)
		stop := runs(t, mailer(o, &post{send: func(ctx context.Context) error {
			<-ctx.Done()
			return nil // it was too late to break it off
		}}).Run)
		stop()
		if r := o.row(message); r.State != notify.Sent {
			t.Errorf("%+v", r)
		}
	})
}

// TestSentWhileTheDatabaseIsAway: what was handed over while the database does
// not answer is noted once it does, and sent again only where the claim has
// lapsed by then; a process that ends waits for neither.
func TestSentWhileTheDatabaseIsAway(t *testing.T) {
	for _, c := range []struct {
		name          string
		outage, stop  time.Duration // stop: when the process ends; 0: not at all
		arrived, took int           // how often; took: attempts
	}{
		{"a minute", time.Minute, 0, 1, 1},
		{"longer than the claim", 10 * time.Minute, 0, 2, 2},
		{"the process ends amid", time.Minute, 10 * time.Second, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(), &post{}
				message := o.add(alice)
				sent := 0
				p.send = func(context.Context) error {
					if sent++; sent == 1 {
						o.outage(c.outage)
					}
					return nil
				}
				stop := runs(t, mailer(o, p).Run)
				if c.stop > 0 {
					pass(c.stop)
					began := time.Now()
					stop()
					if took := time.Since(began); took > 0 {
						t.Errorf("the end took %v", took)
					}
					defer runs(t, mailer(o, p).Run)()
				}
				pass(c.outage + 3*time.Minute)
				if r := o.row(message); r.State != notify.Sent || r.Attempt != c.took || p.arrived[message] != c.arrived {
					t.Errorf("%+v, arrived %d times", r, p.arrived[message])
				}
			})
		})
	}
}

// TestAnOutageIsToldOnce: and the mailer goes on by itself afterwards.
func TestAnOutageIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		o.away = errors.New("no database")
		var log strings.Builder
		m := mailer(o, p)
		m.Log = slog.New(slog.NewTextHandler(&log, nil))
		defer runs(t, m.Run)()
		pass(10 * time.Minute)
		if n := strings.Count(log.String(), "cannot do its work"); n != 1 {
			t.Errorf("told %d times", n)
		}
		pass(51 * time.Minute)
		if n := strings.Count(log.String(), "cannot do its work"); n != 2 {
			t.Errorf("told %d times within an hour", n)
		}
		o.mu.Lock()
		o.away = nil
		o.mu.Unlock()
		message := o.add(alice)
		pass(time.Second)
		if o.row(message).State != notify.Sent || !strings.Contains(log.String(), "works again") {
			t.Error(log.String())
		}
	})
}

// TestNoSecretInTheLog: the log names the message and its kind.
func TestNoSecretInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		o.add(alice)
		var log strings.Builder
		m := mailer(o, &post{send: func(context.Context) error { return notify.Permanent(errors.New("550")) }})
		m.Log = slog.New(slog.NewTextHandler(&log, nil))
		defer runs(t, m.Run)()
		if s := log.String(); !strings.Contains(s, "given up") || strings.Contains(s, "alice") || strings.Contains(s, fmt.Sprint(notify.Message{})) {
			t.Error(s)
		}
	})
}

// TestWhatMayWaitWaits: nobody gets a reminder at night, unless it would be
// over by the morning; what is urgent goes out at once.
func TestWhatMayWaitWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		m := mailer(o, p)
		m.Hours = notify.Hours{Zone: time.UTC, QuietFrom: 20 * time.Hour, QuietUntil: 7 * time.Hour}
		evening := time.Until(time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC))
		defer runs(t, m.Run)()
		pass(evening)
		at := func(kind notify.Kind, until time.Duration) id.ID {
			message := o.add(alice)
			o.mu.Lock()
			defer o.mu.Unlock()
			o.rows[message].kind = kind
			if until != 0 {
				o.rows[message].until = time.Now().Add(until)
			}
			return message
		}
		patient, urgent := at(notify.PeriodStarted, 240*time.Hour), at(notify.FactorAdded, 24*time.Hour)
		soonOver := at(notify.PeriodReminder, 8*time.Hour)
		pass(2 * time.Second)
		if o.row(patient).State != notify.Queued || o.row(urgent).State != notify.Sent || o.row(soonOver).State != notify.Sent {
			t.Errorf("at night: %+v, %+v, %+v", o.row(patient), o.row(urgent), o.row(soonOver))
		}
		pass(9*time.Hour - 3*time.Second)
		if o.row(patient).State != notify.Queued {
			t.Error("sent before the morning")
		}
		pass(2 * time.Second)
		if r := o.row(patient); r.State != notify.Sent || r.Attempt != 1 {
			t.Errorf("in the morning: %+v", r)
		}
	})
}

// TestTheServerIsAwayForTwoDays: everything arrives once it is back, once.
func TestTheServerIsAwayForTwoDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		back := time.Now().Add(48 * time.Hour)
		p.send = func(context.Context) error {
			if time.Now().Before(back) {
				return errors.New("connection refused")
			}
			return nil
		}
		for range 2 {
			runs(t, mailer(o, p).Run)
		}
		var messages []id.ID
		for range 48 {
			messages = append(messages, o.add(alice))
			pass(time.Hour)
		}
		pass(time.Hour + time.Minute)
		for _, message := range messages {
			if r := o.row(message); r.State != notify.Sent || p.arrived[message] != 1 {
				t.Errorf("%+v, arrived %d times", r, p.arrived[message])
			}
		}
	})
}

// noted keeps the last run.
type noted struct {
	mu   sync.Mutex
	last leader.Run
	n    int
}

func (n *noted) NoteRun(_ context.Context, r leader.Run) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last, n.n = r, n.n+1
	return nil
}

// TestHowSendingGoesIsNoted once a minute, with why the last mail is stuck.
func TestHowSendingGoesIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p, list := newOutbox(), &post{}, &noted{}
		var away atomic.Bool
		away.Store(true)
		p.send = func(context.Context) error {
			if away.Load() {
				return errors.New("connection refused")
			}
			return nil
		}
		m := mailer(o, p)
		m.Runs, m.Node = list, "here"
		o.add(alice)
		defer runs(t, m.Run)()
		pass(time.Minute + time.Second)
		if r := list.last; r.Job != jobs.SendMail || r.Node != "here" || r.Problem != "connection refused" || list.n != 2 {
			t.Errorf("%+v, %d runs", r, list.n)
		}
		away.Store(false)
		pass(3 * time.Minute)
		if r := list.last; r.Problem != "" || r.NextAt.Before(r.EndedAt) {
			t.Errorf("%+v", r)
		}
	})
}

// TestOnePersonsMailsLeaveInTheirOrder, also where the first takes long.
func TestOnePersonsMailsLeaveInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(), &post{}
		var mu sync.Mutex
		var busy bool
		p.send = func(context.Context) error {
			mu.Lock()
			if busy {
				t.Error("two at once to one person")
			}
			busy = true
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			busy = false
			mu.Unlock()
			return nil
		}
		for range 4 {
			o.add(alice)
		}
		defer runs(t, mailer(o, p).Run)()
		pass(10 * time.Second)
		if len(p.arrived) != 4 {
			t.Errorf("%d arrived", len(p.arrived))
		}
	})
}
