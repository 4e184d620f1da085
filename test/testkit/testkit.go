// Package testkit drives the real program and the real things around it from
// Go tests: the binary with its command line, PostgreSQL, a VPN server and its
// client on a terminal, PAM hosts, a browser.
//
// It owns processes, scratch folders, free addresses and certificates, and
// stops and removes all of them when the test ends. Traffic stays on loopback.
// A tool that is not installed fails the test: nothing is skipped. It must not
// import any package of the product; it knows what an operator knows.
package testkit

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Tool returns the path of an installed program. Programs in the system's
// administration folders are found too. If there is none, the test fails.
func Tool(t testing.TB, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed; run make provision", name)
	return ""
}

// RequireRoot fails the test unless it runs as root, saying what for.
func RequireRoot(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatalf("this test needs root: %s", why)
	}
}

// Root returns the folder of the module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working folder")
		}
		dir = parent
	}
}

// Scratch makes a folder for the test with a path short enough for unix
// sockets and open to servers that run as another user. t.TempDir is neither.
func Scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "muster") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(t, dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// removeAll tries again for a while: the last children of a browser may still
// write after it has gone.
func removeAll(t testing.TB, dir string) {
	var err error
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("removing the scratch folder: %v", err)
}

// WriteFile writes a file of a test, mode 0600 unless it is to be read by
// another user.
func WriteFile(t testing.TB, path, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask has cut it
		t.Fatal(err)
	}
	return path
}

// Loopback returns an IPv4 loopback address that no other test uses, so that
// servers can listen on their well-known ports. The whole of 127.0.0.0/8 is
// there without any set-up.
func Loopback(t testing.TB) string {
	t.Helper()
	var b [3]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	// 127.64.0.0/10 keeps clear of the addresses that distributions use.
	return fmt.Sprintf("127.%d.%d.%d", 64+b[0]%64, b[1], 1+b[2]%254)
}

// Eventually waits until done returns nil, and fails the test with its last
// error when that takes longer than patience.
func Eventually(t testing.TB, patience time.Duration, what string, done func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := done()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, patience, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Listening waits until something accepts TCP connections at addr.
func Listening(t testing.TB, addr string, patience time.Duration) {
	t.Helper()
	Eventually(t, patience, "a listener on "+addr, func() error {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// ReadFile returns the contents of a file.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
