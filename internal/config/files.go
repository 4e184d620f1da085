package config

import "os"

// FileWarnings looks at the files that the configuration names, without
// opening them: what does not exist yet, and secrets that others can read.
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
	return warnings
}
