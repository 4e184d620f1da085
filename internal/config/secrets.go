package config

import (
	"errors"
	"io"
	"os"
	"strings"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// The environment variables that may hold a secret instead of a file.
const (
	databasePasswordVariable = "MUSTER_DATABASE_PASSWORD"
	smtpPasswordVariable     = "MUSTER_SMTP_PASSWORD"
	metricsTokenVariable     = "MUSTER_METRICS_TOKEN"
)

// DatabasePassword returns the password from the file or the environment,
// empty if neither is set. Both are set: a problem.
func (c *Config) DatabasePassword() (secret.Text, error) {
	return fileOrEnvironment("database_password_file", c.DatabasePasswordFile, databasePasswordVariable)
}

// MetricsToken returns the token from the file or the environment, empty if
// neither is set. Both are set: a problem.
func (c *Config) MetricsToken() (secret.Text, error) {
	return fileOrEnvironment("metrics.token_file", c.Metrics.TokenFile, metricsTokenVariable)
}

// SMTPPassword returns the password from the file or the environment, empty if
// neither is set. Both are set: a problem.
func (c *Config) SMTPPassword() (secret.Text, error) {
	file := ""
	if c.Mail.SMTP != nil {
		file = c.Mail.SMTP.PasswordFile
	}
	return fileOrEnvironment("smtp.password_file", file, smtpPasswordVariable)
}

func fileOrEnvironment(key, path, variable string) (secret.Text, error) {
	value := os.Getenv(variable)
	switch {
	case value != "" && path != "":
		return secret.Text{}, problem.New(problem.Invalid, "%s and %s are both set", key, variable).
			WithHint("keep one of the two")
	case path != "":
		return ReadSecretFile(path)
	}
	return secret.New(value), nil
}

// maxSecret bounds a file with one secret in it.
const maxSecret = 64 << 10

// ReadSecretFile returns what the file holds, without one line end after it.
// The errors are problems that name the path and never the content.
func ReadSecretFile(path string) (secret.Text, error) {
	f, err := os.Open(path)
	if err != nil {
		return secret.Text{}, unreadable(path, err)
	}
	defer f.Close()
	return ReadSecret(f, path)
}

// ReadSecret is [ReadSecretFile] for what is open already; name says in
// errors what it is.
func ReadSecret(r io.Reader, name string) (secret.Text, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return secret.Text{}, unreadable(name, err)
	}
	if len(content) > maxSecret {
		return secret.Text{}, problem.New(problem.Invalid, "%s is longer than %d bytes", name, maxSecret)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if s == "" {
		return secret.Text{}, problem.New(problem.Invalid, "%s is empty", name)
	}
	return secret.New(s), nil
}

func unreadable(path string, err error) *problem.Error {
	why := "cannot be read"
	switch {
	case errors.Is(err, os.ErrNotExist):
		why = "does not exist"
	case errors.Is(err, os.ErrPermission):
		why = "may not be read by this user"
	}
	return problem.Wrap(problem.Invalid, err, "%s %s", path, why)
}
