package radius

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// maxStrangers bounds the list of unknown sources.
const maxStrangers = 64

// Stranger is an address that belongs to no client and sent packets.
type Stranger struct {
	Address     netip.Addr
	First, Last time.Time
	Packets     uint64
}

// strangers lists the unknown sources. When it is full, the one not heard of
// for longest makes room.
type strangers struct {
	mu       sync.Mutex
	known    []Stranger
	loggedAt time.Time
}

// saw notes a packet and reports whether to log it: the first of an address,
// but not more than one in logEvery.
func (s *strangers) saw(address netip.Addr, now time.Time) (log bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := 0
	for i := range s.known {
		if k := &s.known[i]; k.Address == address {
			k.Last = now
			k.Packets++
			return false
		}
		if s.known[i].Last.Before(s.known[place].Last) {
			place = i
		}
	}
	if len(s.known) < maxStrangers {
		place = len(s.known)
		s.known = append(s.known, Stranger{})
	}
	s.known[place] = Stranger{Address: address, First: now, Last: now, Packets: 1}
	if !s.loggedAt.IsZero() && within(logEvery, s.loggedAt, now) {
		return false
	}
	s.loggedAt = now
	return true
}

func (s *strangers) list() []Stranger {
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := slices.Clone(s.known)
	slices.SortStableFunc(latest, func(a, b Stranger) int { return b.Last.Compare(a.Last) })
	return latest
}
