//go:build system

package portal

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"example.com/muster/test/testkit"
)

// TestEveryPageInABrowser shows each page in Chromium at the widths of a small
// phone, a tablet and a desk, in both themes: axe finds nothing, nothing
// scrolls sideways, and a screen reader gets what the golden file says. The
// pictures are left in .cache/screenshots for people to look at.
func TestEveryPageInABrowser(t *testing.T) {
	book := storybook(t, storyBrand, &url.URL{Scheme: "http", Host: "localhost"})
	server := httptest.NewServer(book)
	defer server.Close()
	browser := testkit.NewBrowser(t, testkit.Site{Host: "localhost", Address: server.Listener.Addr().String()})
	pictures := filepath.Join(testkit.Root(t), ".cache", "screenshots", "portal")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	only := os.Getenv("STORY")
	for _, s := range stories() {
		if only != "" && only != s.name {
			continue
		}
		for _, width := range []int{320, 768, 1440} {
			for _, dark := range []bool{false, true} {
				browser.Look(width, dark)
				browser.Open("/story/" + s.name)
				browser.CheckAccessibility()
				if over := browser.Overflow(); over > 0 {
					t.Errorf("%s at %d: scrolls sideways by %d px", s.name, width, over)
				}
				theme := map[bool]string{false: "light", true: "dark"}[dark]
				file := filepath.Join(pictures, fmt.Sprintf("%s-%d-%s.png", s.name, width, theme))
				if err := os.WriteFile(file, browser.Screenshot(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		testkit.Golden(t, "trees/"+s.name+".txt", browser.AccessibilityTree())
	}
}
