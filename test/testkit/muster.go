package testkit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// PublicHost is the name of the portal in every test; see [Muster.PublicURL].
const PublicHost = "mfa.example.com"

// Settings says how a [Muster] under test is set up. The zero value is SQLite,
// the ordinary build and no brand.
type Settings struct {
	Build    Build
	Database string   // a PostgreSQL address without password; empty: SQLite
	Brand    string   // brand.name; empty: the default
	Env      []string // added to the environment of the server and of each command
	Extra    string   // YAML, added to the configuration as it stands
	Address  string   // the loopback address to serve on; empty: one of its own
	Mail     string   // YAML, how mail leaves; empty: into MailDir
	TLS      string   // http.tls as YAML; empty: a certificate of the test's own

	Patience time.Duration // with a command; 0: two minutes
}

// Muster is one installation of the program: a configuration, a folder for its
// data and, while it serves, a process.
type Muster struct {
	t        testing.TB
	settings Settings
	binary   string
	address  string
	pki      *PKI
	server   *Process

	Dir     string // the scratch folder; data lies in Dir/data, mails in Dir/mail
	Config  string // the configuration file
	RADIUS  string // host:port
	DataDir string
	MailDir string
}

// NewMuster sets up an installation that does not serve yet.
func NewMuster(t testing.TB, settings Settings) *Muster {
	t.Helper()
	dir := Scratch(t)
	m := &Muster{
		t: t, settings: settings, binary: Binary(t, settings.Build), address: settings.Address,
		Dir: dir, Config: filepath.Join(dir, "muster.yaml"),
		DataDir: filepath.Join(dir, "data"), MailDir: filepath.Join(dir, "mail"),
	}
	if m.address == "" {
		m.address = Loopback(t)
	}
	m.pki = NewPKI(t, filepath.Join(dir, "pki"), PublicHost, m.address)
	if settings.TLS == "" {
		m.settings.TLS = fmt.Sprintf("{cert_file: %s, key_file: %s}", m.pki.CertFile, m.pki.KeyFile)
	}
	m.RADIUS = net.JoinHostPort(m.address, "1812")
	for _, dir := range []string{m.DataDir, m.MailDir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	WriteFile(t, m.Config, m.configuration(), 0o600)
	return m
}

// Serve sets up an installation and starts it.
func Serve(t testing.TB, settings Settings) *Muster {
	t.Helper()
	m := NewMuster(t, settings)
	m.Start()
	return m
}

func (m *Muster) configuration() string {
	var b strings.Builder
	fmt.Fprintf(&b, "public_url: https://%s\n", PublicHost)
	fmt.Fprintf(&b, "data_dir: %s\n", m.DataDir)
	if m.settings.Database != "" {
		fmt.Fprintf(&b, "database: %q\n", m.settings.Database)
	}
	fmt.Fprintf(&b, "http:\n  listen: %q\n  tls: %s\n", m.HTTPS(), m.settings.TLS)
	fmt.Fprintf(&b, "radius: {listen: [%q]}\n", m.RADIUS)
	if m.settings.Mail != "" {
		b.WriteString(m.settings.Mail)
	} else {
		fmt.Fprintf(&b, "mail: {file: %s}\n", m.MailDir)
	}
	if m.settings.Brand != "" {
		fmt.Fprintf(&b, "brand: {name: %q}\n", m.settings.Brand)
	}
	return b.String() + m.settings.Extra
}

// PublicURL is the address people open. A browser under test finds it by
// [Muster.HTTPS] and trusts its certificate, see [NewBrowser].
func (m *Muster) PublicURL() string { return "https://" + PublicHost }

// HTTPS is where portal and console are served, as host:port.
func (m *Muster) HTTPS() string { return net.JoinHostPort(m.address, "443") }

// Start serves, and returns once the health page says so.
func (m *Muster) Start() {
	m.t.Helper()
	m.Launch()
	m.AwaitReady()
}

// Launch starts to serve and returns at once. A wrapper is a program, with its
// arguments, that runs the program, as strace does.
func (m *Muster) Launch(wrapper ...string) {
	m.t.Helper()
	RequireRoot(m.t, "the program listens on ports 443 and 1812 of its own loopback address")
	cmd := m.command(context.Background(), "serve")
	if len(wrapper) > 0 {
		cmd.Path = Tool(m.t, wrapper[0])
		cmd.Args = slices.Concat(wrapper, cmd.Args)
	}
	m.server = Start(m.t, "muster serve", cmd)
}

// AwaitReady returns once the health page says that the program serves.
func (m *Muster) AwaitReady() {
	m.t.Helper()
	Eventually(m.t, 20*time.Second, "muster is ready", func() error {
		if !m.server.Running() {
			m.t.Fatalf("muster serve has ended:\n%s", m.server.Output())
		}
		response, err := m.Client().Get(m.PublicURL() + "/healthz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("/healthz says %s", response.Status)
		}
		return nil
	})
}

// Server is the process that serves.
func (m *Muster) Server() *Process { return m.server }

// Client returns an HTTP client that finds and trusts this installation.
func (m *Muster) Client() *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, m.HTTPS())
	}
	return &http.Client{
		Timeout:   20 * time.Second,
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: m.pki.Roots}, DisableKeepAlives: true},
	}
}

// Run runs a command of the program with this installation's configuration and
// returns what it prints. Any exit code but 0 fails the test.
func (m *Muster) Run(args ...string) string {
	m.t.Helper()
	out, code := m.TryRun(args...)
	if code != 0 {
		m.t.Fatalf("muster %s: exit code %d\n%s", strings.Join(args, " "), code, out.Errors)
	}
	return out.Output
}

// Printed is what a command has written.
type Printed struct{ Output, Errors string }

// TryRun runs a command of the program and returns what it printed and its
// exit code.
func (m *Muster) TryRun(args ...string) (Printed, int) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(m.settings.Patience, 2*time.Minute))
	defer cancel()
	cmd := m.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil || ctx.Err() != nil {
		m.t.Fatalf("muster %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return Printed{stdout.String(), stderr.String()}, cmd.ProcessState.ExitCode()
}

// JSON runs a command with --json and decodes what it prints into v.
func (m *Muster) JSON(v any, args ...string) {
	m.t.Helper()
	out := m.Run(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		m.t.Fatalf("muster %s --json: %v in %s", strings.Join(args, " "), err, out)
	}
}

// command prepares the program, with --config behind the command's own words,
// where the commands that have state take it.
func (m *Muster) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, m.binary, append(args, "--config", m.Config)...)
	cmd.Env = append(os.Environ(), m.settings.Env...)
	return cmd
}

// Secret writes a file that holds a secret, for the options that end in -file,
// and returns its path.
func (m *Muster) Secret(value string) string {
	m.t.Helper()
	file, err := os.CreateTemp(m.Dir, "secret")
	if err != nil {
		m.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(value + "\n"); err != nil {
		m.t.Fatal(err)
	}
	return file.Name()
}
