package radius

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"example.com/muster/internal/audit"
)

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

// exchange is one request: where it came from, and what it was.
type exchange struct {
	slot slot
	once audit.Once
}

// duplicates remembers the requests in progress and, for a while, their
// answers. An answer that had to make room is not lost: the engine gives the
// same one for the same Once.
type duplicates struct {
	mu      sync.Mutex
	open    map[slot]*exchange // in progress
	answers answers
}

func newDuplicates(limit int) *duplicates {
	return &duplicates{open: map[slot]*exchange{}, answers: newAnswers(limit)}
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
func (d *duplicates) begin(e *exchange, now time.Time, buffer []byte) (verdict, []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if other := d.open[e.slot]; other != nil && other.once == e.once {
		return waiting, buffer
	}
	if reply, found := d.answers.find(e, now); found {
		return answered, append(buffer, reply...)
	}
	d.answers.drop(e.slot)
	d.open[e.slot] = e
	return fresh, buffer
}

// finish keeps the answer of a request and reports whether to send it: not if
// the device has meanwhile used the slot for another request.
func (d *duplicates) finish(e *exchange, reply []byte, now time.Time) (send bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[e.slot] != e {
		return false
	}
	delete(d.open, e.slot)
	d.answers.add(e, reply, now)
	return true
}

// abandon forgets a request that gets no answer, so that a retransmission is
// tried afresh.
func (d *duplicates) abandon(e *exchange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[e.slot] == e {
		delete(d.open, e.slot)
	}
}

// size returns how many requests and answers are remembered.
func (d *duplicates) size() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.open) + len(d.answers.bySlot)
}
