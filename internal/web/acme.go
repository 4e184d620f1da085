package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACME gets and renews a certificate by itself (RFC 8555), proving the host
// name on the port we listen on (RFC 8737, TLS-ALPN-01), so no second port has
// to be open.
type ACME struct {
	Host      string         // the name of the public address
	Email     string         // for messages from the authority; may be empty
	Directory string         // of the authority; empty: Let's Encrypt
	Folder    string         // where keys and certificates are kept, mode 0700
	Port      int            // we listen on, if the world reaches it as 443
	Roots     *x509.CertPool // of a private authority's own server; nil: the system's
}

// TLS returns a server configuration and begins to manage the certificate in
// the background until ctx ends. What happens is written to log.
func (a ACME) TLS(ctx context.Context, log *slog.Logger) (*tls.Config, error) {
	silent := zap.NewNop() // events tell what matters, in our own log
	var config *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return config, nil },
		Logger:           silent,
	})
	context.AfterFunc(ctx, cache.Stop)
	config = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: a.Folder},
		Logger:  silent,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			logACME(log, event, data)
			return nil
		},
	})
	directory := a.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	config.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(config, certmagic.ACMEIssuer{
		CA: directory, Email: a.Email, Agreed: true, TrustedRoots: a.Roots,
		DisableHTTPChallenge: true, AltTLSALPNPort: a.Port, Logger: silent,
	})}
	if err := config.ManageAsync(ctx, []string{a.Host}); err != nil {
		return nil, fmt.Errorf("web: certificate for %s: %w", a.Host, err)
	}
	secure := config.TLSConfig()
	secure.MinVersion = tls.VersionTLS12
	secure.NextProtos = append([]string{"h2", "http/1.1"}, secure.NextProtos...)
	return secure, nil
}

func logACME(log *slog.Logger, event string, data map[string]any) {
	switch event {
	case "cert_obtaining":
		log.Info("web certificate requested", "host", data["identifier"])
	case "cert_obtained":
		log.Info("web certificate obtained", "host", data["identifier"], "renewal", data["renewal"])
	case "cert_failed":
		log.Error("web certificate failed", "host", data["identifier"], "error", fmt.Sprint(data["error"]))
	}
}
