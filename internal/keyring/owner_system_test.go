//go:build system && unix

package keyring_test

import (
	"os"
	"strings"
	"testing"

	"example.com/muster/internal/keyring"
	"example.com/muster/internal/problem"
)

// Needs to run as root, to give a file away.
func TestAFileOfAnotherUserIsRefused(t *testing.T) {
	_, path := newFileRing(t)
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err := keyring.Load(path)
	text, hint := problem.Public(err)
	if problem.KindOf(err) != problem.Forbidden || !strings.Contains(text, "uid 65534") || hint == "" {
		t.Errorf("error is %v", err)
	}
}
