package ldap_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
	catalogue "example.com/muster/internal/text"
)

// sound answers all that the test asks.
func sound(p *peer) {
	p.answerAll(func(m wire.Message) {
		_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("dc=example")))
		_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, ""), page("")))
	})
}

// refusing answers binds with a code.
func refusing(code wire.Code, said string) func(*peer) {
	return func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op == wire.BindRequest {
				_, _ = p.Write(message(m.ID, wire.BindResponse, result(code, said)))
				continue
			}
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
		}
	}
}

// searching answers searches with a code and no entry.
func searching(code wire.Code) func(*peer) {
	return func(p *peer) {
		p.answerAll(func(m wire.Message) { _, _ = p.Write(message(m.ID, wire.SearchDone, result(code, ""))) })
	}
}

// TestTest: the step that fails is named, with words to act on, and those after
// it are skipped.
func TestTest(t *testing.T) {
	expired, other := soundCertificate(), soundCertificate()
	expired.from, expired.to = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	other.name = "elsewhere.example.com"
	untrusted := serve(t, soundCertificate(), sound)
	untrusted.certificates = nil
	away := serve(t, soundCertificate(), sound)
	away.url = "ldaps://localhost:1"
	unknown := serve(t, soundCertificate(), sound)
	unknown.url = "ldaps://no-such-host.invalid"
	for _, tc := range []struct {
		name, failed   string
		server         *scripted
		detail, advice string // parts of the words
	}{
		{"sound", "", serve(t, soundCertificate(), sound), "", ""},
		{"no such name", "name", unknown, "no-such-host.invalid", "name server"},
		{"nobody there", "tcp", away, "refused", "firewall"},
		{"untrusted", "tls", untrusted, "Certificate for localhost", "CA file"},
		{"expired", "tls", serve(t, expired, sound), "valid from " + expired.from.UTC().Format(time.DateOnly), "Renew"},
		{"another name", "tls", serve(t, other, sound), "Certificate for elsewhere.example.com", "name that the certificate holds"},
		{"not TLS", "tls", servePlain(t, func(p *peer) { _, _ = p.Write([]byte("220 mail.example.com ESMTP\r\n")) }), "", "port 636"},
		{"silent", "tls", servePlain(t, func(p *peer) { p.hang() }), "", "said nothing"},
		{"wrong password", "bind", serve(t, soundCertificate(), refusing(wire.InvalidCredentials, "")), "invalidCredentials", "name and password"},
		{"locked", "bind", serve(t, soundCertificate(), refusing(wire.InvalidCredentials,
			"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1")), "account is locked", "in order"},
		{"no base", "search base", serve(t, soundCertificate(), searching(wire.NoSuchObject)), "There is no dc=example", ""},
		{"invisible base", "search base", serve(t, soundCertificate(), searching(wire.Success)), "may not see it", ""},
		{"another server's base", "search base", serve(t, soundCertificate(), searching(wire.Referral)), "referral", "another server"},
		{"no paging", "paging", serve(t, soundCertificate(), func(p *peer) {
			p.answerAll(func(m wire.Message) {
				_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("dc=example")))
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
			})
		}), "ignores", "paged results"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			english := catalogue.Default().For("en")
			steps := connect(t, quick, nil, tc.server).Test(t.Context(), "dc=example")
			if len(steps) != 6 {
				t.Fatalf("%d steps: %+v", len(steps), steps)
			}
			want := ldap.OK
			for _, s := range steps {
				if s.Name == tc.failed {
					want = ldap.Failed
				}
				if s.Status != want {
					t.Errorf("%s is %s: %s", s.Name, s.Status, words(english, s))
				}
				if s.Name == tc.failed {
					want = ldap.Skipped
					if said := words(english, s); !strings.Contains(said, tc.detail) || !strings.Contains(said, tc.advice) {
						t.Errorf("the words are %q; want %q and %q in them", said, tc.detail, tc.advice)
					}
				}
				for _, lang := range catalogue.Default().Languages() {
					if said := words(catalogue.Default().For(lang.Tag), s); strings.Contains(said, "[") && strings.Contains(said, "directory.") {
						t.Errorf("%s: there are no words: %s", lang.Tag, said)
					}
				}
			}
		})
	}
}

