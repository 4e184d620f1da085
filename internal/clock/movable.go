//go:build testclock

package clock

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Tag names the build tag that made the clock movable.
const Tag = "testclock"

const fileVariable = "MUSTER_CLOCK_FILE"

var last struct {
	sync.Mutex
	setting setting
	read    bool
}

// Now returns the time that the file named by MUSTER_CLOCK_FILE sets: an
// RFC 3339 instant stands still, a duration with a sign ("+36h", "-1h") is
// added to the machine's time. The file is read at each call. Without the
// variable Now is the machine's time.
//
// A file that cannot be read or understood leaves the setting as it was (it
// may be in the middle of being written); if there was none yet, Now panics,
// because a test that runs at the wrong time proves nothing.
func Now() time.Time {
	name := os.Getenv(fileVariable)
	if name == "" {
		return time.Now()
	}
	s, err := read(name)
	last.Lock()
	defer last.Unlock()
	switch {
	case err == nil:
		last.setting, last.read = s, true
	case !last.read:
		panic(fmt.Sprintf("clock: %s: %v", fileVariable, err))
	}
	return last.setting.at(time.Now())
}

// setting is a frozen instant, or an offset if that is zero.
type setting struct {
	frozen time.Time
	offset time.Duration
}

func (s setting) at(machine time.Time) time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return machine.Add(s.offset)
}

func read(name string) (setting, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return setting{}, err
	}
	return parse(strings.TrimSpace(string(content)))
}

func parse(s string) (setting, error) {
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		offset, err := time.ParseDuration(s)
		return setting{offset: offset}, err
	}
	frozen, err := time.Parse(time.RFC3339Nano, s)
	return setting{frozen: frozen}, err
}
