//go:build system

package console

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"example.com/muster/test/testkit"
)

// TestDirectoryPagesByKeyboard: each page about directories, and what they
// give, can be used without a mouse. The tree that people are imported from is
// a table of plain links and check boxes.
func TestDirectoryPagesByKeyboard(t *testing.T) {
	server := httptest.NewServer(storybook(t, &url.URL{Scheme: "http", Host: "localhost"}))
	defer server.Close()
	browser := testkit.NewBrowser(t, testkit.Site{Host: "localhost", Address: server.Listener.Addr().String()})
	browser.Look(1440, false)
	names := []string{"roles"}
	for _, s := range directoryStories() {
		names = append(names, s.name)
	}
	for _, name := range names {
		browser.Open("/story/" + name + "?lang=en")
		browser.WalkByKeyboard()
		browser.Open("/story/" + name + "?lang=en")
		browser.CheckErrors()
	}
	if !slices.Contains(names, "browse") {
		t.Fatal("there is no page to import from")
	}
	browser.Open("/story/browse?lang=en")
	browser.TickByKeyboard("object")
}
