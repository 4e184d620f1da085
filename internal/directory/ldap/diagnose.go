package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/directory/ldap/wire"
)

// Status is how a step of a test went.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Failed  Status = "failed"
	Skipped Status = "skipped" // because a step before it has failed
)

// Step is one step of a connection test, in words for an administrator.
type Step struct {
	Server string // its URL
	Name   string // "name", "tcp", "tls", "bind", "search base", "paging"
	Status Status
	Detail string // what was found, or what went wrong
	Hint   string // what to do about it; may be empty
}

// Test tries every server step by step, whatever its health, and looks for the
// base. The service account is tried once for each server until one refuses
// it. It takes at most the time-outs of one server, for each server.
func (d *Directory) Test(ctx context.Context, base string) []Step {
	var steps []Step
	accountRefused := false
	for _, s := range d.servers {
		t := &trial{server: s, base: base, skipBind: accountRefused}
		t.run(ctx)
		steps = append(steps, t.steps...)
		accountRefused = accountRefused || t.accountRefused
	}
	return steps
}

// stepNames are the steps in their order.
var stepNames = []string{"name", "tcp", "tls", "bind", "search base", "paging"}

// trial is the test of one server.
type trial struct {
	server         *server
	base           string
	skipBind       bool
	accountRefused bool
	steps          []Step
}

func (t *trial) ok(name, detail string) {
	t.steps = append(t.steps, Step{Server: t.server.url, Name: name, Status: OK, Detail: detail})
}

func (t *trial) fail(name string, err error, hint string) {
	t.steps = append(t.steps, Step{Server: t.server.url, Name: name, Status: Failed, Detail: err.Error(), Hint: hint})
}

// run goes from step to step and marks those after a failed one as skipped.
func (t *trial) run(ctx context.Context) {
	t.walk(ctx)
	for _, name := range stepNames[len(t.steps):] {
		t.steps = append(t.steps, Step{Server: t.server.url, Name: name, Status: Skipped})
	}
}

func (t *trial) walk(ctx context.Context) {
	if !t.resolve(ctx) {
		return
	}
	raw, err := t.server.dial(ctx)
	if err != nil {
		t.fail("tcp", err, "is the server running, and does a firewall let us reach this port?")
		return
	}
	defer raw.Close()
	t.ok("tcp", "connected to "+raw.RemoteAddr().String())
	secured, err := t.server.secure(ctx, raw)
	if err != nil {
		t.tlsFailed(err)
		return
	}
	t.ok("tls", describe(secured.ConnectionState()))
	c := newConn(secured, t.server.limits)
	defer c.close()
	if t.bind(ctx, c) && t.searchBase(ctx, c) {
		t.paging(ctx, c)
	}
}

func (t *trial) resolve(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, t.server.limits.Dial)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, t.server.host)
	if err != nil {
		t.fail("name", err, "is the name right, and does this machine ask a name server that knows it?")
		return false
	}
	t.ok("name", t.server.host+" is "+strings.Join(addresses, ", "))
	return true
}

// tlsFailed says what is wrong with the certificate, and what it holds.
func (t *trial) tlsFailed(err error) {
	var (
		unverified *tls.CertificateVerificationError
		authority  x509.UnknownAuthorityError
		host       x509.HostnameError
		invalid    x509.CertificateInvalidError
		record     tls.RecordHeaderError
	)
	hint := "does the server speak TLS at this port? ldaps:// is usually port 636, StartTLS port 389"
	switch {
	case errors.As(err, &authority):
		hint = "give the certificate of the authority that has issued it as the directory's CA file"
	case errors.As(err, &host):
		hint = "use a name that the certificate holds in the server's URL"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		hint = "renew the server's certificate, or set this machine's clock"
	case errors.As(err, &invalid):
		hint = "the server needs a certificate made for servers"
	case errors.As(err, &record):
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		hint = "the server took the connection and then said nothing: is it overloaded, or is this another service?"
	}
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 {
		err = fmt.Errorf("%w (%s)", err, describeCertificate(unverified.UnverifiedCertificates[0]))
	}
	t.fail("tls", err, hint)
}

