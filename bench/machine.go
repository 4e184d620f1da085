package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// clockTicks is what /proc counts processor time in: USER_HZ, 100 on every
// Linux that Go runs on.
const clockTicks = 100

// cpuOf is the processor time that a process and its descendants have used,
// those that have ended and were waited for included.
func cpuOf(pid int) (time.Duration, error) {
	var ticks int64
	for _, member := range family(pid) {
		fields, err := stat(member)
		if err != nil {
			continue // it has just ended; its parent counts it
		}
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / clockTicks, nil
}

// stat returns the fields of /proc/PID/stat from the third, the state, on
// (see proc_pid_stat(5)).
func stat(pid int) ([]string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:])), nil
}

// family lists a process and its descendants.
func family(pid int) []int {
	members := []int{pid}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return members
	}
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for child := range strings.FieldsSeq(string(content)) {
			if n, err := strconv.Atoi(child); err == nil {
				members = append(members, family(n)...)
			}
		}
	}
	return members
}

// residentOf is the resident memory of a process and its descendants, in
// bytes. What they share counts more than once.
func residentOf(pid int) (int64, error) {
	var total int64
	for _, member := range family(pid) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", member))
		if err != nil && member == pid {
			return 0, err
		}
		for line := range strings.Lines(string(content)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				if err != nil {
					return 0, err
				}
				total += kilobytes * 1024
			}
		}
	}
	return total, nil
}

// forgetFiles has the system forget what it has read of files, so that the next
// who reads them waits for the disk; see proc(5).
func forgetFiles(t testing.TB) {
	t.Helper()
	testkit.RequireRoot(t, "what is cached of files is forgotten")
	syscall.Sync()
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		t.Fatal(err)
	}
}

// memoryDuring returns by how many megabytes the program grows at most while
// something is done.
func memoryDuring(t testing.TB, p *testkit.Process, do func()) float64 {
	t.Helper()
	idle := megabytes(t, p)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	most := idle
	for {
		select {
		case <-done:
			return most - idle
		case <-time.After(10 * time.Millisecond):
			most = max(most, megabytes(t, p))
		}
	}
}

func megabytes(t testing.TB, p *testkit.Process) float64 {
	t.Helper()
	bytes, err := residentOf(p.Pid())
	if err != nil {
		t.Fatal(err)
	}
	return float64(bytes) / 1e6
}
