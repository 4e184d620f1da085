package config

import (
	"path/filepath"
	"slices"
	"strings"

	"example.com/muster/internal/factor/passkey"
)

// kind is the shape of a value.
type kind int

const (
	text kind = iota
	flag
	number
	list
)

func (k kind) String() string {
	return [...]string{"a text", "true or false", "a number", "a list"}[k]
}

// setting is one key of the file. The table below is the only place that
// knows the keys, their defaults and what they mean; the reader, the hints,
// check-config and the manual's table follow it.
type setting struct {
	key      string
	kind     kind
	required bool
	standard string // the default, as a value or, with computed, in words
	example  string
	doc      string

	// set takes one value (one item of a list) and returns what is wrong
	// with it.
	set func(r *reader, c *Config, value string) *complaint
	// computed is the default where it depends on other settings.
	computed func(c *Config) string
}

// complaint is what is wrong with a value, which it never repeats.
type complaint struct{ problem, hint string }

var table = slices.Concat(firstSettings, mailSettings, lastSettings)

var firstSettings = []setting{
	{
		key: "public_url", required: true, example: "https://mfa.example.com",
		doc: "the address people open; https, except on a loopback address",
		set: func(_ *reader, c *Config, v string) (bad *complaint) {
			c.PublicURL, bad = parsePublicURL(v)
			return bad
		},
	},
	{
		key: "data_dir", standard: "/var/lib/muster", example: "/var/lib/muster",
		doc: "the folder for the database, the lock and the command socket",
		set: path(func(c *Config) *string { return &c.DataDir }),
	},
	{
		key: "keys_file", standard: "keys in data_dir", example: "/etc/muster/keys",
		doc:      "the keys that seal secrets at rest; made at the first start, mode 0600",
		set:      path(func(c *Config) *string { return &c.KeysFile }),
		computed: func(c *Config) string { return filepath.Join(c.DataDir, "keys") },
	},
	{
		key: "database", standard: "", example: "postgres://muster@db.example.com/muster",
		doc: "a PostgreSQL address without password; empty: SQLite in data_dir",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Database = v
			return checkDatabase(v)
		},
	},
	{
		key: "database_password_file", example: "/etc/muster/database-password",
		doc: "the file that holds the database password; or set MUSTER_DATABASE_PASSWORD",
		set: path(func(c *Config) *string { return &c.DatabasePasswordFile }),
	},
	{
		key: "http.listen", standard: ":443 with TLS, else 127.0.0.1:8080", example: `":443"`,
		doc: "where portal and console are served; without TLS only on a loopback address",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.HTTP.Listen = v
			return checkListen(v)
		},
		computed: func(c *Config) string {
			if c.HTTP.TLS.Enabled() {
				return ":443"
			}
			return "127.0.0.1:8080"
		},
	},
	{
		key: "http.trusted_proxies", kind: list, example: "[127.0.0.1]",
		doc: "proxies in front, by address or network; what they say about where people sit is believed",
		set: func(_ *reader, c *Config, v string) *complaint {
			p, bad := parseProxy(v)
			c.HTTP.TrustedProxies = append(c.HTTP.TrustedProxies, p)
			return bad
		},
	},
	{
		key: "http.tls.cert_file", example: "/etc/muster/tls.crt",
		doc: "the certificate chain, PEM; read again when it changes",
		set: path(func(c *Config) *string { return &c.HTTP.TLS.CertFile }),
	},
	{
		key: "http.tls.key_file", example: "/etc/muster/tls.key",
		doc: "the certificate's private key, PEM",
		set: path(func(c *Config) *string { return &c.HTTP.TLS.KeyFile }),
	},
	{
		key: "http.tls.acme.email", example: "it@example.com",
		doc: "the account at the certificate authority; it warns this address",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.acme().Email = v
			return checkEmail(v)
		},
	},
	{
		key: "http.tls.acme.accept_terms", kind: flag, example: "true",
		doc: "whether you accept the certificate authority's terms of service",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.acme()
			return checkAccepted(v)
		},
	},
	{
		key: "http.tls.acme.directory", standard: "Let's Encrypt", example: "https://acme.example.com/directory",
		doc: "the address of the certificate authority's ACME directory",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.acme().Directory = v
			return checkHTTPS(v)
		},
		computed: func(*Config) string { return "" },
	},
	{
		key: "http.tls.acme.ca_file", standard: "the system's", example: "/etc/muster/acme-root.crt",
		doc:      "the root certificates to trust when talking to a private certificate authority, PEM",
		set:      path(func(c *Config) *string { return &c.acme().CAFile }),
		computed: func(*Config) string { return "" },
	},
	{
		key: "radius.listen", kind: list, standard: ":1812", example: `[":1812"]`,
		doc: "where RADIUS is served, UDP; an empty list turns it off",
		set: func(_ *reader, c *Config, v string) *complaint {
			if slices.Contains(c.RADIUS.Listen, v) {
				return &complaint{"the same address twice", "remove one"}
			}
			c.RADIUS.Listen = append(c.RADIUS.Listen, v)
			return checkListen(v)
		},
	},
	{
		key: "domains", kind: list, example: "[example.com, EXAMPLE]",
		doc: `the domains that are ours: user, DOMAIN\user and user@domain are then one person`,
		set: func(_ *reader, c *Config, v string) *complaint {
			if slices.ContainsFunc(c.Domains, func(d string) bool { return strings.EqualFold(d, v) }) {
				return &complaint{"the same domain twice", "remove one; upper and lower case are the same"}
			}
			c.Domains = append(c.Domains, v)
			return checkDomain(v)
		},
	},
	{
		key: "time_zone", standard: "UTC", example: "Europe/Berlin",
		doc: "the IANA time zone in which a typed date ends, and for times in lists and in mails to people without one of their own",
		set: func(_ *reader, c *Config, v string) (bad *complaint) {
			c.TimeZone, bad = parseTimeZone(v)
			return bad
		},
	},
	{
		key: "portal.password_alone", kind: flag, standard: "true", example: "false",
		doc: "whether the password alone opens the portal to people without a second step of whom nothing requires one; false: they set one up first",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Portal.PasswordAlone = isTrue(v)
			return nil
		},
	},
	{
		key: "enrollment.reminders", kind: list, standard: "24h", example: "[72h, 24h]",
		doc: "how long before the end of an enrollment period people are reminded; an empty list: never",
		set: func(_ *reader, c *Config, v string) *complaint {
			d, bad := parseReminder(v)
			c.Enrollment.Reminders = append(c.Enrollment.Reminders, d)
			return bad
		},
	},
	{
		key: "passkeys.attestation_roots", example: "/etc/muster/passkey-roots.pem",
		doc: "root certificates, PEM: only a passkey whose maker's attestation leads to one of them can be set up; empty: any can",
		set: path(func(c *Config) *string { return &c.Passkeys.AttestationRoots }),
	},
	{
		key: "passkeys.models", kind: list, standard: "any", example: "[ee882879-721c-4913-9775-3dfcce97072a]",
		doc: "the models (AAGUID) that can be set up, where passkeys.attestation_roots is given",
		set: func(_ *reader, c *Config, v string) *complaint {
			m, ok := passkey.ParseModel(v)
			if !ok {
				return &complaint{"not the AAGUID of a model", "five groups of hexadecimal digits, as the maker lists it"}
			}
			c.Passkeys.Models = append(c.Passkeys.Models, m)
			return nil
		},
		computed: func(*Config) string { return "" },
	},
}

