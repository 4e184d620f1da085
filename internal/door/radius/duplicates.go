package radius

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"example.com/muster/internal/audit"
)

// rememberFor is how long an answer is repeated to retransmissions, RFC 5080
// section 2.2.2 ("5 to 30 seconds").
const rememberFor = 10 * time.Second

// slot is what tells a device's requests apart on the wire: address, port and
// identifier. A device that reuses a slot has given up what was there.
type slot [16 + 2 + 1]byte

func slotOf(peer netip.AddrPort, identifier byte) slot {
	var s slot
	address := peer.Addr().As16()
	copy(s[:], address[:])
	binary.BigEndian.PutUint16(s[16:], peer.Port())
	s[18] = identifier
	return s
}

// exchange is one request, and its answer once there is one.
type exchange struct {
	slot       slot
	once       audit.Once
	answered   bool
	superseded bool
	reply      []byte
	answeredAt time.Time

	older, newer *exchange // among the answered, by time of answer
}

// duplicates remembers the requests in progress and, for a while, their
// answers. Its zero value with a limit is ready. An answer that had to make
// room is not lost: the engine gives the same one for the same Once.
type duplicates struct {
	limit int // of answers and requests in progress together

	mu     sync.Mutex
	bySlot map[slot]*exchange
	oldest *exchange // of the answered
	newest *exchange
	spare  *exchange // chained by older, for use again
}

// verdict is what begin found.
type verdict int

const (
	fresh    verdict = iota // never seen: the caller must call finish or abandon
	waiting                 // in progress: the answer will serve both
	answered                // the answer is in the buffer
)

// begin looks for the request. If it was answered, the answer is appended to
// buffer. If it is new, whatever had its slot is superseded and will not be
// sent.
func (d *duplicates) begin(s slot, once audit.Once, now time.Time, buffer []byte) (verdict, *exchange, []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(now)
	if e := d.bySlot[s]; e != nil {
		switch {
		case e.once != once:
			d.drop(e)
		case e.answered:
			return answered, e, append(buffer, e.reply...)
		default:
			return waiting, e, buffer
		}
	}
	if len(d.bySlot) >= d.limit && d.oldest != nil {
		d.drop(d.oldest)
	}
	if d.bySlot == nil {
		d.bySlot = make(map[slot]*exchange)
	}
	e := d.take()
	e.slot, e.once = s, once
	d.bySlot[s] = e
	return fresh, e, buffer
}

// finish keeps the answer of a request and reports whether to send it: not if
// the device has meanwhile used the slot for another request.
func (d *duplicates) finish(e *exchange, reply []byte, now time.Time) (send bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.superseded {
		return false
	}
	e.answered, e.answeredAt = true, now
	e.reply = append(e.reply[:0], reply...)
	e.older, d.newest = d.newest, e
	if e.older == nil {
		d.oldest = e
	} else {
		e.older.newer = e
	}
	return true
}

// abandon forgets a request that gets no answer, so that a retransmission is
// tried afresh.
func (d *duplicates) abandon(e *exchange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !e.superseded && !e.answered {
		delete(d.bySlot, e.slot)
	}
}

// size returns how many requests and answers are remembered.
func (d *duplicates) size() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.bySlot)
}

// forget drops the answers whose time is over.
func (d *duplicates) forget(now time.Time) {
	for d.oldest != nil && now.Sub(d.oldest.answeredAt) >= rememberFor {
		d.drop(d.oldest)
	}
}

// drop takes e out. Only an answered one can be used again: somebody still
// works on the others.
func (d *duplicates) drop(e *exchange) {
	delete(d.bySlot, e.slot)
	e.superseded = true
	if !e.answered {
		return
	}
	if e.older == nil {
		d.oldest = e.newer
	} else {
		e.older.newer = e.newer
	}
	if e.newer == nil {
		d.newest = e.older
	} else {
		e.newer.older = e.older
	}
	e.newer, e.older, d.spare = nil, d.spare, e
}

func (d *duplicates) take() *exchange {
	e := d.spare
	if e == nil {
		return new(exchange)
	}
	d.spare = e.older
	*e = exchange{reply: e.reply[:0]}
	return e
}
