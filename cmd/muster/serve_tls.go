package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// secure returns how TLS is spoken, nil for plain HTTP.
func (s *server) secure() (*tls.Config, error) {
	t := s.config.HTTP.TLS
	switch {
	case t.ACME != nil:
		return s.secureByACME(t.ACME)
	case t.CertFile != "":
		files, err := web.LoadCertificate(t.CertFile, t.KeyFile, s.log, clock.Now)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "http.tls: the certificate cannot be used").
				WithHint("%v", err)
		}
		return files.TLS(), nil
	}
	return nil, nil
}

func (s *server) secureByACME(settings *config.ACME) (*tls.Config, error) {
	roots, err := readRoots(settings.CAFile)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(s.config.HTTP.Listen)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	s.auto, err = web.NewAutoCertificate(web.ACME{
		Host: s.config.PublicURL.Hostname(), Email: settings.Email, Directory: settings.Directory,
		Folder: filepath.Join(s.config.DataDir, "acme"), Roots: roots,
		ListenHost: host, ListenPort: number,
	}, s.log)
	if err != nil {
		return nil, err
	}
	s.moreChecks = append(s.moreChecks, s.checkAutoCertificate)
	return s.auto.TLS(), nil
}

// readRoots returns nil, which means the system's, if no file is named.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "http.tls.acme.ca_file: %s cannot be read", path)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, problem.New(problem.Invalid, "http.tls.acme.ca_file: %s holds no certificate", path).
			WithHint("it must be PEM, with the root of the authority")
	}
	return roots, nil
}

// keepCertificate begins once the listener is open that proves our name.
func (s *server) keepCertificate(ctx context.Context) error {
	if s.auto == nil {
		return nil
	}
	return s.auto.Keep(ctx)
}

func (s *server) checkAutoCertificate() operator.Check {
	until := s.auto.ValidUntil()
	switch {
	case until.IsZero():
		return operator.Check{Name: "certificate", Finding: "none yet: " + s.certificateTrouble(), Hint: "see http.tls.acme in the configuration"}
	case clock.Now().Add(renewBefore).After(until) && s.auto.Trouble() != "":
		return operator.Check{Name: "certificate", Finding: "cannot be renewed: " + s.certificateTrouble(), Hint: "see http.tls.acme in the configuration"}
	}
	return operator.Check{Name: "certificate", OK: true, Finding: validUntil(until, s.config.TimeZone)}
}

func (s *server) certificateTrouble() string {
	if trouble := s.auto.Trouble(); trouble != "" {
		return trouble
	}
	return "the authority has not answered"
}
