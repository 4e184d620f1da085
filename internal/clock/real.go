//go:build !testclock

package clock

import "time"

// Tag names the build tag that made the clock movable. It is empty in the
// ordinary build.
const Tag = ""

// Now returns the machine's time.
func Now() time.Time { return time.Now() }
