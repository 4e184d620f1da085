package web

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestKeeperLogTellsComplaintsSparingly(t *testing.T) {
	var out bytes.Buffer
	log := zap.New(newKeeperLog(slog.New(slog.NewTextHandler(&out, nil)))).With(zap.String("host", "mfa.example.com"))
	log.Info("all is well")
	for range 100 {
		log.Error("no luck", zap.Int("attempt", 7))
	}
	if got := strings.Count(out.String(), "\n"); got != keeperMost {
		t.Errorf("%d lines, want %d:\n%s", got, keeperMost, out.String())
	}
	if line, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(line, `level=WARN`) ||
		!strings.Contains(line, `finding="no luck" attempt=7`) || !strings.Contains(line, "host=mfa.example.com") {
		t.Errorf("written as %s", line)
	}
}

// TestHandshakesBeforeThereIsACertificate: whoever asks for the public name is
// refused rather than taught to click a warning away; monitoring, by address,
// is served. Strangers who pretend to be the authority fill no log.
func TestHandshakesBeforeThereIsACertificate(t *testing.T) {
	var out bytes.Buffer
	c, err := NewAutoCertificate(ACME{Host: "mfa.example.com", Folder: t.TempDir(), ListenPort: 443}, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.cache.Stop()
	secure := c.TLS()
	handshake := func(config *tls.Config) error {
		config.InsecureSkipVerify = true
		here, there := net.Pipe()
		served := make(chan error, 1)
		go func() {
			defer there.Close()
			served <- tls.Server(there, secure).Handshake()
		}()
		defer func() { <-served }()
		defer here.Close()
		return tls.Client(here, config).Handshake()
	}
	for name, fine := range map[string]bool{"mfa.example.com": false, "MFA.example.com": false, "other.example.com": true, "": true} {
		if err := handshake(&tls.Config{ServerName: name}); (err == nil) != fine {
			t.Errorf("as %q: %v", name, err)
		}
	}
	for range 50 {
		_ = handshake(&tls.Config{ServerName: "mfa.example.com", NextProtos: []string{"acme-tls/1"}})
	}
	if got := strings.Count(out.String(), "\n"); got > keeperMost {
		t.Errorf("%d lines in the log:\n%s", got, out.String())
	}
	if !c.ValidUntil().IsZero() || c.Trouble() != "" {
		t.Errorf("valid until %v, trouble %q, though nobody was asked", c.ValidUntil(), c.Trouble())
	}
}
