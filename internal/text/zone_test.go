package text

import (
	"testing"
	"time"
)

// TestEachInstantNamesItsZone as it is at that instant, on both sides of a
// change of the clocks; zones without a word for themselves say how far they are
// from UTC.
func TestEachInstantNamesItsZone(t *testing.T) {
	for _, tc := range []struct{ zone, at, en, de string }{
		{"America/New_York", "2026-12-30T00:52:00Z", "EST", "EST"},
		{"America/New_York", "2026-03-08T06:59:59Z", "EST", "EST"},
		{"America/New_York", "2026-03-08T07:00:00Z", "EDT", "EDT"},
		{"Europe/Berlin", "2026-10-25T00:59:59Z", "CEST", "MESZ"},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", "CET", "MEZ"},
		{"Europe/Lisbon", "2026-12-01T00:00:00Z", "WET", "WEZ"},
		{"Europe/Athens", "2026-07-01T00:00:00Z", "EEST", "OESZ"},
		{"Asia/Kathmandu", "2026-10-25T01:00:00Z", "UTC+5:45", "UTC+5:45"},
		{"America/Sao_Paulo", "2026-10-25T01:00:00Z", "UTC-3", "UTC-3"},
		{"Pacific/Marquesas", "2026-12-01T00:00:00Z", "UTC-9:30", "UTC-9:30"},
		{"UTC", "2026-12-01T00:00:00Z", "UTC", "UTC"},
	} {
		zone, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		for lang, want := range map[string]string{"en": tc.en, "de": tc.de} {
			if got := Default().For(lang).ZoneAt(at, zone); got != want {
				t.Errorf("%s in %s, %s: %q, want %q", tc.at, tc.zone, lang, got, want)
			}
		}
	}
}

// TestTheHourThatComesTwiceIsToldApart: only the zone says which one it is.
func TestTheHourThatComesTwiceIsToldApart(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC): "Sunday, 25 October, 02:30 CEST",
		time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC): "Sunday, 25 October, 02:30 CET",
	} {
		if got := Default().For("en").Zoned(at, now, berlin); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
