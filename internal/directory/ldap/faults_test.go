package ldap_test

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

var everything = wire.Search{Base: "dc=example", Scope: wire.Subtree}

// TestNeverRight: whatever a server answers to a bind, nothing but a clear
// success is a right password, and what is no answer is an error.
func TestNeverRight(t *testing.T) {
	adError := "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data "
	answer := func(op wire.Op, body []byte, controls ...[]byte) func(*peer, wire.Message) {
		return func(p *peer, m wire.Message) { _, _ = p.Write(message(m.ID, op, body, controls...)) }
	}
	raw := func(octets string) func(*peer, wire.Message) {
		return func(p *peer, _ wire.Message) { _, _ = p.Write([]byte(octets)) }
	}
	policy := func(n byte) []byte {
		return tlv(0x30, text(wire.OIDPolicy), text(string(tlv(0x30, tlv(0x81, []byte{n})))))
	}
	reason := func(r ldap.Reason) ldap.Verdict { return ldap.Verdict{Outcome: ldap.Refused, Reason: r} }
	for _, tc := range []struct {
		name   string
		script func(*peer, wire.Message)
		want   ldap.Verdict
		err    bool
	}{
		{"success", answer(wire.BindResponse, result(wire.Success, "")), ldap.Verdict{Outcome: ldap.Right}, false},
		{"wrong", answer(wire.BindResponse, result(wire.InvalidCredentials, "")), ldap.Verdict{}, false},
		{"AD wrong", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"52e, v1db1")), ldap.Verdict{}, false},
		{"AD unknown", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"525, v1db1")), ldap.Verdict{Reason: ldap.UnknownPerson}, false},
		{"AD hours", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"530, v1db1\x00")), reason(ldap.OutsideHours), false},
		{"AD workstation", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"531, v1db1")), reason(ldap.WrongHost), false},
		{"AD password expired", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"532, v1db1")), reason(ldap.PasswordExpired), false},
		{"AD disabled", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"533, v1db1")), reason(ldap.Disabled), false},
		{"AD expired", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"701, v1db1")), reason(ldap.AccountExpired), false},
		{"AD must change", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"773, v1db1")), reason(ldap.MustChange), false},
		{"AD locked", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"775, v1db1")), reason(ldap.Locked), false},
		{"AD restricted", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"52F, v1db1")), reason(ldap.Restricted), false},
		{"AD new code", answer(wire.BindResponse, result(wire.InvalidCredentials, adError+"999, v1db1")), ldap.Verdict{}, false},
		{"policy expired", answer(wire.BindResponse, result(wire.InvalidCredentials, ""), policy(0)), reason(ldap.PasswordExpired), false},
		{"policy locked", answer(wire.BindResponse, result(wire.InvalidCredentials, ""), policy(1)), reason(ldap.Locked), false},
		{"success, but must change", answer(wire.BindResponse, result(wire.Success, ""), policy(2)), reason(ldap.MustChange), false},
		{"no password", answer(wire.BindResponse, result(wire.InappropriateAuthentication, "")), ldap.Verdict{}, false},
		{"no such entry", answer(wire.BindResponse, result(wire.NoSuchObject, "")), ldap.Verdict{Reason: ldap.UnknownPerson}, false},
		{"unwilling", answer(wire.BindResponse, result(wire.UnwillingToPerform, "")), reason(ldap.Restricted), false},

		{"referral", answer(wire.BindResponse, result(wire.Referral, "")), ldap.Verdict{}, true},
		{"SASL in progress", answer(wire.BindResponse, result(14, "")), ldap.Verdict{}, true},
		{"strong authentication", answer(wire.BindResponse, result(wire.StrongerAuthRequired, "")), ldap.Verdict{}, true},
		{"busy", answer(wire.BindResponse, result(wire.Busy, "")), ldap.Verdict{}, true},
		{"a negative code", answer(wire.BindResponse, result(-1, "")), ldap.Verdict{}, true},
		{"another operation's success", answer(wire.SearchDone, result(wire.Success, "")), ldap.Verdict{}, true},
		{"an extended success", answer(wire.ExtendedResponse, result(wire.Success, "")), ldap.Verdict{}, true},
		{"an answer to another question", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID+1, wire.BindResponse, result(wire.Success, "")))
		}, ldap.Verdict{}, true},
		{"a notice of disconnection", func(p *peer, _ wire.Message) {
			_, _ = p.Write(message(0, wire.ExtendedResponse, result(wire.Success, "")))
		}, ldap.Verdict{}, true},
		{"garbage", raw("HTTP/1.1 400 Bad Request\r\n\r\n"), ldap.Verdict{}, true},
		{"nothing", func(p *peer, _ wire.Message) { p.Close() }, ldap.Verdict{}, true},
		{"half an answer", raw("\x30\x0c\x02\x01"), ldap.Verdict{}, true},
		{"a claim of two gigabytes", raw("\x30\x84\x7f\xff\xff\xff"), ldap.Verdict{}, true},
		{"an indefinite length", raw("\x30\x80\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00"), ldap.Verdict{}, true},
		{"too long", answer(wire.BindResponse, result(wire.Success, strings.Repeat("x", 100<<10))), ldap.Verdict{}, true},
		{"silence", func(p *peer, _ wire.Message) { p.hang() }, ldap.Verdict{}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, soundCertificate(), func(p *peer) {
				for m, ok := p.next(); ok; m, ok = p.next() {
					if m.Op != wire.BindRequest { // the look at its health
						_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
						continue
					}
					tc.script(p, m)
				}
			})
			d := connect(t, quick, nil, s)
			got, err := d.Bind(t.Context(), "cn=alice", secret.New("password"))
			got.Server = ""
			if got != tc.want || (err != nil) != tc.err {
				t.Errorf("Bind = %+v, %v; want %+v, error %v", got, err, tc.want, tc.err)
			}
		})
	}
}