func describe(state tls.ConnectionState) string {
	text := tls.VersionName(state.Version)
	if len(state.PeerCertificates) > 0 {
		text += ", " + describeCertificate(state.PeerCertificates[0])
	}
	return text
}

func describeCertificate(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{"no name at all (only the subject " + c.Subject.String() + ", which does not count)"}
	}
	const day = time.DateOnly
	return fmt.Sprintf("certificate for %s, valid from %s to %s, issued by %s",
		strings.Join(names, ", "), c.NotBefore.UTC().Format(day), c.NotAfter.UTC().Format(day), c.Issuer)
}

func (t *trial) bind(ctx context.Context, c *conn) bool {
	d := t.server.directory
	if t.skipBind {
		t.steps = append(t.steps, Step{
			Server: t.server.url, Name: "bind", Status: Skipped,
			Detail: "another server has refused the service account; trying again could lock it",
		})
		return false
	}
	answer, result, err := c.bind(ctx, d.bindDN, d.bindPassword)
	if err != nil {
		t.fail("bind", err, "the server does not answer a sign-in as it should: is it an LDAP server?")
		return false
	}
	verdict, err := judge(answer, result)
	if err != nil {
		t.fail("bind", err, "see the server's words")
		return false
	}
	if verdict.Outcome == Right {
		if d.account.wasAccepted() {
			d.tell(Notice{Kind: AccountAccepted, Server: t.server.url})
		}
		t.ok("bind", "signed in as "+d.bindDN)
		return true
	}
	t.accountRefused = true
	err = error(&Refusal{Operation: "bind", Code: result.Code, Said: result.Diagnostic})
	hint := "check the service account's name and password"
	if verdict.Reason != NoReason {
		err = fmt.Errorf("%s: %w", verdict.Reason, err)
		hint = "put the service account in order in the directory"
	}
	t.fail("bind", err, hint)
	return false
}

func (t *trial) searchBase(ctx context.Context, c *conn) bool {
	found := ""
	_, err := c.search(ctx, wire.Search{Base: t.base, Scope: wire.BaseObject, Attributes: []string{wire.NoAttributes}},
		handler{entry: func(_ wire.Message, e *wire.Entry) error {
			found = string(e.DN)
			return nil
		}})
	switch code, _ := CodeOf(err); {
	case code == wire.NoSuchObject, err == nil && found == "":
		t.fail("search base", fmt.Errorf("there is no %s, or the service account may not see it", t.base),
			t.knownBases(ctx, c))
	case code == wire.Referral:
		t.fail("search base", err, "the base belongs to another server: "+t.knownBases(ctx, c))
	case err != nil:
		t.fail("search base", err, "see the server's words")
	default:
		t.ok("search base", "found "+found)
		return true
	}
	return false
}

// knownBases tells what the server would have.
func (t *trial) knownBases(ctx context.Context, c *conn) string {
	if root, err := c.root(ctx); err == nil && len(root.Contexts) > 0 {
		return "this server holds " + strings.Join(root.Contexts, " and ")
	}
	return "check the base"
}

func (t *trial) paging(ctx context.Context, c *conn) {
	last, err := c.search(ctx, wire.Search{
		Base: t.base, Scope: wire.Subtree, Attributes: []string{wire.NoAttributes},
		Controls: []wire.Control{wire.Paging(1, nil)},
	}, handler{entry: func(wire.Message, *wire.Entry) error { return nil }})
	if err != nil {
		t.fail("paging", err, "large directories are read in pages: allow the service account the paged results control")
		return
	}
	if _, paged := last.NextPage(); !paged {
		t.fail("paging", errors.New("the server ignores the paged results control"),
			"large directories are read in pages: allow the service account the paged results control")
		return
	}
	t.ok("paging", "the server gives its answers in pages")
}
