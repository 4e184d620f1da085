package notify

import (
	"slices"
	"time"
)

// Hours are when messages go out that may wait: the others do at any time. The
// zero value: always. All is read off the clock on the wall of Zone, on days
// with 23 and 25 hours too.
type Hours struct {
	Zone *time.Location
	// Quiet is when nothing goes out, from and until as times since midnight,
	// less than 24 h; until may be the smaller one, then it is of the next
	// day. Equal: never.
	QuietFrom, QuietUntil time.Duration
	// Days are those on which something goes out; empty: every day.
	Days []time.Weekday
}

// Next returns the next instant at which a message may go out, which is t if
// it may at t. It is at a full minute otherwise.
func (h Hours) Next(t time.Time) time.Time {
	if h.open(t) {
		return t
	}
	// Minute by minute, at most a week and a day: no rule about days of other
	// lengths can be forgotten.
	const longest = 8 * 24 * 60
	next := t.Truncate(time.Minute)
	for range longest {
		if next = next.Add(time.Minute); h.open(next) {
			return next
		}
	}
	return t // hours that never come are none
}

func (h Hours) open(t time.Time) bool {
	if h.Zone == nil {
		return true
	}
	wall := t.In(h.Zone)
	if !h.onDay(wall.Weekday()) {
		return false
	}
	clock := time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute
	if h.QuietFrom <= h.QuietUntil {
		return clock < h.QuietFrom || clock >= h.QuietUntil
	}
	return clock < h.QuietFrom && clock >= h.QuietUntil
}

func (h Hours) onDay(day time.Weekday) bool {
	return len(h.Days) == 0 || slices.Contains(h.Days, day)
}
