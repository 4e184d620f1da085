package enrollment_test

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
)

// TestAStoppedClockShowsWhatIsLeft, whenever that is asked: a moment before the
// state was worked out as well.
func TestAStoppedClockShowsWhatIsLeft(t *testing.T) {
	stopped := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	duty := policy.Requirement{
		Period: 1, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: stopped, PausedAt: stopped, Due: stopped.Add(4 * enrollment.Day),
	}
	now := stopped.Add(30 * time.Hour)
	s := enrollment.StateOf(policy.WantTOTP, nil, []policy.Requirement{duty}, now)
	for _, asked := range []time.Time{now.Add(-time.Millisecond), now, now.Add(time.Hour)} {
		if n := s.DaysLeft(asked); n != 4 {
			t.Errorf("%d days left at %v", n, asked)
		}
	}
}
