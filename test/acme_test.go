//go:build system

package test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// TestCertificateByACME lets the program get its certificate from a real
// authority: it waits while the authority is away, serves the portal once it
// has a certificate, and keeps it over a restart without asking again.
func TestCertificateByACME(t *testing.T) {
	t.Parallel()
	address := testkit.Loopback(t)
	authority := testkit.NewAuthority(t, address)
	m := testkit.NewMuster(t, testkit.Settings{Address: address, TLS: acmeSettings(authority.Directory, authority.CAFile)})

	m.Launch() // the authority does not run yet
	awaitHealth(t, m, http.StatusServiceUnavailable, "no web certificate yet")
	awaitLog(t, m, "web certificate failed")
	if _, err := handshake(m, nil); err == nil {
		t.Error("the portal's name is served without a certificate")
	}
	if out, code := m.TryRun("doctor"); code != 1 || !strings.Contains(out.Output, "certificate") {
		t.Errorf("doctor does not tell what is missing (%d):\n%s", code, out.Output)
	}
	m.Server().Stop()

	authority.Start()
	m.Launch()
	awaitHealth(t, m, http.StatusOK, "ok")
	roots := authority.Roots()
	first, err := handshake(m, roots)
	if err != nil {
		t.Fatalf("a client that trusts the authority does not trust the portal: %v", err)
	}
	if _, err := handshake(m, x509.NewCertPool()); err == nil {
		t.Error("a client that trusts nobody trusts the portal")
	}
	if page := getPage(t, m, roots); !strings.Contains(page, `name="username"`) {
		t.Errorf("not the sign-in page:\n%s", page)
	}

	m.Server().Stop()
	m.Launch()
	awaitHealth(t, m, http.StatusOK, "ok")
	if again, err := handshake(m, roots); err != nil || again.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("a restart does not keep the certificate: %v", err)
	}
	if n := authority.Orders(); n != 1 {
		t.Errorf("%d certificates were asked for, want 1", n)
	}
}

// TestCertificateOfStrangers serves what it can when the authority is not one
// we trust, and says what to do about it.
func TestCertificateOfStrangers(t *testing.T) {
	t.Parallel()
	address := testkit.Loopback(t)
	authority := testkit.NewAuthority(t, address)
	authority.Start()
	m := testkit.NewMuster(t, testkit.Settings{Address: address, TLS: acmeSettings(authority.Directory, "")})
	m.Launch()
	awaitHealth(t, m, http.StatusServiceUnavailable, "no web certificate yet")
	awaitLog(t, m, "http.tls.acme.ca_file")
	m.Run("user", "add", "alice", "--password-file", m.Secret(password)) // the rest works
	if n := authority.Orders(); n != 0 {
		t.Errorf("%d certificates were asked for, want none", n)
	}
}

func acmeSettings(directory, root string) string {
	settings := fmt.Sprintf("acme: {email: it@example.com, accept_terms: true, directory: %q", directory)
	if root != "" {
		settings += fmt.Sprintf(", ca_file: %q", root)
	}
	return "{" + settings + "}}"
}

// awaitHealth asks as monitoring does, by address.
func awaitHealth(t *testing.T, m *testkit.Muster, status int, words string) {
	t.Helper()
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, // nobody trusts the stopgap
	}}
	testkit.Eventually(t, 40*time.Second, "health", func() error {
		if !m.Server().Running() {
			t.Fatal("muster serve has ended")
		}
		response, err := client.Get("https://" + m.HTTPS() + "/healthz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != status || !strings.Contains(string(body), words) {
			return fmt.Errorf("/healthz says %s: %s (%w)", response.Status, body, err)
		}
		return nil
	})
}

func awaitLog(t *testing.T, m *testkit.Muster, words string) {
	t.Helper()
	testkit.Eventually(t, 30*time.Second, words, func() error {
		if !strings.Contains(m.Server().Output(), words) {
			return errors.New("not in the log")
		}
		return nil
	})
}

// handshake returns the portal's certificate, if a client with these roots
// believes it.
func handshake(m *testkit.Muster, roots *x509.CertPool) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", m.HTTPS(), &tls.Config{RootCAs: roots, ServerName: testkit.PublicHost})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// getPage returns the first page of the portal.
func getPage(t *testing.T, m *testkit.Muster, roots *x509.CertPool) string {
	t.Helper()
	client := m.Client()
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	response, err := client.Get(m.PublicURL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
