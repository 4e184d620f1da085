//go:build system

package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"example.com/muster/internal/text"
	"example.com/muster/test/testkit"
)

// TestPartsInABrowser shows every part of a data page on one page, for axe to
// check and people to look at: .cache/screenshots/web.
func TestPartsInABrowser(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PublicURL = &url.URL{Scheme: "http", Host: "localhost"} })
	pages, err := f.Pages(os.DirFS("testdata"), "parts")
	if err != nil {
		t.Fatal(err)
	}
	f.Handle("GET /parts", func(w http.ResponseWriter, r *Request) error {
		return pages.Show(w, r, Page{Name: "parts", Data: someParts()})
	})
	server := httptest.NewServer(f)
	defer server.Close()
	browser := testkit.NewBrowser(t, testkit.Site{Host: "localhost", Address: server.Listener.Addr().String()})
	pictures := filepath.Join(testkit.Root(t), ".cache", "screenshots", "web")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{320, 768, 1440} {
		for theme, dark := range map[string]bool{"light": false, "dark": true} {
			browser.Look(width, dark)
			browser.Open("/parts")
			browser.CheckAccessibility()
			if over := browser.Overflow(); over > 0 {
				t.Errorf("at %d: scrolls sideways by %d px", width, over)
			}
			file := filepath.Join(pictures, fmt.Sprintf("parts-%d-%s.png", width, theme))
			if err := os.WriteFile(file, browser.Screenshot(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func someParts() map[string]any {
	var days []string
	var enrolled, left, allowed, denied, waited []int
	for i := range 14 {
		days = append(days, fmt.Sprintf("%d Dec", i+1))
		enrolled = append(enrolled, 120*i+i*i*7)
		left = append(left, 2800-120*i-i*i*7)
		allowed = append(allowed, 800+i%5*90)
		denied = append(denied, 40+i%3*55)
		waited = append(waited, 20+i%4*30)
	}
	return map[string]any{
		"Lines": Plot{
			Title: "Enrolled over time", Unit: "people", XLabel: "Day", X: days, Marks: []Mark{{At: 11, As: "Deadline"}},
			Series: []Series{{"Enrolled", enrolled}, {"Not yet", left}}, Number: text.Default().For("en").Number,
		},
		"Bars": Plot{
			Title: "Sign-ins by result", Unit: "sign-ins", XLabel: "Day", X: days, Bars: true,
			Series: []Series{{"Signed in", allowed}, {"Refused", denied}, {"Given up", waited}},
		},
		"Chips":  []Chip{{"Status: in period", "/parts"}, {"Search: ali", "/parts"}},
		"Paging": Paging{From: 1, To: 50, Total: 98412, Next: "/parts?after=x"},
		"Notice": &Notice{Tone: Info, Message: text.Message{Key: "web.internal.advice"}},
	}
}
