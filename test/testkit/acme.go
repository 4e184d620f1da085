package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Authority is an ACME certificate authority of the test's own (pebble, which
// Let's Encrypt tests clients with), with a name server of its own that leads
// every name to one address. It asks for proof there on port 443.
type Authority struct {
	t       testing.TB
	address string
	config  string
	pki     *PKI
	names   *Process
	server  *Process

	Directory string // the address of its ACME directory
	CAFile    string // root of its own web server, PEM; not of what it issues
}

// NewAuthority makes an authority, for servers at host, that does not run yet.
func NewAuthority(t testing.TB, host string) *Authority {
	t.Helper()
	RequireRoot(t, "the authority asks for proof on port 443, its name server listens on port 53")
	dir, address := Scratch(t), Loopback(t)
	a := &Authority{
		t: t, address: address, pki: NewPKI(t, dir, "Example authority", address),
		Directory: "https://" + net.JoinHostPort(address, "14000") + "/dir",
	}
	a.CAFile = a.pki.CAFile
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": net.JoinHostPort(address, "14000"), "managementListenAddress": net.JoinHostPort(address, "15000"),
		"certificate": a.pki.CertFile, "privateKey": a.pki.KeyFile, "tlsPort": 443, "httpPort": 80, "keyAlgorithm": "ecdsa",
		"retryAfter": map[string]int{"authz": 1, "order": 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	a.config = WriteFile(t, filepath.Join(dir, "pebble.json"), string(settings), 0o644)
	a.names = Start(t, "name server", exec.Command(toolBinary(t, "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"),
		"-dnsserver", net.JoinHostPort(address, "53"), "-defaultIPv4", host, "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-management", net.JoinHostPort(address, "8055")))
	return a
}

// Start starts the authority, again after [Authority.Stop]. Each start makes a
// new root and forgets what was issued.
func (a *Authority) Start() {
	a.t.Helper()
	cmd := exec.Command(toolBinary(a.t, "github.com/letsencrypt/pebble/v2/cmd/pebble"),
		"-config", a.config, "-dnsserver", net.JoinHostPort(a.address, "53"))
	cmd.Env = append(cmd.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=20")
	a.server = Start(a.t, "pebble", cmd)
	Listening(a.t, net.JoinHostPort(a.address, "14000"), 10*time.Second)
	Listening(a.t, net.JoinHostPort(a.address, "15000"), 10*time.Second)
}

// Orders is how many certificates have been asked for since the last start.
func (a *Authority) Orders() int {
	return strings.Count(a.server.Output(), "Issued certificate serial")
}

// Roots are what a client must trust to believe what the authority issues.
func (a *Authority) Roots() *x509.CertPool {
	a.t.Helper()
	client := http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.pki.Roots}, DisableKeepAlives: true},
	}
	response, err := client.Get(fmt.Sprintf("https://%s/roots/0", net.JoinHostPort(a.address, "15000")))
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(content) {
		a.t.Fatalf("the authority does not say its root: %v", err)
	}
	return roots
}
