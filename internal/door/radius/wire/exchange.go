package wire

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// What [Exchange] ends with where no genuine reply came.
var (
	ErrNoReply = errors.New("radius: no reply")
	ErrForged  = errors.New("radius: replies came, but none was made with our shared secret")
)

// Retry says how long a client waits for a reply.
type Retry struct {
	Every time.Duration // between transmissions of the same datagram; 0: 3 s
	Tries int           // transmissions in all; 0: 3
	// RequireMessageAuthenticator refuses replies that bear none.
	RequireMessageAuthenticator bool
}

// Exchange sends request over conn, again and again unchanged as RFC 5080
// section 2.2.1 wants retransmissions, and returns the first genuine reply.
// Replies to other requests and forged ones are passed over.
//
// Errors: [ErrForged] if only replies came that [Key.VerifyReply] refuses (it
// wraps the last refusal), [ErrNoReply] if none came, ctx's error, or the
// connection's. A refused connection (ICMP port unreachable) counts as no
// reply, because the server may be starting.
func Exchange(ctx context.Context, conn net.Conn, key *Key, request Packet, retry Retry) (Packet, error) {
	every, tries := retry.Every, retry.Tries
	if every <= 0 {
		every = 3 * time.Second
	}
	if tries <= 0 {
		tries = 3
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()

	x := exchange{conn: conn, key: key, request: request, retry: retry, pause: every, failure: ErrNoReply}
	for range tries {
		_ = conn.SetReadDeadline(time.Now().Add(every)) //nolint:forbidigo // the operating system keeps its own clock
		if ctx.Err() != nil {
			return Packet{}, ctx.Err()
		}
		if _, err := conn.Write(request.Bytes()); err != nil && !isRefused(err) {
			return Packet{}, err
		}
		reply, err := x.listen(ctx)
		if !errors.Is(err, errTryAgain) {
			return reply, err
		}
	}
	return Packet{}, x.failure
}

// errTryAgain ends one round of listening.
var errTryAgain = errors.New("radius: send once more")

type exchange struct {
	conn    net.Conn
	key     *Key
	request Packet
	retry   Retry
	pause   time.Duration // before the next transmission
	failure error         // what to say if nothing better comes
}

// listen reads until a genuine reply or the connection's deadline.
func (x *exchange) listen(ctx context.Context) (Packet, error) {
	buffer := make([]byte, MaxPacket)
	for {
		n, err := x.conn.Read(buffer)
		switch {
		case ctx.Err() != nil:
			return Packet{}, ctx.Err()
		case isTimeout(err):
			return Packet{}, errTryAgain
		case isRefused(err):
			return Packet{}, x.wait(ctx)
		case err != nil:
			return Packet{}, err
		}
		if reply, genuine := x.judge(buffer[:n]); genuine {
			return reply, nil
		}
	}
}

func (x *exchange) judge(datagram []byte) (Packet, bool) {
	reply, err := Parse(datagram)
	if err == nil {
		err = x.key.VerifyReply(reply, x.request)
	}
	switch {
	case err == nil:
		return reply, true
	case errors.Is(err, ErrNoMessageAuthenticator) && !x.retry.RequireMessageAuthenticator:
		return reply, true
	case errors.Is(err, ErrIdentifier):
		return Packet{}, false // of an earlier request from this port
	}
	x.failure = errors.Join(ErrForged, err)
	return Packet{}, false
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// wait returns errTryAgain when it is time to, or ctx's error.
func (x *exchange) wait(ctx context.Context) error {
	timer := time.NewTimer(x.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return errTryAgain
	case <-ctx.Done():
		return ctx.Err()
	}
}
