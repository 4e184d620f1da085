package radius

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/policy"
)

// read receives and handles datagrams until ctx is done. It returns an error
// if the socket is closed under it.
func (d *Door) read(ctx context.Context, s Socket) error {
	buffer := make([]byte, wire.MaxPacket) // what is longer is cut, for it can only be padding
	for ctx.Err() == nil {
		n, from, err := s.receive(buffer)
		switch {
		case err == nil:
			d.receive(s, from, buffer[:n])
		case errors.Is(err, net.ErrClosed):
			return err
		case ctx.Err() == nil:
			d.options.Log.Error("radius: cannot receive", "listen", s.Addr(), "error", err)
			pause(ctx, 100*time.Millisecond)
		}
	}
	return nil
}

// pause waits for d, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// receive handles one datagram: it is dropped, answered here, or given to a
// worker. The datagram's memory is not kept.
func (d *Door) receive(s Socket, from route, datagram []byte) {
	d.counters.received.Add(1)
	now := d.options.Now()
	c := d.clients.Load().find(from.peer.Addr())
	if c == nil {
		d.counters.strangers.Add(1)
		if d.strangers.saw(from.peer.Addr(), now) {
			d.options.Log.Warn("radius: packet from an unknown address dropped; add a client for it if it is yours", "from", from.peer)
		}
		return
	}
	defer func() {
		if fault := recover(); fault != nil {
			d.crashed(c, from, fault)
		}
	}()
	c.journal.saw(now, from.peer.Addr())
	packet, err := wire.Parse(datagram)
	if err != nil {
		d.fail(c, from.peer, Malformed, err)
		return
	}
	if trouble := c.refuses(packet); trouble != NoTrouble {
		d.fail(c, from.peer, trouble, nil)
		return
	}
	if packet.Code() == wire.StatusServer {
		d.answerStatus(c, s, from, packet)
		return
	}
	d.admit(c, s, from, packet, now)
}

// refuses says why a packet is to be dropped without an answer: its kind, or
// that it does not come from somebody who knows the shared secret.
func (c *client) refuses(packet wire.Packet) Trouble {
	switch packet.Code() {
	case wire.AccessRequest, wire.StatusServer:
	case wire.AccountingRequest:
		return SentAccounting
	default:
		return UnexpectedCode
	}
	err := c.key.VerifyRequest(packet)
	switch {
	case err == nil && !leavesRoom(packet):
		return Malformed
	case err == nil:
		return NoTrouble
	case !errors.Is(err, wire.ErrNoMessageAuthenticator):
		return WrongSecret
	case !c.mayOmitMessageAuthenticator(packet):
		return NoMessageAuthenticator
	case !leavesRoom(packet):
		return Malformed
	default:
		return NoTrouble
	}
}

// mayOmitMessageAuthenticator reports whether the client's setting counts for
// the packet: RFC 5997 section 3 and RFC 3579 section 3.2 demand the attribute
// of Status-Server and EAP whatever is set.
func (c *client) mayOmitMessageAuthenticator(packet wire.Packet) bool {
	return c.MessageAuthenticator == policy.AcceptWithout &&
		packet.Code() == wire.AccessRequest && !packet.Has(wire.EAPMessage)
}

// ownOctets is the most that a reply holds besides Proxy-State.
const ownOctets = 400

// leavesRoom reports whether the request's Proxy-State, which a reply has to
// repeat, leaves room for the rest of it.
func leavesRoom(packet wire.Packet) bool {
	if len(packet.Bytes()) <= wire.MaxPacket-ownOctets {
		return true
	}
	repeated := 0
	for value := range packet.Values(wire.ProxyState) {
		repeated += 2 + len(value)
	}
	return repeated <= wire.MaxPacket-ownOctets
}

// admit starts the work on a request, unless it is a retransmission or there
// is no room.
func (d *Door) admit(c *client, s Socket, from route, packet wire.Packet, now time.Time) {
	fingerprint := packet.Fingerprint(c.Name, from.peer)
	once := audit.Once(fingerprint[:len(audit.Once{})])
	r := d.requests.Get().(*request) //nolint:forcetypeassert // the pool holds nothing else
	r.exchange = exchange{slotOf(from.peer, packet.Identifier()), once}
	verdict, reply := d.duplicates.begin(&r.exchange, now, r.reply[:0])
	if verdict != fresh {
		if verdict == answered {
			d.counters.resent.Add(1)
			d.send(c, s, from, reply)
		} else {
			d.counters.absorbed.Add(1)
		}
		r.reply = reply
		d.requests.Put(r)
		return
	}
	if !d.takePlace(c) {
		d.duplicates.abandon(&r.exchange)
		d.requests.Put(r)
		d.fail(c, from.peer, Overloaded, nil)
		return
	}
	r.client, r.socket, r.from, r.decided = c, s, from, false
	r.keep(packet)
	d.working.Add(1)
	d.workers.give(r, d.work)
}

// takePlace counts a request in, if there is room.
func (d *Door) takePlace(c *client) bool {
	all, own := d.inFlight.Add(1), c.journal.inFlight.Add(1)
	if all > int64(d.options.MaxInFlight) || own > int64(d.options.MaxInFlight-d.options.MaxInFlight/4) {
		d.leavePlace(c)
		return false
	}
	return true
}

func (d *Door) leavePlace(c *client) {
	d.inFlight.Add(-1)
	c.journal.inFlight.Add(-1)
}

// answerStatus answers Status-Server: we are alive (RFC 5997 section 4.1).
func (d *Door) answerStatus(c *client, s Socket, from route, packet wire.Packet) {
	b := wire.BeginReply(nil, wire.AccessAccept, packet)
	b.CopyProxyState(packet)
	reply, err := b.Seal(c.key)
	if err != nil {
		d.fail(c, from.peer, Malformed, err)
		return
	}
	d.counters.statusReplies.Add(1)
	d.send(c, s, from, reply)
}

func (d *Door) send(c *client, s Socket, to route, reply []byte) {
	if err := s.send(reply, to); err != nil {
		d.fail(c, to.peer, SendFailed, err)
	}
}

// crashed notes a fault of ours; the packet is dropped and the door goes on.
func (d *Door) crashed(c *client, from route, fault any) {
	d.fail(c, from.peer, Crashed, nil)
	d.options.Log.Error("radius: a fault while handling a packet", "client", c.Name, "from", from.peer, "fault", fault, "stack", string(debug.Stack()))
}
