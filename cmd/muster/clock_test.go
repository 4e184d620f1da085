package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOrdinaryBuildHasNoMovableClock looks into the binaries: only the one
// with the tag knows the variable that moves its clock, and it says so.
func TestOrdinaryBuildHasNoMovableClock(t *testing.T) {
	variable := []byte("MUSTER_CLOCK" + "_FILE")
	for tags, want := range map[string]bool{"": false, "testclock": true} {
		binary := buildMuster(t, tags)
		content, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(content, variable); got != want {
			t.Errorf("tags %q: knows the clock file: %v", tags, got)
		}
		said, err := exec.CommandContext(t.Context(), binary, "version").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(said, []byte("(testclock)")); got != want {
			t.Errorf("tags %q: version says\n%s", tags, said)
		}
		if got := warnsOfItsClock(t, binary); got != want {
			t.Errorf("tags %q: serve warns of its clock: %v", tags, got)
		}
	}
}

// warnsOfItsClock starts a server that cannot listen, and so ends at once.
func warnsOfItsClock(t *testing.T, binary string) bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "muster.yml")
	config := "public_url: http://localhost:1\ndata_dir: data\nhttp: {listen: '127.0.0.1:0'}\nradius: {listen: ['192.0.2.1:1812']}\n"
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), binary, "serve", "--config", path).CombinedOutput()
	if err == nil || !bytes.Contains(said, []byte("cannot listen on 192.0.2.1:1812")) {
		t.Fatalf("%v\n%s", err, said)
	}
	return bytes.Contains(said, []byte("warning: this build has a clock that a file can move (testclock)"))
}
