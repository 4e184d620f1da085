//go:build !race

package password_test

// The race detector takes several times as much memory of its own.

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/secret"
)

// Saturated: 19 MiB a core and 20 MB. Idle again: the memory goes back.
func TestMemoryIsBounded(t *testing.T) {
	c, pid := watchedChecker(t)
	_, idlePID := watchedChecker(t)
	var wg sync.WaitGroup
	for range 8 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for range 3 {
				if err := c.Dummy(t.Context(), "vpn", secret.New("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()

	const perCheck, slack = 19 << 10, 20 << 10 // KiB
	base := waitBelow(t, idlePID(), perCheck)
	most := memory(t, pid(), "VmHWM")
	if limit := base + runtime.GOMAXPROCS(0)*perCheck + slack; most > limit {
		t.Errorf("%d KiB at most, idle is %d KiB: more than %d KiB", most, base, limit)
	}
	waitBelow(t, pid(), base+slack/2)
}

// waitBelow waits until a process has less than limit, in KiB, and returns
// what it has.
func waitBelow(t *testing.T, pid, limit int) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		kib := memory(t, pid, "VmRSS")
		if kib < limit {
			return kib
		}
		if time.Now().After(deadline) {
			t.Fatalf("still %d KiB, want less than %d KiB", kib, limit)
		}
	}
}

// memory reads a field of /proc/PID/status, in KiB.
func memory(t *testing.T, pid int, field string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatalf("no %s", field)
	return 0
}