// TestNothingToSend: what could be an anonymous or unauthenticated bind never
// reaches a server.
func TestNothingToSend(t *testing.T) {
	s := serve(t, soundCertificate(), func(p *peer) { p.answerAll(func(wire.Message) {}) })
	d := connect(t, quick, nil, s)
	for _, tc := range []struct{ name, password string }{
		{"cn=alice", ""},
		{"cn=alice", "\x00"},
		{"cn=alice", "\x00password"},
		{"", "password"},
		{"  ", "password"},
		{"cn=alice\x00", "password"},
		{"cn=\xff", "password"},
	} {
		got, err := d.Bind(t.Context(), tc.name, secret.New(tc.password))
		if err != nil || got != (ldap.Verdict{}) {
			t.Errorf("Bind(%q, %q) = %+v, %v", tc.name, tc.password, got, err)
		}
	}
	if n := s.binds.Load(); n > 0 {
		t.Errorf("%d binds have reached the server", n)
	}
}

// TestSearchFaults: a search that does not come to its proper end is an error,
// whatever was seen before.
func TestSearchFaults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script func(*peer, wire.Message)
		want   string // part of the error; empty: none
		seen   int
	}{
		{"sound", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("cn=a")))
			_, _ = p.Write(message(m.ID, wire.SearchReference, text("ldap://elsewhere/")))
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, ""), page("")))
		}, "", 1},
		{"dies in the middle of a page", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("cn=a")))
			half := message(m.ID, wire.SearchEntry, entry("cn=b"))
			_, _ = p.Write(half[:len(half)/2])
			p.Close()
		}, "closed the connection", 1},
		{"hangs in the middle of a page", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("cn=a")))
			p.hang()
		}, "timeout", 1},
		{"size limit", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("cn=a")))
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.SizeLimitExceeded, "")))
		}, "sizeLimitExceeded", 1},
		{"referral", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Referral, "")))
		}, "referral", 0},
		{"no such base", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.NoSuchObject, "")))
		}, "noSuchObject", 0},
		{"pages in a circle", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, ""), page("again")))
		}, "no end", 0},
		{"an entry cut short", func(p *peer, m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, text("cn=a")))
		}, "not an LDAP message", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, soundCertificate(), func(p *peer) { p.answerAll(func(m wire.Message) { tc.script(p, m) }) })
			d := connect(t, quick, nil, s)
			seen := 0
			err := d.Search(t.Context(), everything, 10, func(*wire.Entry) error { seen++; return nil })
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if seen != tc.seen {
				t.Errorf("%d entries, want %d", seen, tc.seen)
			}
		})
	}
}

