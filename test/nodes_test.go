//go:build system

package test

import (
	"fmt"
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
	directoriesCross(t, first, second)
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
	for _, name := range []string{"carol", "dora"} {
		here.Run("user", "add", name)
		here.Run("require", "--factor", "totp", "--forced", "--user", name) // returns when it counts
		for _, m := range []*testkit.Muster{here, there} {
			var shown struct{ Status string }
			if m.JSON(&shown, "user", "show", name); shown.Status != "pending" {
				t.Errorf("%s, of whom something is required: %s", name, shown.Status)
			}
		}
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

// directoriesCross: one of two nodes keeps people in step with a directory, and
// the other knows as much: who there is, how it stands with the directory, and
// whose password is right.
func directoriesCross(t *testing.T, here, there *testkit.Muster) {
	t.Helper()
	staff := testkit.StartSlapd(t, testkit.SlapdOptions{People: 30})
	addSlapd(here, staff)
	here.Run("sync", "add", "everybody", "--directory", "staff")
	testkit.Eventually(t, 30*time.Second, "the other node knows the people", func() error {
		var list []struct {
			CurrentAt *time.Time `json:"current_at"`
			Problem   string
		}
		there.JSON(&list, "directory", "list")
		if out := there.Run("user", "list"); !strings.Contains(out, "u000029") || list[0].CurrentAt == nil || list[0].Problem != "" {
			return fmt.Errorf("it knows %+v and\n%s", list, out)
		}
		return nil
	})
	var runs []syncRun
	there.JSON(&runs, "sync", "runs", "everybody")
	if len(runs) != 1 || runs[0].State != "done" || runs[0].Added != 30 {
		t.Errorf("two nodes have made the runs %+v", runs)
	}
	var run syncRun
	if there.JSON(&run, "sync", "run", "everybody"); run.State != "done" || run.Added+run.Changed != 0 {
		t.Errorf("a run at the other node: %+v", run)
	}
	staff.Modify("dn: uid=u000007," + testkit.SlapdPeople + "\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
	testkit.Eventually(t, 60*time.Second, "both know who is disabled", func() error {
		for _, m := range []*testkit.Muster{here, there} {
			var p person
			if m.JSON(&p, "user", "show", "u000007"); !p.Disabled || p.Origin.Barred != "disabled" {
				return fmt.Errorf("one knows %+v", p)
			}
		}
		return nil
	})
}

// What muster radius test ends with.
const (
	accepted   = 0
	rejected   = 1
	unanswered = 3
)
