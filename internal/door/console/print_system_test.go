//go:build system

package console

import (
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"example.com/muster/test/testkit"
)

// sheets tells the pages of a PDF from the tree that holds them.
var sheets = regexp.MustCompile(`/Type\s*/Page[^s]`)

// TestACampaignOnPaper: it prints on few sheets, and no table is wider than what
// it stands in. The PDF is left beside the pictures for people to look at.
func TestACampaignOnPaper(t *testing.T) {
	server := httptest.NewServer(storybook(t, &url.URL{Scheme: "http", Host: "localhost"}))
	defer server.Close()
	browser := testkit.NewBrowser(t, testkit.Site{Host: "localhost", Address: server.Listener.Addr().String()})
	folder := filepath.Join(testkit.Root(t), ".cache", "screenshots", "console")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const between = 703 // the margins, on A4
	for name, most := range map[string]int{"period": 1, "period-all": 2, "period-locked": 2} {
		browser.LookAtPrint(between)
		browser.Open("/story/" + name + "?lang=de") // the longest words
		wide := browser.Evaluate(`[...document.querySelectorAll("table")]
				.filter((table) => table.getBoundingClientRect().right > table.closest("section, main").getBoundingClientRect().right + 1)
				.map((table) => table.parentElement.getAttribute("aria-label")).join(", ")`)
		if wide != "" {
			t.Errorf("%s: wider than the sheet or its card: %s", name, wide)
		}
		if over := browser.Overflow(); over > 0 {
			t.Errorf("%s: %d px wider than the sheet", name, over)
		}
		pdf := browser.Print()
		if n := len(sheets.FindAll(pdf, -1)); n == 0 || n > most {
			t.Errorf("%s: %d sheets, want at most %d", name, n, most)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
