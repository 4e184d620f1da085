// Package radius is the RADIUS door: it receives requests of VPN gateways,
// firewalls and PAM modules, asks the engine, and turns the decision into
// Access-Accept, Access-Reject, Access-Challenge or silence.
//
// It decides nothing, and it must not know how people, factors or the store
// work. What it owns is the client's side of the protocol: which device is
// speaking, whether it knows the shared secret, whether this very request was
// here before, and what there is to tell an administrator about a device that
// gets no answer. The octets are wire's.
//
// A packet goes one way: a reader (receive.go) finds the client, checks the
// packet and looks for a duplicate; a worker (answer.go) asks the engine and
// replies. Everything that can be dropped is dropped by the reader, so that a
// flood costs no goroutine and no memory.
//
// Standards: RFC 2865, RFC 2869 section 5.14 and RFC 3579 section 3.2
// (Message-Authenticator), RFC 5080 section 2.2 (retransmissions), RFC 5997
// (Status-Server).
package radius

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/authn"
)

// Engine decides. Both methods block until the decision is durable; their
// error means that it could not be made, and the door stays silent.
type Engine interface {
	Begin(ctx context.Context, r authn.Request) (authn.Decision, error)
	Answer(ctx context.Context, r authn.Reply) (authn.Decision, error)
}

// Options are what a Door is made of. Engine, Now and Log must be set.
type Options struct {
	Engine Engine
	Now    func() time.Time
	Log    *slog.Logger

	// Brand is the company's name as prompts show it.
	Brand string
	// EnrollAddress is the short address as people type it:
	// "mfa.example.com/e".
	EnrollAddress string
	// Help says whom to ask, in words; it may be empty.
	Help string

	// MaxInFlight bounds the requests that wait for the engine; more are
	// dropped, and the devices send them again. No client may take more than
	// three quarters. 0: 4096.
	MaxInFlight int
	// MaxRemembered bounds the answers kept for retransmissions. 0: 65536.
	MaxRemembered int
	// Patience bounds one decision; after that the device has given up.
	// 0: 30 s.
	Patience time.Duration
}

// Door answers RADIUS requests. Make one with New, give it clients with
// SetClients, and Serve.
type Door struct {
	options    Options
	clients    atomic.Pointer[clientTable]
	texts      texts
	duplicates *duplicates
	strangers  strangers
	counters   counters
	inFlight   atomic.Int64
	working    sync.WaitGroup // the requests in flight
	workers    workers
	patience   patience
	requests   sync.Pool // of *request
}

// New returns a door without clients.
func New(o Options) *Door {
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 4096
	}
	if o.MaxRemembered == 0 {
		o.MaxRemembered = 65536
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	d := &Door{options: o, texts: newTexts(o.Brand, o.EnrollAddress, o.Help, o.Now)}
	d.duplicates = newDuplicates(o.MaxRemembered)
	d.patience.most = o.Patience
	d.counters.prepare()
	d.workers.idle = make(chan *request)
	d.requests.New = func() any { return new(request) }
	d.clients.Store(&clientTable{})
	return d
}

// Serve reads from the sockets until ctx is done. Then it reads no more,
// finishes and answers what is in flight, closes the sockets and returns nil.
// It returns the first error of a socket that can no longer be read, after the
// same clean end. It is called once.
func (d *Door) Serve(ctx context.Context, sockets ...Socket) error {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var readers sync.WaitGroup
	for _, s := range sockets {
		unregister := context.AfterFunc(reading, s.interrupt)
		defer unregister()
		for range readersPerSocket {
			readers.Go(func() {
				if err := d.read(reading, s); err != nil {
					stop(err)
				}
			})
		}
	}
	readers.Wait()
	d.working.Wait()
	d.workers.dismiss()
	for _, s := range sockets {
		_ = s.Close()
	}
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(reading)
}

// readersPerSocket is how many goroutines receive from one socket: while one
// checks a packet, another waits for the next.
const readersPerSocket = 2
