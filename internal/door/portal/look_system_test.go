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

// look is one way to look at a page.
type look struct {
	width int
	dark  bool
	lang  string
	axe   bool // colours differ by theme and layout by width, so two looks see all that axe can find
}

func (l look) String() string {
	theme := "light"
	if l.dark {
		theme = "dark"
	}
	return fmt.Sprintf("%d-%s-%s", l.width, theme, l.lang)
}

var looks = []look{
	{width: 320, lang: "de"}, // the longest words on the smallest screen
	{width: 320, lang: "en", axe: true},
	{width: 320, dark: true, lang: "en"},
	{width: 768, lang: "en"},
	{width: 768, dark: true, lang: "en"},
	{width: 1440, lang: "en"},
	{width: 1440, dark: true, lang: "en", axe: true},
}

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
	for _, s := range stories() {
		if only := os.Getenv("STORY"); only != "" && only != s.name {
			continue
		}
		shown := ""
		for _, look := range looks {
			browser.Look(look.width, look.dark)
			if look.lang != shown { // the looks of a language are one page, looked at in other ways
				browser.Open("/story/" + s.name + "?lang=" + look.lang)
				shown = look.lang
			}
			if look.axe {
				browser.CheckAccessibility()
			}
			if over := browser.Overflow(); over > 0 {
				t.Errorf("%s, %s: scrolls sideways by %d px", s.name, look, over)
			}
			file := filepath.Join(pictures, fmt.Sprintf("%s-%s.png", s.name, look))
			if err := os.WriteFile(file, browser.Screenshot(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		testkit.Golden(t, "trees/"+s.name+".txt", browser.AccessibilityTree())
	}
}
