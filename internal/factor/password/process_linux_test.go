package password_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/secret"
)

// watchedChecker also tells which process does the work.
func watchedChecker(t *testing.T) (*password.Checker, func() int) {
	t.Helper()
	var cmd *exec.Cmd
	c := password.New(password.Options{Worker: func() *exec.Cmd { cmd = workerCommand(); return cmd }})
	t.Cleanup(c.Close)
	if err := c.Dummy(t.Context(), "vpn", secret.New("x")); err != nil {
		t.Fatal(err)
	}
	return c, func() int { return cmd.Process.Pid }
}

func TestTheWorkerHasLowPriorityAndWeDoNot(t *testing.T) {
	ours := threads(t, os.Getpid())[os.Getpid()] // the main thread's, which nothing changes
	for range 10 {                               // each is started from whatever thread comes along
		_, pid := watchedChecker(t)
		for tid, nice := range threads(t, pid()) {
			if nice != min(ours+10, 19) {
				t.Errorf("thread %d of the worker has niceness %d", tid, nice)
			}
		}
	}
	for tid, nice := range threads(t, os.Getpid()) {
		if nice != ours {
			t.Errorf("thread %d of ours has niceness %d, not %d", tid, nice, ours)
		}
	}
}

// threads returns the niceness of each thread of a process.
func threads(t *testing.T, pid int) map[int]int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	nice := map[int]int{}
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, tid)
		if err != nil {
			continue // it has just ended
		}
		nice[tid] = 20 - raw // the system call returns it so
	}
	return nice
}
