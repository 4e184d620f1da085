//go:build system

package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// TestTwoNodesBeginAtOnce starts two nodes on an empty database at the same
// moment, each without keys. One makes them; the other says what is missing,
// leaves no keys behind, and serves once it has those of the first.
func TestTwoNodesBeginAtOnce(t *testing.T) {
	t.Parallel()
	database := testkit.StartPostgres(t).Database("muster")
	nodes := []*testkit.Muster{
		testkit.NewMuster(t, testkit.Settings{Database: database}),
		testkit.NewMuster(t, testkit.Settings{Database: database}),
	}
	for _, m := range nodes {
		m.Launch()
	}
	testkit.Eventually(t, 30*time.Second, "one node ends", func() error {
		if nodes[0].Server().Running() && nodes[1].Server().Running() {
			return os.ErrDeadlineExceeded
		}
		return nil
	})
	first, second := nodes[0], nodes[1]
	if second.Server().Running() {
		first, second = second, first
	}
	first.AwaitReady()
	if out := second.Server().Output(); !strings.Contains(out, "another node has made the keys") &&
		!strings.Contains(out, "the keys file") || !strings.Contains(out, "hint") {
		t.Errorf("the second node does not say what is missing:\n%s", out)
	}
	if _, err := os.Stat(keysOf(second)); !os.IsNotExist(err) {
		t.Errorf("it leaves keys behind that open nothing: %v", err)
	}
	first.Run("user", "add", "alice")
	content, err := os.ReadFile(keysOf(first))
	if err != nil {
		t.Fatal(err)
	}
	testkit.WriteFile(t, keysOf(second), string(content), 0o600)
	second.Start()
	if out := second.Run("user", "list"); !strings.Contains(out, "alice") {
		t.Errorf("the second node does not know alice:\n%s", out)
	}
	effectsCross(t, first, second)
	for _, m := range nodes {
		m.Server().Stop() // PostgreSQL ends only once nobody is connected
	}
}

func keysOf(m *testkit.Muster) string { return filepath.Join(m.DataDir, "keys") }

// effectsCross: what a command did at one node holds at the other within two
// seconds, also where the other one remembers what was before.
func effectsCross(t *testing.T, here, there *testkit.Muster) {
	t.Helper()
	const within = 2 * time.Second
	shared := here.Secret(secret)
	app := testkit.NewAuthenticator(rfcSecret)
	here.Run("user", "add", "bob", "--totp-secret-file", here.Secret(rfcSecret))
	here.Run("radius", "client", "add", "gateway", "--address", "127.0.0.0/8", "--secret-file", shared,
		"--first-factor", "none", "--code", "append")
	time.Sleep(within)
	signIn := func() int {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), testkit.Binary(t, testkit.Ordinary), "radius", "test", "--server", there.RADIUS,
			"--secret-file", shared, "--user", "bob", "--code", app.Next(t))
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return cmd.ProcessState.ExitCode()
	}
	if code := signIn(); code != accepted {
		t.Errorf("a client and a person of the other node: exit code %d", code)
	}
	here.Run("user", "disable", "bob")
	time.Sleep(within)
	if code := signIn(); code != rejected {
		t.Errorf("somebody disabled at the other node: exit code %d", code)
	}
	here.Run("radius", "client", "remove", "gateway")
	time.Sleep(within)
	if code := signIn(); code != unanswered {
		t.Errorf("a client removed at the other node: exit code %d", code)
	}
}

// What muster radius test ends with.
const (
	accepted   = 0
	rejected   = 1
	unanswered = 3
)
