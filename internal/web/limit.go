package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter slows each source by itself: it stands before costly work, such as
// checking a password, and remembers a bounded number of sources. It is no
// lockout: who guesses slowly is counted in the database, per person.
type Limiter struct {
	every      rate.Limit
	burst      int
	remembered int

	mu      sync.Mutex
	sources map[netip.Prefix]*list.Element
	recent  *list.List // of *limited, the most recent first
}

type limited struct {
	source netip.Prefix
	bucket *rate.Limiter
}

// NewLimiter lets each source do burst things at once and one more every
// interval. It remembers that many sources; the longest silent is forgotten
// first.
func NewLimiter(interval time.Duration, burst, remembered int) *Limiter {
	return &Limiter{
		every: rate.Every(interval), burst: burst, remembered: remembered,
		sources: make(map[netip.Prefix]*list.Element), recent: list.New(),
	}
}

// Allow counts one thing done by addr at now. It returns an error, which
// becomes a page saying when to try again, if that is one too many. An IPv6
// source is its /64, which one household or one attacker has whole.
func (l *Limiter) Allow(addr netip.Addr, now time.Time) error {
	_, err := l.Try(addr, now)
	return err
}

// Try counts one thing that may turn out not to count: a try at a code, which
// is one too many only if the code was wrong. It counts at once, so that many
// tries at the same time are no more than many in turn, and returns what takes
// it back. The error is that of Allow; nothing is counted then.
func (l *Limiter) Try(addr netip.Addr, now time.Time) (forgive func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	reservation := l.bucket(sourceOf(addr)).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return func() { reservation.CancelAt(now) }, nil
	}
	reservation.CancelAt(now)
	return nil, &TooManyError{Wait: wait}
}

func (l *Limiter) bucket(source netip.Prefix) *rate.Limiter {
	if element, ok := l.sources[source]; ok {
		l.recent.MoveToFront(element)
		return element.Value.(*limited).bucket //nolint:forcetypeassert // the list holds nothing else
	}
	if l.recent.Len() >= l.remembered {
		oldest := l.recent.Back()
		delete(l.sources, oldest.Value.(*limited).source) //nolint:forcetypeassert // as above
		l.recent.Remove(oldest)
	}
	bucket := rate.NewLimiter(l.every, l.burst)
	l.sources[source] = l.recent.PushFront(&limited{source: source, bucket: bucket})
	return bucket
}

func sourceOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr = addr.Unmap(); addr.Is6() {
		bits = 64
	}
	prefix, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address at all: one source of its own
	}
	return prefix
}
