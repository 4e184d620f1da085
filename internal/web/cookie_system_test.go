//go:build system

package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"example.com/muster/test/testkit"
)

// TestChromiumTakesHostCookiesOnLoopback holds what refusesSecure believes:
// over plain HTTP on loopback a __Host- cookie is kept.
func TestChromiumTakesHostCookiesOnLoopback(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PublicURL = &url.URL{Scheme: "http", Host: "localhost"} })
	f.Handle("GET /set", func(w http.ResponseWriter, r *Request) error {
		r.SetCookie(w, "taste", "kept", 0)
		return nil
	})
	f.Handle("GET /get", func(w http.ResponseWriter, r *Request) error {
		_, err := w.Write([]byte("cookie: " + r.Cookie("taste")))
		return err
	})
	server := httptest.NewServer(f)
	defer server.Close()
	browser := testkit.NewBrowser(t, testkit.Site{Host: "localhost", Address: server.Listener.Addr().String()})
	browser.Open("/set")
	browser.Open("/get")
	browser.Expect("cookie: kept")
}
