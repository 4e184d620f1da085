package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACME says how a certificate is obtained (RFC 8555).
type ACME struct {
	Host       string         // the name of the public address
	Email      string         // for messages from the authority; may be empty
	Directory  string         // of the authority; empty: Let's Encrypt
	Folder     string         // where keys and certificates are kept, mode 0700
	Roots      *x509.CertPool // of a private authority's own server; nil: the system's
	ListenHost string         // where our own listener is; empty: every address
	ListenPort int            // of our own listener, which the world reaches as 443
}

// AutoCertificate is a certificate that gets and renews itself. It proves the
// host name on the port we listen on (RFC 8737, TLS-ALPN-01), so no second
// port has to be open.
type AutoCertificate struct {
	settings ACME
	log      *slog.Logger
	config   *certmagic.Config
	cache    *certmagic.Cache
	stopgap  *tls.Certificate

	mu      sync.Mutex
	trouble string
}

// NewAutoCertificate prepares a certificate; [AutoCertificate.Keep] gets it.
func NewAutoCertificate(settings ACME, log *slog.Logger) (*AutoCertificate, error) {
	stopgap, err := newStopgap()
	if err != nil {
		return nil, err
	}
	c := &AutoCertificate{settings: settings, log: log, stopgap: stopgap}
	keeperLog := zap.New(newKeeperLog(log))
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.config, nil },
		Logger:           keeperLog,
	})
	c.config = certmagic.New(c.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: settings.Folder},
		Logger:  keeperLog,
		// Monitoring and old clients ask by address, or under another name.
		DefaultServerName: settings.Host, FallbackServerName: settings.Host,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			c.note(event, data)
			return nil
		},
	})
	c.config.Issuers = []certmagic.Issuer{settings.issuer(c.config, keeperLog)}
	return c, nil
}

func (a ACME) issuer(config *certmagic.Config, log *zap.Logger) certmagic.Issuer {
	directory := a.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	return certmagic.NewACMEIssuer(config, certmagic.ACMEIssuer{
		CA: directory, Email: a.Email, Agreed: true, TrustedRoots: a.Roots,
		DisableHTTPChallenge: true, ListenHost: a.ListenHost, AltTLSALPNPort: a.ListenPort, Logger: log,
	})
}

// TLS returns a server configuration that always presents the newest
// certificate. Until there is one, a handshake for the host name fails:
// whoever has learned to click a warning away does so at a thief's page too.
// Only who asks under another name, as monitoring does by address, gets a
// certificate of our own making, so as to hear from the health page what is
// missing.
func (c *AutoCertificate) TLS() *tls.Config {
	secure := c.config.TLSConfig()
	secure.MinVersion = tls.VersionTLS12
	secure.NextProtos = append([]string{"h2", "http/1.1"}, secure.NextProtos...)
	secure.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		found, err := c.config.GetCertificate(hello)
		if err != nil && !strings.EqualFold(hello.ServerName, c.settings.Host) {
			return c.stopgap, nil
		}
		return found, err
	}
	return secure
}

// Keep begins to get the certificate and to renew it, in the background until
// ctx ends. The listener must be open: it answers the authority's question.
func (c *AutoCertificate) Keep(ctx context.Context) error {
	context.AfterFunc(ctx, c.cache.Stop)
	if err := c.config.ManageAsync(ctx, []string{c.settings.Host}); err != nil {
		return fmt.Errorf("web: certificate for %s: %w", c.settings.Host, err)
	}
	return nil
}

// ValidUntil returns when the certificate ends, the zero time while there is
// none.
func (c *AutoCertificate) ValidUntil() time.Time {
	for _, held := range c.cache.AllMatchingCertificates(c.settings.Host) {
		if held.Leaf != nil {
			return held.Leaf.NotAfter
		}
	}
	return time.Time{}
}

// Trouble says why the authority gave no certificate when it was last asked,
// empty if it did.
func (c *AutoCertificate) Trouble() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// note tells in our log what happens to the certificate.
func (c *AutoCertificate) note(event string, data map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch event {
	case "cert_obtaining":
		c.log.Info("web certificate requested", "host", data["identifier"])
	case "cert_obtained":
		c.trouble = ""
		c.log.Info("web certificate obtained", "host", data["identifier"], "renewal", data["renewal"])
	case "cert_failed":
		c.trouble = fmt.Sprint(data["error"])
		c.log.Error("web certificate failed; it is tried again by itself",
			"host", data["identifier"], "error", c.trouble, "hint", c.hint())
	}
}

// hint is what most often helps against the trouble.
func (c *AutoCertificate) hint() string {
	switch {
	case strings.Contains(c.trouble, "x509:"):
		return "the authority's own certificate is not trusted; name its root as http.tls.acme.ca_file"
	case strings.Contains(c.trouble, "urn:ietf:params:acme:error:"):
		return c.settings.Host + " must lead to this server on port 443, seen from the authority"
	}
	return "this server must reach the authority named by http.tls.acme.directory"
}
