package config

import (
	"io"
	"os"

	"example.com/muster/internal/web"
)

// FileWarnings looks at the files that the configuration names: what does not
// exist yet, secrets that others can read, a logo that is no picture.
// They are no mistakes of the file, and may well be right on the machine that
// it is written for.
func (c *Config) FileWarnings() []Mistake {
	named := []struct {
		key, path string
		secret    bool
	}{
		{"database_password_file", c.DatabasePasswordFile, true},
		{"http.tls.cert_file", c.HTTP.TLS.CertFile, false},
		{"http.tls.key_file", c.HTTP.TLS.KeyFile, true},
		{"http.tls.acme.ca_file", acmeRoots(c.HTTP.TLS.ACME), false},
		{"passkeys.attestation_roots", c.Passkeys.AttestationRoots, false},
		{"smtp.ca_file", smtpOf(c.Mail.SMTP).CAFile, false},
		{"smtp.password_file", smtpOf(c.Mail.SMTP).PasswordFile, true},
		{"brand.logo", c.Brand.Logo, false},
		{"metrics.token_file", c.Metrics.TokenFile, true},
	}
	var warnings []Mistake
	for _, f := range named {
		if f.path == "" {
			continue
		}
		info, err := os.Stat(f.path)
		switch {
		case err != nil:
			warnings = append(warnings, Mistake{Key: f.key, Problem: "the file cannot be found here", Hint: "looked for " + f.path})
		case f.secret && info.Mode().Perm()&0o007 != 0:
			warnings = append(warnings, Mistake{Key: f.key, Problem: "others can read the file", Hint: "chmod 600 " + f.path})
		}
	}
	if content, err := readAtMost(c.Brand.Logo, maxSize); err == nil {
		if err := web.CheckLogo(content); err != nil {
			warnings = append(warnings, Mistake{Key: "brand.logo", Problem: "cannot be shown", Hint: err.Error()})
		}
	}
	return warnings
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

func acmeRoots(a *ACME) string {
	if a == nil {
		return ""
	}
	return a.CAFile
}

func smtpOf(s *SMTP) SMTP {
	if s == nil {
		return SMTP{}
	}
	return *s
}
