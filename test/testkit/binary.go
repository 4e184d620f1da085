package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Build names a way to build the program.
type Build string

// The builds a test can ask for.
const (
	Ordinary  Build = ""          // as it is shipped
	TestClock Build = "testclock" // follows the file named by MUSTER_CLOCK_FILE
)

var built struct {
	sync.Mutex
	paths map[Build]string
}

// Binary returns the program, built from the present sources. Test binaries
// that run at the same time share one build.
func Binary(t testing.TB, build Build) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if path, ok := built.paths[build]; ok {
		return path
	}
	dir := filepath.Join(Root(t), ".cache", "test")
	path := filepath.Join(dir, "muster")
	if build != Ordinary {
		path += "-" + string(build)
	}
	// Flags that go test does not use would build every dependency anew.
	args := []string{"build", "-buildvcs=false", "-tags", string(build), "-o", path, "./cmd/muster"}
	unlock := lockFolder(t, dir)
	defer unlock()
	cmd := exec.Command("go", args...) // links only if something has changed
	cmd.Dir = Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	if built.paths == nil {
		built.paths = map[Build]string{}
	}
	built.paths[build] = path
	return path
}

// lockFolder keeps other test processes out of the folder until unlock.
func lockFolder(t testing.TB, dir string) (unlock func()) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { lock.Close() }
}
