package notify_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/notify"
)

func TestNextHour(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	nights := notify.Hours{Zone: berlin, QuietFrom: 20 * time.Hour, QuietUntil: 7 * time.Hour, Days: weekdays}
	noon := notify.Hours{Zone: berlin, QuietFrom: 12 * time.Hour, QuietUntil: 13 * time.Hour}
	early := notify.Hours{Zone: berlin, QuietUntil: 2*time.Hour + 30*time.Minute}
	for name, tc := range map[string]struct {
		hours    notify.Hours
		at, want string
	}{
		"none":                           {notify.Hours{}, "2026-12-01T03:00:07Z", "2026-12-01T03:00:07Z"},
		"in working hours":               {nights, "2026-12-01T11:00:07Z", "2026-12-01T11:00:07Z"},
		"at the first quiet instant":     {nights, "2026-12-01T19:00:00Z", "2026-12-02T06:00:00Z"},
		"at the last one":                {nights, "2026-12-02T05:59:59Z", "2026-12-02T06:00:00Z"},
		"on Friday night":                {nights, "2026-12-04T21:00:00Z", "2026-12-07T06:00:00Z"},
		"on Sunday at noon":              {nights, "2026-12-06T12:00:00Z", "2026-12-07T06:00:00Z"},
		"at lunch":                       {noon, "2026-12-06T11:15:30Z", "2026-12-06T12:00:00Z"},
		"before summer time begins":      {nights, "2026-03-27T20:00:00Z", "2026-03-30T05:00:00Z"},
		"before summer time ends":        {nights, "2026-10-23T19:00:00Z", "2026-10-26T06:00:00Z"},
		"until an hour that is left out": {early, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"}, // 01:30 → 03:00
		"until an hour that comes twice": {early, "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z"}, // the first 02:30 …
		"in its repetition":              {early, "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"}, // … and the second 02:10
		"no day at all":                  {notify.Hours{Zone: berlin, Days: []time.Weekday{7}}, "2026-12-01T03:00:00Z", "2026-12-01T03:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tc.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := tc.hours.Next(at).UTC().Format(time.RFC3339); got != tc.want {
				t.Errorf("after %s comes %s, want %s", tc.at, got, tc.want)
			}
		})
	}
}

// TestNextHourIsTheFirst: it is allowed, not before, and nothing between was.
func TestNextHourIsTheFirst(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		minute := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, name)) * time.Minute
		}
		h := notify.Hours{Zone: zone, QuietFrom: minute("from"), QuietUntil: minute("until")}
		h.Days = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) time.Weekday {
			return time.Weekday(rapid.IntRange(0, 6).Draw(t, "day"))
		}), 0, 7, rapid.ID).Draw(t, "days")
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "at")))
		next := h.Next(at)
		if next.Before(at) || next.Sub(at) > 8*24*time.Hour || !h.Next(next).Equal(next) {
			t.Fatalf("after %v comes %v", at, next)
		}
		if between := at.Add(next.Sub(at) / 2); next.After(at) && !h.Next(between).Equal(next) {
			t.Fatalf("after %v comes %v, after %v %v", at, next, between, h.Next(between))
		}
	})
}
