package control_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"example.com/muster/internal/control"
)

func TestLockHasOneHolder(t *testing.T) {
	dir := t.TempDir()
	first, err := control.TryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.TryLock(dir); !errors.Is(err, control.ErrLocked) {
		t.Errorf("the second got %v", err)
	}
	if pid := control.Holder(dir); pid != os.Getpid() {
		t.Errorf("holder is %d", pid)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	second, err := control.TryLock(dir)
	if err != nil {
		t.Fatalf("after the first gave it back: %v", err)
	}
	_ = second.Unlock()
}

func TestDoRunsHereWithoutAServer(t *testing.T) {
	dir := t.TempDir()
	result, err := control.Do(t.Context(), dir, control.Call{}, control.Streams{}, func(context.Context, *control.Lock) control.Result {
		if _, err := control.TryLock(dir); !errors.Is(err, control.ErrLocked) {
			t.Errorf("the lock is not held: %v", err)
		}
		return control.Result{Code: 5}
	})
	if err != nil || result.Code != 5 {
		t.Errorf("%+v, %v", result, err)
	}
	lock, err := control.TryLock(dir)
	if err != nil {
		t.Fatalf("the lock was not given back: %v", err)
	}
	_ = lock.Unlock()
}

// TestDoWaitsForAServerThatStarts: it holds the lock, and listens a little
// later.
func TestDoWaitsForAServerThatStarts(t *testing.T) {
	dir := t.TempDir()
	lock, err := control.TryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		time.Sleep(100 * time.Millisecond)
		l, err := control.Listen(dir)
		if err != nil {
			served <- err
			return
		}
		server := control.Server{Log: slog.New(slog.DiscardHandler), Run: func(context.Context, control.Caller, control.Call, control.Streams) control.Result {
			return control.Result{Code: 9}
		}}
		served <- server.Serve(ctx, l)
	}()
	if control.Running(t.Context(), dir) {
		t.Error("it is taken for running before it listens")
	}
	result, err := control.Do(t.Context(), dir, control.Call{}, control.Streams{}, func(context.Context, *control.Lock) control.Result {
		t.Error("ran here")
		return control.Result{}
	})
	if !control.Running(t.Context(), dir) {
		t.Error("it is not taken for running")
	}
	if err != nil || result.Code != 9 {
		t.Errorf("%+v, %v", result, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestDoGivesUpWithItsContext(t *testing.T) {
	dir := t.TempDir()
	lock, err := control.TryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = control.Do(ctx, dir, control.Call{}, control.Streams{}, func(context.Context, *control.Lock) control.Result {
		t.Error("ran here")
		return control.Result{}
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestRootKeepsOutOfAnotherUsersFolder needs root to give the folder away; for
// others the folder is simply theirs.
func TestRootKeepsOutOfAnotherUsersFolder(t *testing.T) {
	dir := t.TempDir()
	const nobody = 65534
	err := os.Chown(dir, nobody, nobody)
	if root := os.Geteuid() == 0; root != (err == nil) {
		t.Fatalf("root: %v, giving the folder away: %v", root, err)
	}
	lock, err := control.TryLock(dir)
	foreign, ok := errors.AsType[control.NotOursError](err)
	if ok != (os.Geteuid() == 0) || ok && foreign.UID != nobody {
		t.Errorf("lock: %v", err)
	}
	if lock != nil {
		_ = lock.Unlock()
	}
	entries, err := os.ReadDir(dir)
	if err != nil || ok && len(entries) != 0 {
		t.Errorf("%d files were made, %v", len(entries), err)
	}
}
