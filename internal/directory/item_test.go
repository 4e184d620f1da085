package directory_test

import (
	"testing"

	"example.com/muster/internal/directory"
)

func TestGuardHolds(t *testing.T) {
	for _, tc := range []struct {
		guard        directory.Guard
		out, covered int
		holds        bool
	}{
		{directory.DefaultGuard, 5, 1000, false},
		{directory.DefaultGuard, 6, 1000, true},
		{directory.Guard{}, 0, 1000, false}, // nobody goes unasked
		{directory.Guard{}, 1, 1000, true},
		{directory.Guard{Percent: 2}, 20, 1000, false},
		{directory.Guard{Percent: 2}, 21, 1000, true},
		{directory.Guard{Percent: 2}, 1, 0, true},
	} {
		if got := tc.guard.Holds(tc.out, tc.covered); got != tc.holds {
			t.Errorf("%+v holds %d of %d: %v", tc.guard, tc.out, tc.covered, got)
		}
	}
}
