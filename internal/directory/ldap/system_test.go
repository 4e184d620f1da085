//go:build system

package ldap_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// open returns a directory that is closed with the test.
func open(t *testing.T, cfg ldap.Config) *ldap.Directory {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d, err := ldap.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func slapd(t *testing.T, s *testkit.Slapd, urls ...string) *ldap.Directory {
	return open(t, ldap.Config{
		Servers: urls, StartTLS: true, Roots: s.PKI.Roots,
		BindDN: testkit.SlapdService, BindPassword: secret.New(testkit.SlapdServicePassword),
	})
}

func samba(t *testing.T, s *testkit.Samba, urls ...string) *ldap.Directory {
	return open(t, ldap.Config{
		Servers: urls, StartTLS: true, Roots: s.PKI.Roots,
		BindDN: testkit.SambaService, BindPassword: secret.New(testkit.SambaServicePassword),
	})
}

type bindCase struct {
	name, password string
	want           ldap.Verdict
}

func checkBinds(t *testing.T, d *ldap.Directory, cases []bindCase) {
	t.Helper()
	for _, tc := range cases {
		got, err := d.Bind(t.Context(), tc.name, secret.New(tc.password))
		got.Server = ""
		if err != nil || got != tc.want {
			t.Errorf("Bind(%q, %q) = %+v, %v; want %+v", tc.name, tc.password, got, err, tc.want)
		}
	}
}

func TestOpenLDAP(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 3000})
	dn := "uid=u000001," + testkit.SlapdPeople
	for _, url := range []string{s.URL, s.PlainURL} { // LDAPS and StartTLS
		d := slapd(t, s, url)
		checkBinds(t, d, []bindCase{
			{dn, testkit.SlapdPassword, ldap.Verdict{Outcome: ldap.Right}},
			{dn, "wrong", ldap.Verdict{}},
			{dn, "", ldap.Verdict{}},
			{"uid=nobody," + testkit.SlapdPeople, "x", ldap.Verdict{}},
			{"", "x", ldap.Verdict{}},
		})
		count := 0
		err := d.Search(t.Context(), wire.Search{
			Base: testkit.SlapdPeople, Scope: wire.Subtree, Filter: wire.Equal("objectClass", "inetOrgPerson"),
		}, 1000, func(*wire.Entry) error { count++; return nil })
		if err != nil || count != 3000 {
			t.Errorf("%s: paged search gave %d entries, %v", url, count, err)
		}
		for _, step := range d.Test(t.Context(), testkit.SlapdBase) {
			if step.Status != ldap.OK {
				t.Errorf("%+v", step)
			}
		}
	}
}

// TestOpenLDAPLimit: a search that is not paged meets the server's limit, and
// is an error, not a shorter answer.
func TestOpenLDAPLimit(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 1500})
	d := slapd(t, s, s.URL)
	err := d.Search(t.Context(), wire.Search{Base: testkit.SlapdPeople, Scope: wire.Subtree}, 0,
		func(*wire.Entry) error { return nil })
	if code, ok := ldap.CodeOf(err); !ok || code != wire.SizeLimitExceeded {
		t.Errorf("unpaged search above the limit: %v", err)
	}
}

func TestOpenLDAPPolicy(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 3})
	d := slapd(t, s, s.URL)
	locked, reset, barred := "uid=u000000,"+testkit.SlapdPeople, "uid=u000001,"+testkit.SlapdPeople, "uid=u000002,"+testkit.SlapdPeople
	for range 5 {
		checkBinds(t, d, []bindCase{{locked, "wrong", ldap.Verdict{}}})
	}
	s.Modify("dn: " + reset + "\nchangetype: modify\nreplace: pwdReset\npwdReset: TRUE\n")
	s.Modify("dn: " + barred + "\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
	checkBinds(t, d, []bindCase{
		{locked, testkit.SlapdPassword, ldap.Verdict{Outcome: ldap.Refused, Reason: ldap.Locked}},
		{reset, testkit.SlapdPassword, ldap.Verdict{Outcome: ldap.Refused, Reason: ldap.MustChange}},
		{barred, testkit.SlapdPassword, ldap.Verdict{Outcome: ldap.Refused, Reason: ldap.Locked}},
	})
}

