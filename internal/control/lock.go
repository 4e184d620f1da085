package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Lock is the right to touch what is in a data folder. The kernel takes it
// back when the process ends, however it ends (flock(2)).
type Lock struct{ file *os.File }

// ErrLocked means that another process holds the lock.
var ErrLocked = errors.New("control: the data folder is in use")

// NotOursError means that the data folder belongs to another user than root,
// who runs this process: what root makes there, that user could not open.
type NotOursError struct{ UID int }

// Error implements error.
func (e NotOursError) Error() string {
	return fmt.Sprintf("control: the data folder belongs to uid %d", e.UID)
}

// TryLock takes the lock of a data folder, which must exist, or returns
// [ErrLocked] at once. A [NotOursError] means that it had better not.
func TryLock(dir string) (*Lock, error) {
	if info, err := os.Stat(dir); err == nil && os.Geteuid() == 0 {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
			return nil, NotOursError{int(stat.Uid)}
		}
	}
	file, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("control: lock the data folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("control: lock the data folder: %w", err)
	}
	// For people who wonder; nothing depends on it.
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &Lock{file}, nil
}

// Holder returns the process that last took the lock of a data folder, 0 if
// that is not known.
func Holder(dir string) int {
	content, err := os.ReadFile(filepath.Join(dir, LockName))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return pid
}

// Unlock gives the lock back. The file stays: removing it would let two
// processes hold locks on two files of one name.
func (l *Lock) Unlock() error { return l.file.Close() }

// Do runs a command where the data is: over the socket if a server runs, else
// by here with the lock held. It waits as long as ctx allows for a process
// that holds the lock and does not listen: a server that starts, or another
// command. The error is [ErrLocked] then.
func Do(ctx context.Context, dir string, call Call, s Streams, here func(context.Context, *Lock) Result) (Result, error) {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		result, err := Send(ctx, dir, call, s)
		if !errors.Is(err, ErrNoServer) {
			return result, err
		}
		lock, err := TryLock(dir)
		if err == nil {
			result := here(ctx, lock)
			return result, lock.Unlock()
		}
		if !errors.Is(err, ErrLocked) {
			return Result{}, err
		}
		select {
		case <-wait.Done():
			return Result{}, cmp.Or(ctx.Err(), ErrLocked)
		case <-time.After(retryAfter):
		}
	}
}

// How long and how often Do looks again.
const (
	patience   = 15 * time.Second
	retryAfter = 50 * time.Millisecond
)
