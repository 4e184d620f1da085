package web

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/ui"
)

func unpacked(t *testing.T, body io.Reader) string {
	t.Helper()
	r, err := gzip.NewReader(body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestAssetsStayForeverAndTravelPacked(t *testing.T) {
	f := newFixture(t, nil)
	for name := range bundles {
		path := f.assets.path(name)
		plain := f.ask(http.MethodGet, path, "", nil)
		packed := f.ask(http.MethodGet, path, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip") })
		if got := plain.Header.Get("Cache-Control"); got != forever {
			t.Errorf("%s: %s", path, got)
		}
		if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: wrong encoding", path)
		}
		if unpacked(t, packed.Body) != bodyOf(t, plain) {
			t.Errorf("%s: the packed file is another", path)
		}
	}
}

// TestEveryUIFileIsServed keeps ui free of files that no page can reach.
func TestEveryUIFileIsServed(t *testing.T) {
	used := map[string]bool{"img/icon.svg": true}
	for _, parts := range bundles {
		for _, part := range parts {
			used[part] = true
		}
	}
	for _, dir := range []string{"css", "js"} {
		entries, err := ui.Files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name := dir + "/" + e.Name(); !used[name] {
				t.Errorf("%s is in no bundle", name)
			}
		}
	}
}

// TestStylesUseTokens keeps colours and sizes in one place.
func TestStylesUseTokens(t *testing.T) {
	colours := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl)a?\(`)
	property := regexp.MustCompile(`var\((--[a-z0-9-]+)`)
	tokens, err := ui.Files.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	known := string(tokens) + "--accent: --accent-strong: --on-accent:"
	for _, parts := range bundles {
		for _, part := range parts {
			content, err := ui.Files.ReadFile(part)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(content), "\n") {
				free := part == "css/tokens.css" || part == "css/print.css" || strings.HasSuffix(part, ".js")
				// The QR code is black on white in every theme, and shadows have no other colour.
				if !free && colours.MatchString(line) && !strings.Contains(line, "shadow") && !strings.Contains(line, "background: #fff;") {
					t.Errorf("%s:%d: a colour of its own: %s", part, i+1, strings.TrimSpace(line))
				}
				for _, m := range property.FindAllStringSubmatch(line, -1) {
					if !strings.Contains(known, m[1]+":") {
						t.Errorf("%s:%d: %s is no token", part, i+1, m[1])
					}
				}
			}
		}
	}
}

// TestTheFirstVisitIsLight adds up what a phone loads before somebody can sign
// in: the page, one style sheet, one picture.
func TestTheFirstVisitIsLight(t *testing.T) {
	f := newFixture(t, nil)
	packed := func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }
	weigh := func(path string) int {
		body, err := io.ReadAll(f.ask(http.MethodGet, path, "", packed).Body)
		if err != nil {
			t.Fatal(err)
		}
		return len(body)
	}
	all := weigh(f.assets.path("portal.css")) + weigh(f.assets.path("icon.svg"))
	script := weigh(f.assets.path("portal.js"))
	t.Logf("style and picture %d bytes, script %d bytes", all, script)
	if all > 15_000 || script > 5_000 {
		t.Errorf("style and picture weigh %d bytes, the script %d", all, script)
	}
}

func TestPagesTravelPackedUnlessTheyHoldSecrets(t *testing.T) {
	f := newFixture(t, nil)
	long := failure{Title: "web.internal.title", Detail: "x"}
	for _, secret := range []bool{false, true} {
		f.Handle("GET /page-"+map[bool]string{true: "secret", false: "plain"}[secret], func(w http.ResponseWriter, r *Request) error {
			return f.own.Show(w, r, Page{Name: "problem", Data: long, Secret: secret})
		})
	}
	packed := func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=1.0") }
	if got := f.ask(http.MethodGet, "/page-secret", "", packed).Header.Get("Content-Encoding"); got != "" {
		t.Errorf("a page with secrets is packed: %s", got)
	}
	plain := bodyOf(t, f.ask(http.MethodGet, "/page-plain", "", nil))
	for range 2 { // made, then remembered
		answer := f.ask(http.MethodGet, "/page-plain", "", packed)
		if answer.Header.Get("Content-Encoding") != "gzip" || unpacked(t, answer.Body) != plain {
			t.Error("the packed page is another")
		}
	}
	answer := f.ask(http.MethodGet, "/page-plain", "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=0") })
	if answer.Header.Get("Content-Encoding") != "" {
		t.Error("packed for a browser that wants it not")
	}
}

// certificate writes a new self-signed certificate with a serial number.
func certificate(t *testing.T, dir string, serial int64, stamp time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mfa.example.com"},
		NotBefore: noon, NotAfter: noon.AddDate(0, 0, 90), DNSNames: []string{"mfa.example.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenewedCertificateIsTakenUp(t *testing.T) {
	dir, now, log := t.TempDir(), noon, &bytes.Buffer{}
	certificate(t, dir, 1, noon)
	files, err := LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"),
		slog.New(slog.NewTextHandler(log, nil)), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		served, err := files.TLS().GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return served.Leaf.SerialNumber.Int64()
	}
	if serial() != 1 {
		t.Error("another certificate is served")
	}
	certificate(t, dir, 2, noon.Add(time.Hour))
	if now = now.Add(lookEvery); serial() != 2 {
		t.Error("the renewed certificate is not served")
	}
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if now = now.Add(lookEvery); serial() != 2 || !strings.Contains(log.String(), "cannot be renewed") {
		t.Errorf("after half a renewal: serial %d, log %s", serial(), log)
	}
	if _, err := LoadCertificate(filepath.Join(dir, "none.pem"), filepath.Join(dir, "key.pem"), nil, nil); err == nil {
		t.Error("a missing certificate is no error")
	}
}
