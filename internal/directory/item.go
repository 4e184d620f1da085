package directory

import (
	"slices"
	"time"

	"example.com/muster/internal/id"
)

// The bounds of an item's interval.
const (
	ShortestInterval = time.Minute
	LongestInterval  = 24 * time.Hour
	DefaultInterval  = time.Hour
)

// DefaultGrace is for how long somebody who is gone from a directory is kept,
// shut out, with all factors.
const DefaultGrace = 30 * 24 * time.Hour

// Item is a part of a directory that is kept in step with people here.
type Item struct {
	ID       id.ID
	Name     string
	Source   id.ID
	Base     string // DN; empty: the directory's
	Filter   string // RFC 4515; empty: the preset's
	Group    string // DN: only its members, also those of groups in it; empty: everybody
	Interval time.Duration
	Defaults Defaults
	Guard    Guard
	Grace    time.Duration // see DefaultGrace
	Order    int           // items of a directory run in this order
	Enabled  bool          // runs by itself
}

// Defaults are what somebody new gets who comes by an item.
type Defaults struct {
	// Required is whether they must enroll: at once, or within Period if that
	// is not zero.
	Required bool
	Period   time.Duration
	// Method is the kind of factor that is required, a policy.Wanted; empty: any.
	Method string
	// Mail sends them a link to enroll with.
	Mail bool
}

// Guard is how many people one run may shut out without being asked.
type Guard struct {
	Count   int // used if Percent is 0; 0: nobody
	Percent int // 1–100 of those whom the item covers
}

// DefaultGuard is an item's guard unless it says otherwise.
var DefaultGuard = Guard{Count: 5}

// Holds reports whether shutting out so many of those who are covered needs
// an administrator's approval.
func (g Guard) Holds(out, covered int) bool {
	if g.Percent > 0 {
		return out*100 > g.Percent*covered
	}
	return out > g.Count
}

// GraceOf returns the longest grace of those items that covered somebody;
// DefaultGrace if none of them is there any more.
func GraceOf(items []Item, covered []id.ID) time.Duration {
	grace := time.Duration(-1)
	for i := range items {
		if slices.Contains(covered, items[i].ID) {
			grace = max(grace, items[i].Grace)
		}
	}
	if grace < 0 {
		return DefaultGrace
	}
	return grace
}
