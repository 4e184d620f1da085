// Package config owns the configuration file: one YAML file, strict, every
// mistake told at once with its line and a hint.
//
// Reading has no side effects: nothing is opened but the file itself, nothing
// is created, no address is resolved, no default is installed anywhere. A
// mistake never repeats a value from the file, because it may be a secret on
// the wrong line. Secrets are not in the file at all: it names files that
// hold them, or they come from the environment (see secrets.go).
//
// Only commands import this package; what they start gets plain values.
//
// Standards: YAML 1.2 as go.yaml.in/yaml/v4 reads it, the IANA time zone
// names, RFC 3986 for addresses.
package config

import (
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
)

// Config is a configuration without mistakes. Paths are absolute.
type Config struct {
	PublicURL            *url.URL // scheme and host only
	DataDir              string
	KeysFile             string
	Database             string // a postgres:// address without password; empty: SQLite in DataDir
	DatabasePasswordFile string // empty: none
	HTTP                 HTTP
	RADIUS               RADIUS
	Domains              []string
	TimeZone             *time.Location
	Mail                 Mail
	Portal               Portal
	Enrollment           Enrollment
	Passkeys             Passkeys
	Brand                Brand
	Metrics              Metrics

	settings []Setting
}

// Portal says who gets into the portal.
type Portal struct {
	PasswordAlone bool // whoever has no second step gets in, if nothing requires one of them
}

// Enrollment says how people are got to set up their second step.
type Enrollment struct {
	Reminders []time.Duration // how long before the end of a period people are reminded
}

// Passkeys says which can be set up.
type Passkeys struct {
	AttestationRoots string          // file of root certificates, PEM; empty: any passkey can be set up
	Models           []passkey.Model // with AttestationRoots; empty: any that is attested
}

// HTTP says where the portal and the console are served.
type HTTP struct {
	Listen         string // host:port
	TLS            TLS
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
}

// TLS says where the certificate comes from. The zero value means plain
// HTTP, which is only ever served on a loopback address.
type TLS struct {
	CertFile string
	KeyFile  string
	ACME     *ACME // nil: not used
}

// Enabled reports whether the listeners speak TLS.
func (t TLS) Enabled() bool { return t.CertFile != "" || t.ACME != nil }

// ACME says how a certificate is obtained from a certificate authority.
type ACME struct {
	Email     string
	Directory string // address of the authority's directory; empty: Let's Encrypt
	CAFile    string // root certificates for talking to the authority, PEM; empty: the system's
}

// RADIUS says where RADIUS is served.
type RADIUS struct {
	Listen []string // host:port, UDP; empty: RADIUS is off
}

// Mail says how mail leaves.
type Mail struct {
	SMTP *SMTP  // nil: not used
	File string // a folder that gets each mail as a file; empty, without SMTP: mail is off
	From string // the sender's address

	QuietFrom, QuietUntil time.Duration  // times of day in TimeZone; equal: no quiet hours
	WorkingDays           []time.Weekday // empty: every day
	OnSetup               bool           // whether people are told that they were added
	WeeklyDigest          bool           // whether administrators are told how enrollment stands
}

// SMTP says which mail server takes our mail.
type SMTP struct {
	Host         string
	Port         int
	TLS          string // starttls, tls or none
	CAFile       string // roots to trust, PEM; empty: the system's
	Username     string // empty: no sign-in
	PasswordFile string // empty: none
}

// Brand is what people see of the company.
type Brand struct {
	Name   string
	Logo   string // path of a picture; empty: Muster's mark
	Colour string // #rgb or #rrggbb
	Help   string // whom to ask, in words; may be empty
}

// Metrics says where measurements are served. The zero value: nowhere.
type Metrics struct {
	Listen    string // host:port of a listener of its own; may be empty
	TokenFile string // file with the bearer token; may be empty
}

// maxSize bounds the file. A configuration has a few hundred lines.
const maxSize = 1 << 20

// Load reads the file named path.
//
// The error is [Mistakes] if the file was read and is wrong, else a problem
// that says why it could not be read.
func Load(path string) (*Config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s cannot be read", path).
			WithHint("name the configuration with --config FILE")
	}
	if info.IsDir() || info.Size() > maxSize {
		return nil, problem.New(problem.Invalid, "%s is not a configuration file", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s cannot be read", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s cannot be found", path)
	}
	return Parse(content, filepath.Dir(absolute))
}

// Parse reads a configuration. Relative paths in it start at dir. The error,
// if any, is [Mistakes].
func Parse(content []byte, dir string) (*Config, error) {
	r := reader{config: &Config{}, dir: dir, given: map[string]given{}}
	if root := r.document(content); root != nil {
		r.section("", root)
		r.interpret()
		r.contradictions()
	}
	if len(r.mistakes) > 0 {
		return nil, r.mistakes.inOrder()
	}
	return r.config, nil
}

// MailHours returns when mails that may wait go out.
func (c *Config) MailHours() notify.Hours {
	return notify.Hours{Zone: c.TimeZone, QuietFrom: c.Mail.QuietFrom, QuietUntil: c.Mail.QuietUntil, Days: c.Mail.WorkingDays}
}
