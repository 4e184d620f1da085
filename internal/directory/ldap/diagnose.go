package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/text"
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
	Found  []text.Message // what was found, or what went wrong
	Said   string         // what went wrong in the words of the server or the system; may be empty
	Hint   text.Message   // what to do about it; may be none
	// CertificateEnds is when the first certificate of its chain does, of a "tls" that
	// is OK.
	CertificateEnds time.Time
}

// Test tries every server step by step, whatever its health, and looks for the
// base. The service account is tried once for each server until one refuses
// it. It takes at most the time-outs of one server, for each server. One that
// passes every step is in use again at once, if it was not.
func (d *Directory) Test(ctx context.Context, base string) []Step {
	var steps []Step
	accountRefused := false
	for _, s := range d.servers {
		t := &trial{server: s, base: base, skipBind: accountRefused}
		t.run(ctx)
		if t.passed() {
			s.probed()
		}
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

// probeWords are the words of what a test finds.
const probeWords text.Key = "directory.probe."

// found makes a message of what was found; args are pairs as in text.Printer.T.
func found(name text.Key, args ...string) text.Message {
	m := text.Message{Key: probeWords + name, Args: text.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		m.Args[args[i]] = args[i+1]
	}
	return m
}

func (t *trial) ok(step string, what ...text.Message) {
	t.steps = append(t.steps, Step{Server: t.server.url, Name: step, Status: OK, Found: what})
}

func (t *trial) fail(step string, err error, hint text.Message, what ...text.Message) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	t.steps = append(t.steps, Step{Server: t.server.url, Name: step, Status: Failed, Found: what, Said: said, Hint: hint})
}

// run goes from step to step and marks those after a failed one as skipped.
func (t *trial) run(ctx context.Context) {
	t.walk(ctx)
	for _, name := range stepNames[len(t.steps):] {
		t.steps = append(t.steps, Step{Server: t.server.url, Name: name, Status: Skipped})
	}
}

// passed reports whether every step went well.
func (t *trial) passed() bool {
	return !slices.ContainsFunc(t.steps, func(s Step) bool { return s.Status != OK })
}

func (t *trial) walk(ctx context.Context) {
	if !t.resolve(ctx) {
		return
	}
	raw, err := t.server.dial(ctx)
	if err != nil {
		t.fail("tcp", err, found("no-connection.hint"), found(whyNoConnection(err)))
		return
	}
	defer raw.Close()
	t.ok("tcp", found("connected", "Address", raw.RemoteAddr().String()))
	secured, err := t.server.secure(ctx, raw)
	if err != nil {
		t.tlsFailed(err)
		return
	}
	state := secured.ConnectionState()
	t.ok("tls", append([]text.Message{found("secured", "Version", tls.VersionName(state.Version))}, describe(state.PeerCertificates)...)...)
	t.steps[len(t.steps)-1].CertificateEnds = earliestEnd(state.VerifiedChains)
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
		t.fail("name", err, found("no-name.hint"), found("no-name", "Host", t.server.host))
		return false
	}
	t.ok("name", found("found-name", "Host", t.server.host, "Addresses", strings.Join(addresses, ", ")))
	return true
}

func whyNoConnection(err error) text.Key {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "silent"
	default:
		return "no-connection"
	}
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
	why := text.Key("no-tls")
	switch {
	case errors.As(err, &authority):
		why = "unknown-authority"
	case errors.As(err, &host):
		why = "other-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		why = "expired"
	case errors.As(err, &invalid):
		why = "unfit"
	case errors.As(err, &record):
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		why = "mute"
	}
	what := []text.Message{found(why)}
	if errors.As(err, &unverified) {
		what = append(what, describe(unverified.UnverifiedCertificates)...)
	}
	t.fail("tls", err, found(why+".hint"), what...)
}

// earliestEnd returns when the first certificate of the chain ends that lasts
// longest.
func earliestEnd(chains [][]*x509.Certificate) (end time.Time) {
	for _, chain := range chains {
		first := chain[0].NotAfter
		for _, c := range chain {
			if c.NotAfter.Before(first) {
				first = c.NotAfter
			}
		}
		if first.After(end) {
			end = first
		}
	}
	return end
}