// words is all that a step says.
func words(p *catalogue.Printer, s ldap.Step) string {
	said := []string{s.Said}
	for _, m := range s.Found {
		said = append(said, p.Say(m))
	}
	if s.Hint.Key != "" {
		said = append(said, p.Say(s.Hint))
	}
	return strings.Join(said, "\n")
}

// TestTestSparesTheAccount: one server's refusal is enough.
func TestTestSparesTheAccount(t *testing.T) {
	first := serve(t, soundCertificate(), refusing(wire.InvalidCredentials, ""))
	second := serve(t, soundCertificate(), refusing(wire.InvalidCredentials, ""))
	steps := connect(t, quick, nil, first, second).Test(t.Context(), "dc=example")
	if len(steps) != 12 || first.binds.Load() != 1 || second.binds.Load() != 0 {
		t.Errorf("%d and %d binds; %+v", first.binds.Load(), second.binds.Load(), steps)
	}
}

// TestStartTLS: what is said before TLS begins counts for nothing.
func TestStartTLS(t *testing.T) {
	for name, answer := range map[string]func(p *peer, m wire.Message){
		"injected": func(p *peer, m wire.Message) {
			_, _ = p.Write(append(message(m.ID, wire.ExtendedResponse, result(wire.Success, "")),
				message(2, wire.BindResponse, result(wire.Success, ""))...))
		},
		"refused": func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.ExtendedResponse, result(wire.Unavailable, "")))
		},
		"stripped": func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.ExtendedResponse, result(wire.ProtocolError, "")))
			p.answerAll(func(wire.Message) {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := servePlain(t, func(p *peer) {
				for m, ok := p.next(); ok; m, ok = p.next() {
					if m.Op == wire.BindRequest {
						t.Error("a bind in the clear")
					}
					answer(p, m)
				}
			})
			d, err := ldap.New(ldap.Config{
				Servers: []string{strings.Replace(s.url, "ldaps", "ldap", 1)}, StartTLS: true,
				BindDN: "cn=service", BindPassword: secret.New("service"), Limits: quick, Now: time.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if v, err := d.Bind(t.Context(), "cn=alice", secret.New("password")); err == nil {
				t.Errorf("Bind = %+v", v)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	sound := ldap.Config{Servers: []string{"ldaps://dc1.example.com"}, BindDN: "cn=service", BindPassword: secret.New("x"), Now: time.Now}
	for name, spoil := range map[string]func(*ldap.Config){
		"no server":      func(c *ldap.Config) { c.Servers = nil },
		"in the clear":   func(c *ldap.Config) { c.Servers = []string{"ldap://dc1.example.com"} },
		"not LDAP":       func(c *ldap.Config) { c.Servers = []string{"https://dc1.example.com"} },
		"no host":        func(c *ldap.Config) { c.Servers = []string{"ldaps://"} },
		"a path":         func(c *ldap.Config) { c.Servers = []string{"ldaps://dc1.example.com/dc=example"} },
		"a password":     func(c *ldap.Config) { c.Servers = []string{"ldaps://a:b@dc1.example.com"} },
		"no account":     func(c *ldap.Config) { c.BindDN = " " },
		"empty password": func(c *ldap.Config) { c.BindPassword = secret.Text{} },
	} {
		cfg := sound
		spoil(&cfg)
		if d, err := ldap.New(cfg); err == nil {
			d.Close()
			t.Errorf("%s is taken", name)
		}
	}
}

// TestWhatPassesIsInUse: a server that was taken out of use is asked again at
// once when a test has passed at every step.
func TestWhatPassesIsInUse(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	s := serve(t, soundCertificate(), func(p *peer) {
		if !broken.Load() {
			sound(p)
		}
	})
	limits := quick
	limits.Probe = time.Hour
	d := connect(t, limits, nil, s)
	for range 4 {
		_, _ = d.Bind(t.Context(), "cn=alice", secret.New("password"))
	}
	inUse := func() bool { servers, _ := d.Health(); return servers[0].InUse }
	if d.Test(t.Context(), "dc=example"); inUse() {
		t.Fatal("in use though it says nothing")
	}
	broken.Store(false)
	if steps := d.Test(t.Context(), "dc=example"); !inUse() {
		t.Errorf("out of use after %+v", steps)
	}
}