// TestCallerStops: the caller's own error is returned, ends the search, and
// does not speak against the server.
func TestCallerStops(t *testing.T) {
	s := serve(t, soundCertificate(), func(p *peer) {
		p.answerAll(func(m wire.Message) {
			for range 3 {
				_, _ = p.Write(message(m.ID, wire.SearchEntry, entry("cn=a")))
			}
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
		})
	})
	d := connect(t, quick, nil, s)
	own := errors.New("enough")
	for range 10 {
		seen := 0
		err := d.Search(t.Context(), everything, 0, func(*wire.Entry) error { seen++; return own })
		if !errors.Is(err, own) || seen != 1 {
			t.Errorf("error %v after %d entries", err, seen)
		}
	}
	if health, _ := d.Health(); !health[0].InUse {
		t.Errorf("the server is out of use: %v", health[0].Err)
	}
}

// TestHanging: a server that hangs costs its time-out until it is out of use,
// and then nothing; the next one answers meanwhile.
func TestHanging(t *testing.T) {
	for name, hang := range map[string]func(t *testing.T) *scripted{
		"after connect": func(t *testing.T) *scripted { return servePlain(t, func(p *peer) { p.hang() }) },
		"after TLS": func(t *testing.T) *scripted {
			return serve(t, soundCertificate(), func(p *peer) {
				_ = p.SetReadDeadline(time.Now().Add(time.Minute))
				one := make([]byte, 1)
				_, _ = p.Read(one)
				p.hang()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := hang(t)
			good := serve(t, soundCertificate(), func(p *peer) { p.answerAll(func(wire.Message) {}) })
			lost := make(chan ldap.Notice, 10)
			d := connect(t, quick, func(n ldap.Notice) { lost <- n }, bad, good)
			var wait sync.WaitGroup
			for range 40 {
				wait.Go(func() {
					start := time.Now()
					v, err := d.Bind(t.Context(), "cn=alice", secret.New("password"))
					if err != nil || v.Outcome != ldap.Right {
						t.Errorf("Bind = %+v, %v", v, err)
					}
					if took := time.Since(start); took > 2*time.Second {
						t.Errorf("somebody waited %v", took)
					}
				})
			}
			wait.Wait()
			if n := <-lost; n.Kind != ldap.ServerLost || n.Server != bad.url {
				t.Errorf("notice %+v", n)
			}
			start := time.Now()
			if _, err := d.Bind(t.Context(), "cn=alice", secret.New("password")); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 200*time.Millisecond {
				t.Errorf("with the hanging one out of use a bind takes %v", took)
			}
		})
	}
}

// TestCancelled: who stops waiting stops at once, and nobody is blamed.
func TestCancelled(t *testing.T) {
	s := serve(t, soundCertificate(), func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op == wire.SearchRequest {
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
			}
		}
	})
	limits := quick
	limits.Operation = time.Minute
	d := connect(t, limits, nil, s)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Millisecond, cancel)
		start := time.Now()
		if _, err := d.Bind(ctx, "cn=alice", secret.New("password")); !errors.Is(err, context.Canceled) {
			t.Errorf("Bind = %v", err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v to stop", took)
		}
	}
	if health, _ := d.Health(); !health[0].InUse {
		t.Error("the server is out of use because callers have left")
	}
}

// TestStaleConnection: servers close idle connections as they like; nobody
// notices.
func TestStaleConnection(t *testing.T) {
	s := serve(t, soundCertificate(), func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op != wire.BindRequest {
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
				continue
			}
			_, _ = p.Write(message(m.ID, wire.BindResponse, result(wire.Success, "")))
			p.Close() // after each bind
			return
		}
	})
	d := connect(t, quick, nil, s)
	for range 20 {
		if v, err := d.Bind(t.Context(), "cn=alice", secret.New("password")); err != nil || v.Outcome != ldap.Right {
			t.Fatalf("Bind = %+v, %v", v, err)
		}
	}
}

