package main

import (
	"bytes"
	"os"
	"os/exec"
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
	}
}
