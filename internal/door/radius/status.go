package radius

import (
	"net/netip"
	"sync/atomic"
	"time"

	"example.com/muster/internal/id"
)

// Status is what the door knows of its clients and of who else knocked, since
// the start, on this node.
type Status struct {
	Clients   []ClientStatus // in the order in which they were set
	Strangers []Stranger     // the latest first, at most 64
	Counters  Counters
}

// ClientStatus is what was heard of one client. Times are zero for what never
// happened.
type ClientStatus struct {
	ID            id.ID
	Name          string
	LastPacket    time.Time // to the second
	LastFrom      netip.Addr
	LastAnswered  time.Time // the last reply that the engine decided
	LastTrouble   Trouble
	LastTroubleAt time.Time
}

// Troubled reports whether the last trouble is newer than the last answer, and
// so may well last.
func (s ClientStatus) Troubled() bool {
	return s.LastTrouble != NoTrouble && !s.LastAnswered.After(s.LastTroubleAt)
}

// Counters count since the start, but for the last two.
type Counters struct {
	Received      uint64 // datagrams
	Strangers     uint64 // … from unknown addresses
	Accepted      uint64 // decisions, by the reply they led to
	Rejected      uint64
	Challenged    uint64
	StatusReplies uint64 // to Status-Server
	Resent        uint64 // answers repeated to retransmissions
	Absorbed      uint64 // retransmissions of requests in progress
	Superseded    uint64 // answers nobody waited for any more
	Troubles      map[Trouble]uint64
	InFlight      int // requests that wait for the engine now
	Remembered    int // requests and answers kept for retransmissions now
}

// Status returns a snapshot.
func (d *Door) Status() Status {
	var s Status
	for _, c := range d.clients.Load().all {
		s.Clients = append(s.Clients, c.status())
	}
	s.Strangers = d.strangers.list()
	s.Counters = d.counters.snapshot()
	s.Counters.InFlight = int(d.inFlight.Load())
	s.Counters.Remembered = d.duplicates.size()
	return s
}

// counters is Counters at work.
type counters struct {
	received, strangers, accepted, rejected, challenged, statusReplies, resent, absorbed, superseded atomic.Uint64

	troubles map[Trouble]*atomic.Uint64 // of all troubles; the map itself never changes
}

func (c *counters) prepare() {
	c.troubles = make(map[Trouble]*atomic.Uint64)
	for _, t := range Troubles() {
		c.troubles[t] = new(atomic.Uint64)
	}
}

func (c *counters) snapshot() Counters {
	s := Counters{
		Received: c.received.Load(), Strangers: c.strangers.Load(),
		Accepted: c.accepted.Load(), Rejected: c.rejected.Load(), Challenged: c.challenged.Load(),
		StatusReplies: c.statusReplies.Load(), Resent: c.resent.Load(), Absorbed: c.absorbed.Load(),
		Superseded: c.superseded.Load(), Troubles: make(map[Trouble]uint64, len(c.troubles)),
	}
	for t, n := range c.troubles {
		s.Troubles[t] = n.Load()
	}
	return s
}