// TestAccountRefused: the service account is tried once, and again after a
// pause that grows; once it is accepted, all is well.
func TestAccountRefused(t *testing.T) {
	refuse := wire.InvalidCredentials
	var mu sync.Mutex
	code := func() wire.Code { mu.Lock(); defer mu.Unlock(); return refuse }
	s := serve(t, soundCertificate(), func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op == wire.BindRequest {
				_, _ = p.Write(message(m.ID, wire.BindResponse, result(code(), "")))
				continue
			}
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
		}
	})
	clock := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); clock = clock.Add(d) }
	var notices []ldap.NoticeKind
	roots := x509.NewCertPool()
	roots.AddCert(s.certificates[0])
	d, err := ldap.New(ldap.Config{
		Servers: []string{s.url}, Roots: roots, BindDN: "cn=service", BindPassword: secret.New("old"), Now: now,
		Notice: func(n ldap.Notice) { mu.Lock(); defer mu.Unlock(); notices = append(notices, n.Kind) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	search := func() error {
		return d.Search(t.Context(), everything, 0, func(*wire.Entry) error { return nil })
	}
	attempts := func(want int32, when string) {
		t.Helper()
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if err := search(); !errors.Is(err, ldap.ErrAccount) {
					t.Errorf("%s: %v", when, err)
				}
			})
		}
		wait.Wait()
		if got := s.binds.Load(); got != want {
			t.Errorf("%s: %d binds, want %d", when, got, want)
		}
	}
	attempts(1, "at first")
	pass(4 * time.Minute)
	attempts(1, "4 minutes later")
	pass(2 * time.Minute)
	attempts(2, "6 minutes later")
	pass(6 * time.Minute)
	attempts(2, "within the longer pause")
	mu.Lock()
	refuse = wire.Success
	mu.Unlock()
	pass(5 * time.Minute)
	if err := search(); err != nil {
		t.Errorf("after the account was put in order: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []ldap.NoticeKind{ldap.AccountRefused, ldap.AccountAccepted}; !slices.Equal(notices, want) {
		t.Errorf("notices %v, want %v", notices, want)
	}
}

// TestHalfBroken: a server that answers the look at its health and hangs with
// every bind is worth a person's waiting less and less.
func TestHalfBroken(t *testing.T) {
	bad := serve(t, soundCertificate(), func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op == wire.SearchRequest {
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
			}
		}
	})
	good := serve(t, soundCertificate(), func(p *peer) { p.answerAll(func(wire.Message) {}) })
	limits := quick
	limits.Operation = 150 * time.Millisecond
	d := connect(t, limits, nil, bad, good)
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		v, err := d.Bind(t.Context(), "cn=alice", secret.New("password"))
		if err != nil || v.Outcome != ldap.Right || v.Server != good.url {
			t.Fatalf("Bind = %+v, %v", v, err)
		}
	}
	// Three at first, then after 20, 40, 80, 160, 320, 640 and 1280 ms.
	if n := bad.binds.Load(); n < 4 || n > 10 {
		t.Errorf("%d people have waited for the broken server", n)
	}
}

// TestHangingSignIn: a server that hangs when the service account signs in
// costs everybody one time-out, not one after the other.
func TestHangingSignIn(t *testing.T) {
	s := serve(t, soundCertificate(), func(p *peer) {
		for m, ok := p.next(); ok; m, ok = p.next() {
			if m.Op == wire.SearchRequest {
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
			}
		}
	})
	d := connect(t, quick, nil, s)
	var wait sync.WaitGroup
	for range 30 {
		wait.Go(func() {
			start := time.Now()
			err := d.Search(t.Context(), everything, 0, func(*wire.Entry) error { return nil })
			if !errors.Is(err, ldap.ErrUnavailable) {
				t.Errorf("Search = %v", err)
			}
			if took := time.Since(start); took > 1500*time.Millisecond {
				t.Errorf("somebody waited %v", took)
			}
		})
	}
	wait.Wait()
}
