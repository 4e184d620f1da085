package notify_test

import (
	"strings"
	"testing"

	"example.com/muster/internal/notify"
)

// TestAMailTellsTimesWhereItsReaderIs, and names the zone beside the instant as
// it is at that instant; who has none of their own reads the server's.
func TestAMailTellsTimesWhereItsReaderIs(t *testing.T) {
	for _, tc := range []struct{ zone, language, until, want, foot string }{
		{"America/New_York", "en", "2026-12-30T00:52:00Z", "29 December 2026, 19:52 EST", "America/New_York"},
		{"America/New_York", "de", "2027-03-14T07:00:00Z", "14. März 2027, 03:00 Uhr EDT", "America/New_York"},
		{"America/New_York", "en", "2027-03-14T06:59:00Z", "14 March 2027, 01:59 EST", "America/New_York"},
		{"", "de", "2027-10-31T00:30:00Z", "31. Oktober 2027, 02:30 Uhr MESZ", "Europe/Berlin"},
		{"", "de", "2027-10-31T01:30:00Z", "31. Oktober 2027, 02:30 Uhr MEZ", "Europe/Berlin"},
		{"../x", "en", "2026-12-30T00:52:00Z", "30 December 2026, 01:52 CET", "Europe/Berlin"},
	} {
		to := alice(tc.language)
		to.TimeZone = tc.zone
		m := samples()["period-reminder"]
		m.Data = map[string]string{"until": tc.until, "factor": m.Data["factor"], "place": m.Data["place"]}
		e, err := renderer(t).Render(t.Context(), m, to, now)
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]string{"text": e.Text.Reveal(), "HTML": e.HTML.Reveal()} {
			line := strings.Join(strings.Fields(body), " ")
			if !strings.Contains(line, tc.want) || !strings.Contains(line, tc.foot) {
				t.Errorf("%s at %s in %q, %s: no %q in\n%s", tc.until, tc.language, tc.zone, name, tc.want, body)
			}
		}
	}
	digest := samples()[string(notify.WeeklyDigest)]
	bob := alice("en")
	bob.TimeZone = "Asia/Kathmandu"
	e, err := renderer(t).Render(t.Context(), digest, bob, now)
	if err != nil || !strings.Contains(strings.Join(strings.Fields(e.Text.Reveal()), " "), " UTC+5:45") {
		t.Errorf("the digest: %v\n%s", err, e.Text.Reveal())
	}
}
