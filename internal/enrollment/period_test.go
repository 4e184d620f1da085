package enrollment_test

import (
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
)

// TestADayEndsWhereTheNextBegins, on every day of some years, also where clocks
// are moved at midnight.
func TestADayEndsWhereTheNextBegins(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Santiago", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 * 365 {
			date := time.Date(2024, 1, 1+n, 0, 0, 0, 0, time.UTC)
			end, err := enrollment.EndOfDay(date.Format(time.DateOnly), zone)
			if err != nil {
				t.Fatal(err)
			}
			last := end.Add(-time.Nanosecond)
			if next := date.AddDate(0, 0, 1).Day(); end.Day() != next || last.Day() != date.Day() {
				t.Fatalf("%s: %s ends at %s", name, date.Format(time.DateOnly), end)
			}
		}
	}
}
