package console

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

// inZone is a request to a server of a zone, in a language.
func inZone(t *testing.T, zone *time.Location, language string) *visit {
	t.Helper()
	public := &url.URL{Scheme: "http", Host: "localhost"}
	server, err := web.New(web.Config{PublicURL: public, Zone: zone, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return storyTime }})
	if err != nil {
		t.Fatal(err)
	}
	var v *visit
	server.Handle("GET /here", func(_ http.ResponseWriter, r *web.Request) error {
		v = &visit{Request: r}
		return nil
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/here", http.NoBody)
	r.Header.Set("Accept-Language", language)
	server.ServeHTTP(httptest.NewRecorder(), r)
	if v == nil {
		t.Fatal("the page was not asked for")
	}
	return v
}

// TestTimeAxis: ticks are few and even, days are named once, and short periods
// have hours.
func TestTimeAxis(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	utc := func(value string) time.Time {
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	noon := utc("2026-11-22T12:32:00Z")
	for name, tc := range map[string]struct {
		zone     *time.Location
		language string
		from     time.Time
		span     time.Duration
		want     []string
	}{
		"two days":       {time.UTC, "en", noon, 48 * time.Hour, []string{"23 Nov", "12:00", "24 Nov", "12:00"}},
		"in German":      {time.UTC, "de", noon, 48 * time.Hour, []string{"23. Nov", "12:00", "24. Nov", "12:00"}},
		"six hours":      {time.UTC, "en", noon, 6 * time.Hour, []string{"22 Nov 13:00", "14:00", "15:00", "16:00", "17:00", "18:00"}},
		"a day":          {time.UTC, "en", noon, 24 * time.Hour, []string{"18:00", "23 Nov", "06:00", "12:00"}},
		"a week":         {time.UTC, "en", noon, 7 * 24 * time.Hour, []string{"23 Nov", "25 Nov", "27 Nov", "29 Nov"}},
		"two weeks":      {time.UTC, "en", noon, 14 * 24 * time.Hour, []string{"23 Nov", "26 Nov", "29 Nov", "2 Dec", "5 Dec"}},
		"a year":         {time.UTC, "en", noon, 365 * 24 * time.Hour, []string{"23 Nov", "22 Feb", "24 May", "23 Aug", "22 Nov"}},
		"from midnight":  {time.UTC, "en", utc("2026-11-22T00:00:00Z"), 72 * time.Hour, []string{"22 Nov", "12:00", "23 Nov", "12:00", "24 Nov", "12:00", "25 Nov"}},
		"a change back":  {berlin, "en", utc("2026-10-24T10:00:00Z"), 48 * time.Hour, []string{"12:00", "25 Oct", "12:00", "26 Oct"}},
		"a change ahead": {berlin, "en", utc("2026-03-28T22:30:00Z"), 6 * time.Hour, []string{"29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := inZone(t, tc.zone, tc.language)
			step := tc.span / operator.OpenPoints
			ticks := v.timeAxis(tc.from, step, operator.OpenPoints)
			var got []string
			for _, tick := range ticks {
				got = append(got, tick.As)
				if at := tc.from.Add(time.Duration(tick.At * float64(step))).Round(time.Second); at.In(tc.zone).Minute() != 0 {
					t.Errorf("%s stands at %s", tick.As, at)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestTimeAxisNeverRepeatsItself, however long a period is.
func TestTimeAxisNeverRepeatsItself(t *testing.T) {
	v := inZone(t, time.UTC, "en")
	for hours := 1; hours <= 365*24; hours += 1 + hours/7 {
		ticks := v.timeAxis(storyTime, time.Duration(hours)*time.Hour/operator.OpenPoints, operator.OpenPoints)
		if len(ticks) == 0 || len(ticks) > mostTicks+1 {
			t.Errorf("%d hours: %d ticks", hours, len(ticks))
		}
		for i := 1; i < len(ticks); i++ {
			if ticks[i].As == ticks[i-1].As || ticks[i].At <= ticks[i-1].At {
				t.Errorf("%d hours: %v", hours, ticks)
			}
		}
	}
}
