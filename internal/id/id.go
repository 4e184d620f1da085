// Package id owns the identifiers of records: 63 bits that rise with time, so
// that rows are appended where they belong and a log reads in order.
//
// It must not know what is identified. Identifiers are not secrets and prove
// nothing.
package id

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// ID identifies a record. The zero value identifies nothing.
//
// The upper 41 bits are milliseconds since 2026-01-01 UTC, the lower 22 bits
// a counter that starts at a random place, so that nodes do not meet.
type ID int64

const (
	epoch       = 1767225600000 // 2026-01-01T00:00:00Z in Unix milliseconds
	counterBits = 22
	alphabet    = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32
	length      = 13
)

// ErrMalformed is returned for a text that is no identifier.
var ErrMalformed = errors.New("id: malformed")

// String returns 13 characters of lower-case base 32, which sort as the
// numbers do; "" for the zero ID.
func (i ID) String() string {
	if i == 0 {
		return ""
	}
	var b [length]byte
	v := uint64(i)
	for p := length - 1; p >= 0; p-- {
		b[p] = alphabet[v&31]
		v >>= 5
	}
	return string(b[:])
}

// Time returns the instant at which the identifier was made, to the millisecond.
func (i ID) Time() time.Time { return time.UnixMilli(int64(i)>>counterBits + epoch).UTC() }

// At returns the smallest identifier made at t or later: for ranges in time.
func At(t time.Time) ID { return ID(max(t.UnixMilli()-epoch, 0) << counterBits) }

// Parse reads what String wrote, in either case. It returns ErrMalformed for
// anything else; "" is the zero ID.
func Parse(s string) (ID, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) != length {
		return 0, ErrMalformed
	}
	var v uint64
	for _, c := range []byte(strings.ToLower(s)) {
		d := strings.IndexByte(alphabet, c)
		if d < 0 {
			return 0, ErrMalformed
		}
		v = v<<5 | uint64(d)
	}
	if v >= 1<<63 {
		return 0, ErrMalformed
	}
	return ID(v), nil
}

// Source makes identifiers that only rise, even if the clock is set back.
// The zero value is ready; it is safe for concurrent use.
type Source struct {
	mu   sync.Mutex
	last ID
}

// NewSource returns a source whose identifiers all come after last.
func NewSource(last ID) *Source { return &Source{last: last} }

// Next returns an identifier for a record made now.
func (s *Source) Next(now time.Time) ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if next := At(now); next > s.last {
		s.last = next + ID(rand.IntN(1<<(counterBits-1)))
	} else {
		s.last++
	}
	return s.last
}
