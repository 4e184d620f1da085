package main

import (
	"context"
	"errors"
	"os"
	"time"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/control"
	"example.com/muster/internal/problem"
)

type serveCommand struct{}

func (c *serveCommand) examples() string { return "serve --config /etc/muster/muster.yml" }

// runHere serves until it is told to stop.
func (c *serveCommand) runHere(ctx context.Context, in invocation) error {
	settled, err := loadConfig(in)
	if err != nil {
		return err
	}
	for _, w := range settled.FileWarnings() {
		in.terminal.warn(w.String(), w.Hint)
	}
	if info, err := os.Stat(settled.DataDir); err == nil && info.Mode().Perm()&0o022 != 0 {
		in.terminal.warn("others can write into the data folder "+settled.DataDir, "chmod 700 "+settled.DataDir)
	}
	if clock.Tag != "" {
		in.terminal.warn("this build has a clock that a file can move ("+clock.Tag+"); it is for tests only", "")
	}
	sparingly()
	return withLockedNode(ctx, in, settled, func(n *node) error {
		return newServer(n).run(ctx)
	})
}

// lockPatience is how long a server waits for a command that holds the lock.
const lockPatience = 10 * time.Second

// withLockedNode opens the data for serving, runs do, and closes it.
func withLockedNode(ctx context.Context, in invocation, settled *config.Config, do func(*node) error) error {
	return withLock(ctx, settled, func() error { return withNode(ctx, in, settled, do) })
}

// withLock runs do while this process alone may use the data folder.
func withLock(ctx context.Context, settled *config.Config, do func() error) error {
	if err := makeDataDir(settled.DataDir); err != nil {
		return err
	}
	lock, err := lockSoon(ctx, settled.DataDir)
	if err != nil {
		return lockProblem(settled.DataDir, err)
	}
	defer lock.Unlock() //nolint:errcheck // the kernel takes it back anyway
	return do()
}

// withNode opens the data for a server, and closes them when do ends.
func withNode(ctx context.Context, in invocation, settled *config.Config, do func(*node) error) error {
	log := serverLog(in.terminal.err)
	n, err := openNode(ctx, settled, log, forServing)
	if err != nil {
		log.Error("the data cannot be opened", "error", err)
		return err
	}
	return errors.Join(do(n), n.close())
}

// lockSoon waits for a command to give the lock back, but not for another
// server.
func lockSoon(ctx context.Context, dir string) (*control.Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		lock, err := control.TryLock(dir)
		if !errors.Is(err, control.ErrLocked) {
			return lock, err
		}
		if control.Running(ctx, dir) {
			return nil, problem.Wrap(problem.Conflict, err, "a server runs already (pid %d) on %s", control.Holder(dir), dir)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
