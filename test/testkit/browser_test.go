//go:build system

package testkit_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rsc.io/qr"

	"example.com/muster/test/testkit"
)

const page = `<!doctype html><html lang="en"><title>Example</title><main><h1>Sign in</h1>
<form method="post"><label>User name <input name="username" required></label>
<label>Password <input name="password" type="password"></label><button>Next</button></form>
<img alt="QR code" src="/qr.png" width="264" height="264"></main>`

func startSite(t *testing.T, body string) testkit.Site {
	t.Helper()
	code, err := qr.Encode("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /qr.png", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(code.PNG()) })
	mux.HandleFunc("GET /favicon.ico", http.NotFound)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		fmt.Fprint(w, body)
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, "<!doctype html><p id=said>%s/%s", r.FormValue("username"), r.FormValue("password"))
	})
	server := httptest.NewUnstartedServer(mux)
	pki := testkit.NewPKI(t, testkit.Scratch(t), testkit.PublicHost)
	server.Listener.Close()
	if server.Listener, err = net.Listen("tcp", testkit.Loopback(t)+":443"); err != nil {
		t.Fatal(err)
	}
	server.TLS = pki.ServerConfig(t)
	server.StartTLS()
	t.Cleanup(server.Close)
	return testkit.Site{Host: testkit.PublicHost, Address: server.Listener.Addr().String(), SPKI: pki.SPKI}
}

func TestBrowser(t *testing.T) {
	b := testkit.NewBrowser(t, startSite(t, page))
	b.Look(320, true)
	b.Open("/")
	b.CheckAccessibility()
	testkit.Golden(t, "page.tree", b.AccessibilityTree())
	if got := b.ReadQR(); got != "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ" {
		t.Errorf("zbarimg reads %q", got)
	}
	b.Type("username", "alice")
	b.Type("password", "pass & word")
	b.Enter()
	b.Expect("alice/pass & word")
	if got := b.TextOf("#said"); got != "alice/pass & word" {
		t.Errorf("got %q", got)
	}
}

// TestBrowserComplains shows that findings fail a test: axe for a picture
// without a text, the console for a script that the policy forbids.
func TestBrowserComplains(t *testing.T) {
	site := startSite(t, `<!doctype html><html lang="en"><title>Example</title><main><h1>Hello</h1>
<img src="/qr.png"><script>document.title = "taken"</script></main>`)
	recorder := &recorder{TB: t}
	t.Run("inner", func(t *testing.T) {
		recorder.TB = t
		b := testkit.NewBrowser(recorder, site)
		b.Open("/")
		b.CheckAccessibility()
	})
	said := strings.Join(recorder.errors, "\n")
	for _, want := range []string{"axe image-alt (critical)", "Content Security Policy"} {
		if !strings.Contains(said, want) {
			t.Errorf("no complaint of %q in:\n%s", want, said)
		}
	}
}

// recorder keeps what would have failed a test.
type recorder struct {
	testing.TB

	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
