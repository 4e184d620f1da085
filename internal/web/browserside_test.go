package web

import (
	"bytes"
	"log"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/text"
)

func loopback(c *Config) { c.PublicURL = &url.URL{Scheme: "http", Host: "localhost:8080"} }

func TestCookiesAreOutOfReach(t *testing.T) {
	const safari = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
	const chromium = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
	for name, c := range map[string]struct {
		change func(*Config)
		agent  string
		want   string
	}{
		"https":              {nil, safari, "__Host-session=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"loopback, Chromium": {loopback, chromium, "__Host-session=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"loopback, Safari":   {loopback, safari, "session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
	} {
		f := newFixture(t, c.change)
		var read string
		f.Handle("GET /set", func(w http.ResponseWriter, r *Request) error {
			read = r.Cookie("session")
			r.SetCookie(w, "session", "x", time.Minute)
			return nil
		})
		agent := func(r *http.Request) { r.Header.Set("User-Agent", c.agent) }
		answer := f.ask(http.MethodGet, "/set", "", agent)
		if got := answer.Header.Get("Set-Cookie"); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		f.ask(http.MethodGet, "/set", "", func(r *http.Request) {
			agent(r)
			r.AddCookie(answer.Cookies()[0])
		})
		if read != "x" {
			t.Errorf("%s: read back %q", name, read)
		}
	}
}

// TestCookiesCarryAnyText, and net/http, which would drop what it cannot carry
// and say so past our log, has nothing to say.
func TestCookiesCarryAnyText(t *testing.T) {
	var said bytes.Buffer
	log.SetOutput(&said)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for _, text := range []string{
		`/security?a="b"&c=d;e, f\g`, "/users?q=müller%20+1", "\x00\r\nSet-Cookie: x=y", `"quoted"`, "plain-_.~text",
	} {
		var got string
		f := newFixture(t, nil)
		f.Handle("GET /set", func(w http.ResponseWriter, r *Request) error {
			r.SetCookie(w, "next", text, 0)
			return nil
		})
		f.Handle("GET /get", func(_ http.ResponseWriter, r *Request) error {
			got = r.Cookie("next")
			return nil
		})
		set := f.ask(http.MethodGet, "/set", "", nil).Cookies()
		f.ask(http.MethodGet, "/get", "", func(r *http.Request) {
			for _, cookie := range set {
				r.AddCookie(cookie)
			}
		})
		if got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
	if said.Len() != 0 {
		t.Errorf("net/http says %s", said.String())
	}
}

func TestAPlantedCookieIsNotRead(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /", func(_ http.ResponseWriter, r *Request) error {
		if got := r.Cookie("session"); got != "" {
			t.Errorf("read %q", got)
		}
		return nil
	})
	f.ask(http.MethodGet, "/", "", func(r *http.Request) { r.Header.Set("Cookie", "session=planted") })
}

func TestOnlyKnownHostsAreServed(t *testing.T) {
	port := func(c *Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "mfa.example.com:8443"} }
	for _, c := range []struct {
		change func(*Config)
		host   string
		known  bool
	}{
		{nil, "mfa.example.com", true},
		{nil, "MFA.example.com", true},
		{nil, "mfa.example.com:443", true},
		{nil, "mfa.example.com:8443", false},
		{nil, "evil.example.net", false},
		{nil, "127.0.0.1", false},
		{nil, "", false},
		{port, "mfa.example.com:8443", true},
		{port, "mfa.example.com", false},
		{loopback, "localhost:8080", true},
		{loopback, "127.0.0.1:8080", true},
		{loopback, "[::1]:8080", true},
		{loopback, "mfa.example.com", false},
	} {
		f := newFixture(t, c.change)
		f.Handle("GET /", func(http.ResponseWriter, *Request) error { return nil })
		answer := f.ask(http.MethodGet, "/", "", func(r *http.Request) { r.Host = c.host })
		if known := answer.StatusCode == http.StatusOK; known != c.known {
			t.Errorf("%s at %q: status %d", f.cfg.PublicURL, c.host, answer.StatusCode)
		}
		if body := bodyOf(t, answer); !c.known && !strings.Contains(body, f.cfg.PublicURL.String()) {
			t.Errorf("%q: the page does not say where to go", c.host)
		}
	}
}

func TestForwardedAddressesAreBelievedOfProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		peer, forwarded string
		trusted         []netip.Prefix
		want            string
	}{
		{"203.0.113.7:1234", "198.51.100.1", nil, "203.0.113.7"},
		{"203.0.113.7:1234", "198.51.100.1", proxies, "203.0.113.7"},
		{"10.0.0.1:1234", "198.51.100.1", proxies, "198.51.100.1"},
		{"10.0.0.1:1234", "6.6.6.6, 198.51.100.1, 10.0.0.2", proxies, "198.51.100.1"},
		{"10.0.0.1:1234", "6.6.6.6, rubbish", proxies, "10.0.0.1"},
		{"10.0.0.1:1234", "", proxies, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1234", "::ffff:198.51.100.1", proxies, "198.51.100.1"},
	} {
		f := newFixture(t, func(cfg *Config) { cfg.TrustedProxies = c.trusted })
		var got string
		f.Handle("GET /", func(_ http.ResponseWriter, r *Request) error { got = r.Client.String(); return nil })
		f.ask(http.MethodGet, "/", "", func(r *http.Request) {
			r.RemoteAddr = c.peer
			r.Header.Set("X-Forwarded-For", c.forwarded)
		})
		if got != c.want {
			t.Errorf("%s says %q: client %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestTheLanguageIsChosen(t *testing.T) {
	f := newFixture(t, nil)
	said := func(change func(*http.Request)) string {
		body := bodyOf(t, f.ask(http.MethodGet, "/nowhere", "", change))
		_, rest, _ := strings.Cut(body, `<html lang="`)
		lang, _, _ := strings.Cut(rest, `"`)
		return lang
	}
	if got := said(func(r *http.Request) { r.Header.Set("Accept-Language", "de-AT,de;q=0.9") }); got != "de" {
		t.Errorf("the browser's language: %s", got)
	}
	if body := bodyOf(t, f.ask(http.MethodGet, "/nowhere?a=b%26c", "", nil)); !strings.Contains(body, `href="/nowhere?a=b%26c&amp;lang=de"`) {
		t.Errorf("the other language of a page is elsewhere:\n%s", body)
	}
	answer := f.ask(http.MethodGet, "/nowhere?a=b&lang=de", "", nil)
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/nowhere?a=b" {
		t.Fatalf("switching: %d to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	if got := said(func(r *http.Request) { r.AddCookie(answer.Cookies()[0]) }); got != "de" {
		t.Errorf("the chosen language: %s", got)
	}
	if to := f.ask(http.MethodGet, "//evil.example.net/?lang=de", "", nil).Header.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") {
		t.Errorf("switching leads away: %q", to)
	}
}

func TestRedirectsStayHere(t *testing.T) {
	for path, want := range map[string]string{
		"/security": "/security", "/a?b=c": "/a?b=c", "": "/", "https://evil.example.net": "/", "//evil.example.net": "/",
		`/\evil.example.net`: "/", `/./\evil.example.net`: "/", "/\t/evil.example.net": "/", "javascript:alert(1)": "/",
	} {
		if got := LocalPath(path); got != want {
			t.Errorf("LocalPath(%q) = %q", path, got)
		}
	}
}

func TestANoticeIsShownOnce(t *testing.T) {
	f := newFixture(t, nil)
	var shown *Notice
	f.Handle("GET /done", func(w http.ResponseWriter, r *Request) error {
		shown = r.takeNotice(w)
		return nil
	})
	f.Handle("POST /do", func(w http.ResponseWriter, r *Request) error {
		r.Notify(w, Good, text.Key(r.Field("key")), text.Args{"Count": 3, "Name": "a=b&c"})
		return r.Redirect(w, "/done")
	})
	ask := func(key string) *http.Response {
		cookies := f.ask(http.MethodPost, "/do", "key="+key, nil).Cookies()
		return f.ask(http.MethodGet, "/done", "", func(r *http.Request) { r.AddCookie(cookies[0]) })
	}
	answer := ask("notice.signed-out")
	if shown == nil || shown.Tone != Good || shown.Message.Args["Count"] != 3 || shown.Message.Args["Name"] != "a=b&c" {
		t.Errorf("shown %+v", shown)
	}
	if cookie := answer.Cookies()[0]; cookie.MaxAge >= 0 {
		t.Error("the notice stays in the browser")
	}
	if ask("web.skip"); shown != nil {
		t.Error("a cookie can show any text")
	}
}

func TestTheLimiterSlowsEachSourceByItself(t *testing.T) {
	l := NewLimiter(time.Minute, 2, 3)
	at := func(addr string) error { return l.Allow(netip.MustParseAddr(addr), noon) }
	for i, want := range []bool{true, true, false} {
		if got := at("203.0.113.7") == nil; got != want {
			t.Errorf("try %d: %v", i+1, got)
		}
	}
	if at("203.0.113.8") != nil {
		t.Error("a neighbour is slowed too")
	}
	if at("2001:db8::1") != nil || at("2001:db8::2") != nil || at("2001:db8:0:0:ffff::") == nil {
		t.Error("an IPv6 source is its /64")
	}
	if err := l.Allow(netip.MustParseAddr("203.0.113.7"), noon.Add(time.Minute)); err != nil {
		t.Error("waiting does not help")
	}
	if err := l.Allow(netip.Addr{}, noon); err != nil {
		t.Error("no address is a source as well")
	}
}

func TestTheLimiterRemembersSoMany(t *testing.T) {
	l := NewLimiter(time.Hour, 1, 10)
	for i := range 1000 {
		_ = l.Allow(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), noon)
	}
	if len(l.sources) != 10 || l.recent.Len() != 10 {
		t.Errorf("%d and %d sources", len(l.sources), l.recent.Len())
	}
}

func TestATryThatIsForgivenDoesNotCount(t *testing.T) {
	l, addr := NewLimiter(time.Minute, 2, 10), netip.MustParseAddr("203.0.113.7")
	for range 5 {
		forgive, err := l.Try(addr, noon)
		if err != nil {
			t.Fatal("a forgiven try counts")
		}
		forgive()
	}
	first, _ := l.Try(addr, noon)
	if _, err := l.Try(addr, noon); err != nil {
		t.Fatal("two are one too many")
	}
	if _, err := l.Try(addr, noon); err == nil {
		t.Error("tries under way do not count")
	}
	first()
	if err := l.Allow(addr, noon); err != nil {
		t.Error("what is forgiven stays counted")
	}
}