// lastSettings come after those of mail.
var lastSettings = []setting{
	{
		key: "brand.name", standard: "Muster", example: "Example Ltd",
		doc: "the name people see, at most 64 characters",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Brand.Name = v
			return checkWords(v, 64)
		},
	},
	{
		key: "brand.logo", example: "/etc/muster/logo.svg",
		doc: "the logo: a file with an SVG, PNG, JPEG or WebP picture; empty: Muster's mark",
		set: path(func(c *Config) *string { return &c.Brand.Logo }),
	},
	{
		key: "brand.colour", standard: "#2f55c8", example: `"#2f55c8"`,
		doc: "the accent colour, #rrggbb, dark enough for white text on it",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Brand.Colour = v
			return checkColour(v)
		},
	},
	{
		key: "brand.help", example: `"IT help desk, +49 30 1234"`,
		doc: "whom people ask for help, at most 200 characters",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Brand.Help = v
			return checkWords(v, 200)
		},
	},
	{
		key: "metrics.listen", example: "127.0.0.1:9090",
		doc: "where /metrics is served by itself; without TLS only on a loopback address",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Metrics.Listen = v
			return checkListen(v)
		},
	},
	{
		key: "metrics.token_file", example: "/etc/muster/metrics-token",
		doc: "the file with the bearer token that /metrics demands; or set MUSTER_METRICS_TOKEN",
		set: path(func(c *Config) *string { return &c.Metrics.TokenFile }),
	},
}

func (c *Config) acme() *ACME {
	if c.HTTP.TLS.ACME == nil {
		c.HTTP.TLS.ACME = &ACME{}
	}
	return c.HTTP.TLS.ACME
}

// path returns a setter for a path that may be relative to the file's folder.
func path(field func(*Config) *string) func(*reader, *Config, string) *complaint {
	return func(r *reader, c *Config, v string) *complaint {
		if bad := checkPath(v); bad != nil {
			return bad
		}
		*field(c) = r.absolute(v)
		return nil
	}
}

func (r *reader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

func find(key string) *setting {
	i := slices.IndexFunc(table, func(s setting) bool { return s.key == key })
	if i < 0 {
		return nil
	}
	return &table[i]
}

// isSection reports whether keys exist below key.
func isSection(key string) bool { return len(keysBelow(key+".")) > 0 }

// keysBelow returns the full names of the keys and sections one level below
// prefix ("" or "http.").
func keysBelow(prefix string) []string {
	var names []string
	for _, s := range table {
		rest, ok := strings.CutPrefix(s.key, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, prefix+name) {
			names = append(names, prefix+name)
		}
	}
	return names
}

// allKeys returns every key and every section.
func allKeys() []string {
	var names []string
	for _, s := range table {
		names = append(names, s.key)
		for i, c := range s.key {
			if c == '.' && !slices.Contains(names, s.key[:i]) {
				names = append(names, s.key[:i])
			}
		}
	}
	return names
}

func exampleBelow(section string) string {
	for _, s := range table {
		if strings.HasPrefix(s.key, section+".") {
			return s.key + ": " + s.example
		}
	}
	return ""
}
