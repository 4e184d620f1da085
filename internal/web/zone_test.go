package web

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// TestTimesAreToldInTheZoneOfWhoeverReads: the person's, else that of the
// browser if it is one, else the server's; never that of who asked just before.
func TestTimesAreToldInTheZoneOfWhoeverReads(t *testing.T) {
	f := newFixture(t, nil)
	pages, err := f.Pages(fstest.MapFS{"t/when.html": {Data: []byte(`{{define "main"}}<p>{{until .Data}}; {{stamp .Data}}</p>{{end}}`)}}, "t")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 12, 30, 0, 52, 0, 0, time.UTC)
	f.Handle("GET /when", func(w http.ResponseWriter, r *Request) error {
		r.TellTimesIn(r.Query("own"))
		return pages.Show(w, r, Page{Name: "when", Data: end})
	})
	const utc, york, berlin = "Wednesday, 30 December, 00:52 UTC; 2026-12-30 00:52:00",
		"Tuesday, 29 December, 19:52 EST; 2026-12-29 19:52:00", "Wednesday, 30 December, 01:52 CET; 2026-12-30 01:52:00"
	asked := func(own, cookie, want string) {
		answer := f.ask(http.MethodGet, "/when?own="+own, "", func(r *http.Request) {
			if cookie != "" {
				r.Header.Set("Cookie", "__Host-zone="+cookie)
			}
		})
		if body := bodyOf(t, answer); !strings.Contains(body, "until "+want) {
			t.Errorf("of %q with %q: %s", own, cookie, body)
		}
	}
	for _, tc := range []struct{ own, cookie, want string }{
		{"", "", utc},
		{"", "America%2FNew_York", york},
		{"Europe/Berlin", "America%2FNew_York", berlin},
		{"Europe/Berlin", "", berlin},
		{"", "..%2F..%2Fetc%2Fpasswd", utc},
		{"", "Local", utc},
		{"", "%zz", utc},
		{"", strings.Repeat("A", 300), utc},
		{"Nowhere/Else", "America%2FNew_York", york},
	} {
		asked(tc.own, tc.cookie, tc.want)
	}
	var readers sync.WaitGroup
	for i := range 40 {
		readers.Go(func() {
			if i%2 == 0 {
				asked("", "America%2FNew_York", york)
			} else {
				asked("", "", utc)
			}
		})
	}
	readers.Wait()
}
