package radius

import (
	"net/netip"
	"sync/atomic"
	"time"
)

// journal is what is remembered of a client for as long as the process runs;
// it outlives changes to the client's settings.
type journal struct {
	inFlight atomic.Int64
	packet   atomic.Pointer[sighting]
	answered atomic.Int64 // Unix nanoseconds; 0: never
	trouble  atomic.Pointer[mishap]
}

type sighting struct {
	at   time.Time
	from netip.Addr
	name string // of from
}

type mishap struct {
	at, loggedAt time.Time
	trouble      Trouble
}

// saw notes a packet of the client. Once a second is precise enough, and
// spares most requests the allocation.
func (j *journal) saw(now time.Time, from netip.Addr) {
	last := j.packet.Load()
	if last == nil || last.from != from || !within(time.Second, last.at, now) {
		j.packet.Store(&sighting{at: now, from: from, name: from.String()})
	}
}

// nameOf writes an address; most often it is the one seen last.
func (j *journal) nameOf(address netip.Addr) string {
	if last := j.packet.Load(); last != nil && last.from == address {
		return last.name
	}
	return address.String()
}

// suffered notes a trouble of the client and reports whether to log it: not
// if the same was logged within logEvery.
func (j *journal) suffered(now time.Time, t Trouble) (log bool) {
	last := j.trouble.Load()
	quiet := last != nil && last.trouble == t && within(logEvery, last.loggedAt, now)
	noted := &mishap{at: now, loggedAt: now, trouble: t}
	if quiet {
		noted.loggedAt = last.loggedAt
	}
	j.trouble.Store(noted)
	return !quiet
}

func (c *client) status() ClientStatus {
	s := ClientStatus{ID: c.ID, Name: c.Name}
	if seen := c.journal.packet.Load(); seen != nil {
		s.LastPacket, s.LastFrom = seen.at, seen.from
	}
	if at := c.journal.answered.Load(); at != 0 {
		s.LastAnswered = time.Unix(0, at).UTC()
	}
	if last := c.journal.trouble.Load(); last != nil {
		s.LastTrouble, s.LastTroubleAt = last.trouble, last.at
	}
	return s
}

// logEvery is how often the same trouble of one client is logged, and how
// often strangers are: a flood must not fill the disk.
const logEvery = time.Minute

// fail counts, notes and logs why a packet of a client was not answered as it
// hoped. What err holds goes to the log only.
func (d *Door) fail(c *client, peer netip.AddrPort, t Trouble, err error) {
	d.counters.troubles[t].Add(1)
	if !c.journal.suffered(d.options.Now(), t) {
		return
	}
	d.options.Log.Warn("radius: trouble with a client", "client", c.Name, "from", peer, "trouble", string(t), "cause", t.Cause(), "error", err)
}

// within reports whether now is less than d after then; a clock set back has
// left the time.
func within(d time.Duration, then, now time.Time) bool {
	return !now.Before(then) && now.Sub(then) < d
}