func TestActiveDirectory(t *testing.T) {
	s := testkit.StartSamba(t)
	s.AddPerson("alice", "Alice-Pw1")
	s.AddPerson("carol", "Carol-Pw1")
	s.AddPerson("dave", "Dave-Pw1")
	s.AddPerson("erin", "Erin-Pw1")
	s.AddPerson("frank", "Frank-Pw1")
	s.AddPerson("grace", "Grace-Pw1")
	set := func(name, attribute, value string) {
		s.Modify(fmt.Sprintf("dn: CN=%s,%s\nchangetype: modify\nreplace: %[3]s\n%[3]s: %[4]s\n", name, testkit.SambaPeople, attribute, value))
	}
	set("carol", "userAccountControl", "514")
	set("dave", "pwdLastSet", "0")
	set("erin", "accountExpires", "132000000000000000")
	s.ModifyRaw("dn: CN=frank," + testkit.SambaPeople + "\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: 130000000000000000\n")

	refused := func(r ldap.Reason) ldap.Verdict { return ldap.Verdict{Outcome: ldap.Refused, Reason: r} }
	right := ldap.Verdict{Outcome: ldap.Right}
	for _, url := range []string{s.URL, s.PlainURL} { // LDAPS and StartTLS
		checkBinds(t, samba(t, s, url), []bindCase{
			{"CN=alice," + testkit.SambaPeople, "Alice-Pw1", right},
			{"alice@example.com", "Alice-Pw1", right},
			{`EXAMPLE\alice`, "Alice-Pw1", right},
			{"alice@example.com", "wrong", ldap.Verdict{}},
			{"alice@example.com", "", ldap.Verdict{}},
			{"nobody@example.com", "x", ldap.Verdict{}},
			{"carol@example.com", "Carol-Pw1", refused(ldap.Disabled)},
			{"carol@example.com", "wrong", ldap.Verdict{}},
			{"dave@example.com", "Dave-Pw1", refused(ldap.MustChange)},
			{"erin@example.com", "Erin-Pw1", refused(ldap.AccountExpired)},
			{"frank@example.com", "Frank-Pw1", refused(ldap.PasswordExpired)},
		})
	}
	d := samba(t, s, s.URL)
	for range 3 {
		checkBinds(t, d, []bindCase{{"grace@example.com", "wrong", ldap.Verdict{}}})
	}
	checkBinds(t, d, []bindCase{{"grace@example.com", "Grace-Pw1", refused(ldap.Locked)}})
	for _, step := range d.Test(t.Context(), testkit.SambaBase) {
		if step.Status != ldap.OK {
			t.Errorf("%+v", step)
		}
	}
}

