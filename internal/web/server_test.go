package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/problem"
)

// fixture is a server with its log in reach.
type fixture struct {
	*Server
	log *bytes.Buffer
}

var noon = time.Date(2026, 12, 3, 12, 0, 0, 0, time.UTC)

func newFixture(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	public, err := url.Parse("https://mfa.example.com")
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	cfg := Config{
		PublicURL: public,
		Brand:     Brand{Name: "Example", Help: "help@example.com"},
		Zone:      time.UTC,
		Log:       slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:       func() time.Time { return noon },
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{Server: s, log: log}
}

// ask sends a request as a browser of the site would.
func (f *fixture) ask(method, target, body string, change func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = f.cfg.PublicURL.Host
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /page", func(http.ResponseWriter, *Request) error { return nil })
	for _, target := range []string{"/page", "/nowhere", f.assets.path("portal.css"), "/favicon.ico"} {
		h := f.ask(http.MethodGet, target, "", nil).Header
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: content policy %q", target, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security":  "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
	}
	if got := f.ask(http.MethodGet, "/page", "", nil).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page is cached: %q", got)
	}
}

func TestErrorsBecomePagesByTheirKind(t *testing.T) {
	f := newFixture(t, nil)
	var failure error
	f.Handle("GET /fail", func(http.ResponseWriter, *Request) error { return failure })
	for err, status := range map[error]int{
		errors.New("the disk of db7 is full"):                                                http.StatusInternalServerError,
		problem.Wrap(problem.Unavailable, errors.New("db7 is away"), "the database is away"): http.StatusServiceUnavailable,
		problem.New(problem.NotFound, "no such thing"):                                       http.StatusNotFound,
		problem.New(problem.Conflict, "changed"):                                             http.StatusConflict,
		problem.New(problem.Forbidden, "not yours"):                                          http.StatusForbidden,
		problem.New(problem.Invalid, "malformed"):                                            http.StatusBadRequest,
		&TooManyError{Wait: 90 * time.Second}:                                                http.StatusTooManyRequests,
	} {
		f.log.Reset()
		failure = err
		answer := f.ask(http.MethodGet, "/fail", "", nil)
		body := bodyOf(t, answer)
		if answer.StatusCode != status {
			t.Errorf("%v: status %d, want %d", err, answer.StatusCode, status)
		}
		if strings.Contains(body, "db7") {
			t.Errorf("%v: the cause is on the page", err)
		}
		_, rest, found := strings.Cut(f.log.String(), "reference=")
		reference, _, _ := strings.Cut(rest, " ")
		if !found || !strings.Contains(body, reference) || !strings.Contains(f.log.String(), err.Error()) {
			t.Errorf("%v: reference or cause are missing:\n%s\n%s", err, f.log, body)
		}
	}
}

func TestPanicsBecomePages(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /panic", func(http.ResponseWriter, *Request) error { panic("secret inside") })
	answer := f.ask(http.MethodGet, "/panic", "", nil)
	if body := bodyOf(t, answer); answer.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret inside") {
		t.Errorf("%d: %s", answer.StatusCode, body)
	}
	if !strings.Contains(f.log.String(), "secret inside") {
		t.Error("the log does not know why")
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /only-post", func(http.ResponseWriter, *Request) error { return nil })
	for target, status := range map[string]int{
		"/nowhere": http.StatusNotFound, "/only-post": http.StatusMethodNotAllowed, "/assets/none.css": http.StatusNotFound,
	} {
		answer := f.ask(http.MethodGet, target, "", nil)
		if answer.StatusCode != status || !strings.Contains(bodyOf(t, answer), "This page does not exist") {
			t.Errorf("%s: %d", target, answer.StatusCode)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	f := newFixture(t, nil)
	reached := 0
	f.Handle("POST /change", func(http.ResponseWriter, *Request) error { reached++; return nil })
	for name, header := range map[string][2]string{
		"another site":        {"Sec-Fetch-Site", "cross-site"},
		"a neighbouring host": {"Sec-Fetch-Site", "same-site"},
		"an older browser":    {"Origin", "https://evil.example.net"},
	} {
		answer := f.ask(http.MethodPost, "/change", "a=b", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set(header[0], header[1])
		})
		if answer.StatusCode != http.StatusForbidden || reached != 0 {
			t.Errorf("%s: %d, reached %d times", name, answer.StatusCode, reached)
		}
	}
	if answer := f.ask(http.MethodPost, "/change", "a=b", nil); answer.StatusCode != http.StatusOK || reached != 1 {
		t.Errorf("the own form: %d", answer.StatusCode)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /form", func(_ http.ResponseWriter, r *Request) error { return r.ParseForm() })
	answer := f.ask(http.MethodPost, "/form", "password="+strings.Repeat("x", 1<<20), nil)
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestFieldsComeFromTheBodyOnly(t *testing.T) {
	f := newFixture(t, nil)
	var got string
	show := func(_ http.ResponseWriter, r *Request) error { got = r.Field("code"); return nil }
	f.Handle("GET /e", show)
	f.Handle("POST /e", show)
	f.ask(http.MethodGet, "/e?code=123456", "", nil)
	if got != "" {
		t.Errorf("a GET gave a code: %q", got)
	}
	f.ask(http.MethodPost, "/e?code=123456", "code=654321", nil)
	if got != "654321" {
		t.Errorf("a POST gave %q", got)
	}
}
