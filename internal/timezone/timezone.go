// Package timezone reads names of time zones that people and browsers give.
//
// It carries the IANA time zone database, for machines without one. It must not
// know who has which zone.
//
// Standards: the names of the IANA time zone database (RFC 6557).
package timezone

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // names mean the same on a machine without zone files
)

// MaxName is how long a name may be, in octets; the longest there is has half
// of that.
const MaxName = 64

// ErrName is returned for a text that names no time zone.
var ErrName = errors.New("timezone: not the name of a time zone")

// wellFormed is what names look like: no path that leads out of the database,
// and no dot.
var wellFormed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$`)

// unsaid are names that tell of the machine they are read on, or of how its
// files are laid out, and mean nothing elsewhere.
var unsaid = []string{"local", "localtime", "posixrules", "factory"}

// known are the zones read so far, by name: as many as the database has.
var known sync.Map

// Parse returns the zone with an IANA name: "Europe/Berlin", "UTC". The empty
// text and "Local" are no names.
func Parse(name string) (*time.Location, error) {
	if zone, ok := known.Load(name); ok {
		return zone.(*time.Location), nil //nolint:forcetypeassert // nothing else is kept
	}
	lower := strings.ToLower(name)
	if len(name) > MaxName || !wellFormed.MatchString(name) || slices.Contains(unsaid, lower) ||
		strings.HasPrefix(lower, "posix/") || strings.HasPrefix(lower, "right/") {
		return nil, ErrName
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrName, err)
	}
	known.Store(name, zone)
	return zone, nil
}

// Or returns the zone with a name, or another one where the name is none.
func Or(name string, other *time.Location) *time.Location {
	if zone, err := Parse(name); err == nil {
		return zone
	}
	return other
}
