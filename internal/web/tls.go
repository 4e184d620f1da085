package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// CertificateFiles is a certificate and its key, read again when the files
// change, so that a renewal needs no restart.
type CertificateFiles struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // modification times of what current was read from
	looked  time.Time
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = 10 * time.Second

// LoadCertificate reads a certificate chain and its key, both PEM. It returns
// an error if they cannot be read or do not belong together.
func LoadCertificate(certFile, keyFile string, log *slog.Logger, now func() time.Time) (*CertificateFiles, error) {
	c := &CertificateFiles{certFile: certFile, keyFile: keyFile, log: log, now: now}
	stamp, err := c.modified()
	if err != nil {
		return nil, err
	}
	if err := c.load(stamp); err != nil {
		return nil, err
	}
	return c, nil
}

// TLS returns a server configuration that always presents the newest
// certificate.
func (c *CertificateFiles) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.newest(), nil
		},
	}
}

// newest returns the certificate, read anew if the files have changed. Files
// that do not fit together are reported and left: half of a renewal may be
// written, and the old certificate still serves.
func (c *CertificateFiles) newest() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.looked) < lookEvery {
		return c.current
	}
	c.looked = now
	stamp, err := c.modified()
	if err == nil && stamp != c.stamp {
		err = c.load(stamp)
	}
	if err != nil {
		c.log.Error("web certificate cannot be renewed", "file", c.certFile, "error", err.Error())
	}
	return c.current
}

func (c *CertificateFiles) load(stamp [2]time.Time) error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("web: certificate: %w", err)
	}
	c.current, c.stamp = &pair, stamp
	return nil
}

func (c *CertificateFiles) modified() (stamp [2]time.Time, err error) {
	var errs [2]error
	for i, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			errs[i] = fmt.Errorf("web: certificate: %w", err)
			continue
		}
		stamp[i] = info.ModTime()
	}
	return stamp, errors.Join(errs[:]...)
}
