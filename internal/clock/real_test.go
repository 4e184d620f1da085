//go:build !testclock

package clock_test

import (
	"testing"
	"time"

	"example.com/muster/internal/clock"
)

func TestOrdinaryClockIgnoresTheFile(t *testing.T) {
	t.Setenv("MUSTER_CLOCK_FILE", "/nonexistent")
	if clock.Tag != "" {
		t.Errorf("Tag = %q in a build without tags", clock.Tag)
	}
	if d := time.Since(clock.Now()).Abs(); d > time.Minute {
		t.Errorf("Now is %v away from the machine's time", d)
	}
}