// TestInjection: nothing in a value means anything in a filter.
func TestInjection(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 10})
	s.Add("dn: uid=odd," + testkit.SlapdPeople + "\nobjectClass: inetOrgPerson\nuid: odd\nuid: a*b(c)d\\e\ncn: odd\nsn: odd\n")
	d := slapd(t, s, s.URL)
	find := func(name string) (found []string) {
		err := d.Search(t.Context(), wire.Search{
			Base: testkit.SlapdPeople, Scope: wire.Subtree, Filter: wire.Equal("uid", name),
		}, 0, func(e *wire.Entry) error { found = append(found, string(e.DN)); return nil })
		if err != nil {
			t.Errorf("searching %q: %v", name, err)
		}
		return found
	}
	for _, name := range []string{"*", "u00000*", "*)(uid=*", "x)(|(uid=*))", "u000001\x00", "\x00", `u000001\2a`, "a*b(c)d", "(", ")", `\`} {
		if found := find(name); len(found) > 0 {
			t.Errorf("%q finds %v", name, found)
		}
	}
	if found := find(`a*b(c)d\e`); len(found) != 1 || !strings.HasPrefix(found[0], "uid=odd,") {
		t.Errorf("the odd name itself finds %v", found)
	}
}

// TestFailOver: the second server answers when the first is away, and the
// first one again when it is back.
func TestFailOver(t *testing.T) {
	first := testkit.StartSlapd(t, testkit.SlapdOptions{People: 1})
	second := testkit.StartSlapd(t, testkit.SlapdOptions{People: 1})
	roots := x509.NewCertPool()
	for _, s := range []*testkit.Slapd{first, second} {
		roots.AppendCertsFromPEM([]byte(testkit.ReadFile(t, s.PKI.CAFile)))
	}
	notices := make(chan ldap.Notice, 100)
	d := open(t, ldap.Config{
		Servers: []string{first.URL, second.URL}, Roots: roots,
		BindDN: testkit.SlapdService, BindPassword: secret.New(testkit.SlapdServicePassword),
		Limits: ldap.Limits{Probe: 50 * time.Millisecond, Check: 200 * time.Millisecond},
		Notice: func(n ldap.Notice) { notices <- n },
	})
	answeredBy := func() string {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		v, err := d.Bind(ctx, "uid=u000000,"+testkit.SlapdPeople, secret.New(testkit.SlapdPassword))
		if err != nil || v.Outcome != ldap.Right {
			t.Fatalf("Bind = %+v, %v", v, err)
		}
		return v.Server
	}
	if s := answeredBy(); s != first.URL {
		t.Errorf("answered by %s at first", s)
	}
	first.Stop()
	if s := answeredBy(); s != second.URL {
		t.Errorf("answered by %s after the first has gone", s)
	}
	expect(t, notices, ldap.ServerLost, first.URL)
	first.Start()
	expect(t, notices, ldap.ServerBack, first.URL)
	if s := answeredBy(); s != first.URL {
		t.Errorf("answered by %s after the first came back", s)
	}
	first.Stop()
	second.Stop()
	_, err := d.Bind(t.Context(), "uid=u000000,"+testkit.SlapdPeople, secret.New(testkit.SlapdPassword))
	if !errors.Is(err, ldap.ErrUnavailable) {
		t.Errorf("with both servers gone: %v", err)
	}
}

func expect(t *testing.T, notices <-chan ldap.Notice, kind ldap.NoticeKind, server string) {
	t.Helper()
	select {
	case n := <-notices:
		if n.Kind != kind || n.Server != server {
			t.Errorf("notice %+v, want %s of %s", n, kind, server)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("no notice %q of %s", kind, server)
	}
}

// TestServiceAccountRefused: one alarm, one attempt, then a pause.
func TestServiceAccountRefused(t *testing.T) {
	s := testkit.StartSamba(t)
	notices := make(chan ldap.Notice, 100)
	now := time.Now()
	d := open(t, ldap.Config{
		Servers: []string{s.URL, s.URL}, Roots: s.PKI.Roots, Now: func() time.Time { return now },
		BindDN: testkit.SambaService, BindPassword: secret.New("not this one"),
		Notice: func(n ldap.Notice) { notices <- n },
	})
	for range 20 {
		err := d.Search(t.Context(), wire.Search{Base: testkit.SambaBase}, 0, func(*wire.Entry) error { return nil })
		if !errors.Is(err, ldap.ErrAccount) {
			t.Fatalf("search with a wrong password: %v", err)
		}
	}
	expect(t, notices, ldap.AccountRefused, s.URL)
	// The domain locks after three wrong ones: it has seen one.
	checkBinds(t, samba(t, s, s.URL), []bindCase{
		{testkit.SambaService, testkit.SambaServicePassword, ldap.Verdict{Outcome: ldap.Right}},
	})
	if len(notices) > 0 {
		t.Errorf("another notice: %+v", <-notices)
	}
}
