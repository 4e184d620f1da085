package radius

import (
	"context"
	"errors"
	"slices"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// request is an Access-Request on its way to an answer. It is used again, and
// so is its memory.
type request struct {
	client   *client
	socket   Socket
	from     route
	exchange exchange
	decided  bool        // by the engine, and not by the door alone
	packet   wire.Packet // a view into data
	data     []byte
	reply    []byte
}

// keep copies the packet out of the reader's buffer.
func (r *request) keep(packet wire.Packet) {
	r.data = append(r.data[:0], packet.Bytes()...)
	r.packet, _ = wire.Parse(r.data) // what was parsed once is parsed again
}

// work answers one request, and gives back its place and its memory.
func (d *Door) work(r *request) {
	defer d.working.Done()
	defer d.leavePlace(r.client)
	defer func() {
		if fault := recover(); fault != nil {
			d.duplicates.abandon(&r.exchange)
			d.crashed(r.client, r.from, fault)
		}
	}()
	if d.answer(r) {
		d.deliver(r)
	} else {
		d.duplicates.abandon(&r.exchange)
	}
	d.requests.Put(r)
}

// deliver sends the reply, and keeps it for retransmissions.
func (d *Door) deliver(r *request) {
	now := d.options.Now()
	if r.decided {
		r.client.journal.answered.Store(now.UnixNano())
	}
	if d.duplicates.finish(&r.exchange, r.reply, now) {
		d.send(r.client, r.socket, r.from, r.reply)
	} else {
		d.counters.superseded.Add(1)
	}
}

// answer leaves the reply in r.reply, or returns false: then the device is to
// hear nothing, so that it tries again or asks its other server.
func (d *Door) answer(r *request) bool {
	password, trouble := r.client.password(r.packet)
	switch {
	case trouble == Malformed || trouble == UnreadablePassword:
		d.fail(r.client, r.from.peer, trouble, nil)
		return false
	case trouble != NoTrouble:
		d.fail(r.client, r.from.peer, trouble, nil)
		return d.translate(r, authn.Decision{Message: authn.MessageRefused})
	}
	decision, err := d.ask(d.patience.context(), r, password)
	if err != nil {
		d.fail(r.client, r.from.peer, Undecided, err)
		return false
	}
	r.decided = true
	return d.translate(r, decision)
}

// ask puts the request to the engine: as the answer to a question if it
// carries a State, otherwise as the beginning of a sign-in.
func (d *Door) ask(ctx context.Context, r *request, password secret.Text) (authn.Decision, error) {
	username := harmless(r.packet.Text(wire.UserName))
	source := authn.Source{
		Peer:    r.client.journal.nameOf(r.from.peer.Addr()),
		Station: harmless(r.packet.Text(wire.CallingStationID)),
	}
	if state, found := r.packet.Lookup(wire.State); found {
		return d.options.Engine.Answer(ctx, authn.Reply{
			Handle:   authn.Handle{Text: secret.New(string(state))},
			Door:     authn.DoorRADIUS,
			Client:   r.client.Name,
			Username: username,
			Source:   source,
			Once:     r.exchange.once,
			Code:     password,
		})
	}
	return d.options.Engine.Begin(ctx, authn.Request{
		Door:     authn.DoorRADIUS,
		Client:   r.client.Name,
		Username: username,
		Password: password,
		Source:   source,
		Once:     r.exchange.once,
	})
}

// errNoHandle is a question without a way to answer it: a fault of the engine.
var errNoHandle = errors.New("radius: the engine asks and gives no handle")

// toldRefusals are what the engine tells only to whoever has proven the password.
var toldRefusals = []authn.Message{authn.MessageExpired, authn.MessageNeedsLink, authn.MessageNeedsHelp, authn.MessageChangePassword, authn.MessageNotIncluded}

// refusal is what a device may show of a refusal: one text whatever the reason,
// but for what the engine tells only to whoever has proven the password.
func refusal(d authn.Decision) authn.Message {
	if d.Outcome == authn.Deny && slices.Contains(toldRefusals, d.Message) {
		return d.Message
	}
	return authn.MessageRefused
}

// translate writes a decision as a packet. Proxy-State comes last, for it is
// the device's; the Message-Authenticator stands first by itself.
func (d *Door) translate(r *request, decision authn.Decision) bool {
	code, counter := wire.AccessReject, &d.counters.rejected
	switch decision.Outcome {
	case authn.Allow:
		code, counter = wire.AccessAccept, &d.counters.accepted
	case authn.Ask, authn.Enroll:
		code, counter = wire.AccessChallenge, &d.counters.challenged
		if decision.Handle.Empty() {
			d.fail(r.client, r.from.peer, Undecided, errNoHandle)
			return false
		}
	default:
		decision.Message = refusal(decision)
	}
	b := wire.BeginReply(r.reply, code, r.packet)
	b.AddMessage(d.texts.say(decision.Message, decision.Language, decision.Invite))
	if code == wire.AccessChallenge {
		b.AddText(wire.State, decision.Handle.Reveal())
		b.AddUint32(wire.Prompt, wire.PromptNoEcho)
	}
	if code == wire.AccessAccept {
		b.AddText(wire.Class, decision.SignIn.String())
	}
	b.CopyProxyState(r.packet)
	reply, err := b.Seal(r.client.key)
	if err != nil {
		d.fail(r.client, r.from.peer, Malformed, err)
		return false
	}
	r.reply = reply
	counter.Add(1)
	return true
}
