package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	goBuild(t, Root(t), path, "-tags", string(build), "./cmd/muster")
	if built.paths == nil {
		built.paths = map[Build]string{}
	}
	built.paths[build] = path
	return path
}

// toolBinary returns a program of the tools' module, built from the sources
// that it pins.
func toolBinary(t testing.TB, pkg string) string {
	t.Helper()
	path := filepath.Join(Root(t), ".cache", "test", filepath.Base(pkg))
	goBuild(t, filepath.Join(Root(t), "tools"), path, pkg)
	return path
}

// goBuild builds a program; it links only if something has changed. Flags that
// go test does not use would build every dependency anew.
func goBuild(t testing.TB, module, path string, args ...string) {
	t.Helper()
	unlock := lockFolder(t, filepath.Dir(path))
	defer unlock()
	cmd := exec.Command("go", slices.Concat([]string{"build", "-buildvcs=false", "-o", path}, args)...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", filepath.Base(path), err, out)
	}
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