// describe says what a server's own certificate holds, the first of its chain.
func describe(chain []*x509.Certificate) []text.Message {
	if len(chain) == 0 {
		return nil
	}
	c := chain[0]
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	const day = time.DateOnly
	args := []string{
		"From", c.NotBefore.UTC().Format(day), "Until", c.NotAfter.UTC().Format(day), "Issuer", c.Issuer.String(),
	}
	if len(names) == 0 {
		return []text.Message{found("certificate-without-name", append(args, "Subject", c.Subject.String())...)}
	}
	return []text.Message{found("certificate", append(args, "Names", strings.Join(names, ", "))...)}
}

func (t *trial) bind(ctx context.Context, c *conn) bool {
	d := t.server.directory
	if t.skipBind {
		t.steps = append(t.steps, Step{
			Server: t.server.url, Name: "bind", Status: Skipped, Found: []text.Message{found("not-again")},
		})
		return false
	}
	answer, result, err := c.bind(ctx, d.bindDN, d.bindPassword)
	if err != nil {
		t.fail("bind", err, found("no-bind.hint"), found("no-bind"))
		return false
	}
	verdict, err := judge(answer, result)
	if err != nil {
		t.fail("bind", err, found("server-words.hint"), found("no-bind"))
		return false
	}
	if verdict.Outcome == Right {
		if d.account.wasAccepted() {
			d.tell(Notice{Kind: AccountAccepted, Server: t.server.url})
		}
		t.ok("bind", found("bound", "Account", d.bindDN))
		return true
	}
	t.accountRefused = true
	err = &Refusal{Operation: "bind", Code: result.Code, Said: result.Diagnostic}
	if why, barred := accountWords[verdict.Reason]; barred {
		t.fail("bind", err, found("account-barred.hint"), found(why))
	} else {
		t.fail("bind", err, found("account-refused.hint"), found("account-refused"))
	}
	return false
}

// accountWords say why the account that reads is kept out; any other reason
// speaks against its name or password.
var accountWords = map[Reason]text.Key{
	Disabled: "account-disabled", AccountExpired: "account-expired", Locked: "account-locked",
	OutsideHours: "account-outside-hours", WrongHost: "account-wrong-host", PasswordExpired: "account-password-expired",
	MustChange: "account-must-change", Restricted: "account-restricted",
}

func (t *trial) searchBase(ctx context.Context, c *conn) bool {
	dn := ""
	_, err := c.search(ctx, wire.Search{Base: t.base, Scope: wire.BaseObject, Attributes: []string{wire.NoAttributes}},
		handler{entry: func(_ wire.Message, e *wire.Entry) error {
			dn = string(e.DN)
			return nil
		}})
	switch code, _ := CodeOf(err); {
	case code == wire.NoSuchObject, err == nil && dn == "":
		t.fail("search base", nil, t.knownBases(ctx, c), found("no-base", "Base", t.base))
	case code == wire.Referral:
		t.fail("search base", err, t.knownBases(ctx, c), found("other-base"))
	case err != nil:
		t.fail("search base", err, found("server-words.hint"), found("base-failed"))
	default:
		t.ok("search base", found("base", "DN", dn))
		return true
	}
	return false
}

// knownBases tells what the server would have.
func (t *trial) knownBases(ctx context.Context, c *conn) text.Message {
	if root, err := c.root(ctx); err == nil && len(root.Contexts) > 0 {
		return found("contexts.hint", "Contexts", strings.Join(root.Contexts, "; "))
	}
	return found("check-base.hint")
}

func (t *trial) paging(ctx context.Context, c *conn) {
	last, err := c.search(ctx, wire.Search{
		Base: t.base, Scope: wire.Subtree, Attributes: []string{wire.NoAttributes},
		Controls: []wire.Control{wire.Paging(1, nil)},
	}, handler{entry: func(wire.Message, *wire.Entry) error { return nil }})
	if err != nil {
		t.fail("paging", err, found("paging.hint"), found("paging-failed"))
		return
	}
	if _, paged := last.NextPage(); !paged {
		t.fail("paging", nil, found("paging.hint"), found("not-paged"))
		return
	}
	t.ok("paging", found("paged"))
}
