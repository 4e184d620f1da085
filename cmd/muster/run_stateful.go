package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"reflect"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/control"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// runStateful runs a command where the data is: in the server if one runs,
// else here.
func runStateful(ctx context.Context, in invocation, name string, command stateful) error {
	settled, err := loadConfig(in)
	if err != nil {
		return err
	}
	if err := makeDataDir(settled.DataDir); err != nil {
		return err
	}
	payload, err := json.Marshal(command)
	if err != nil {
		return err
	}
	files, err := openFiles(in.terminal, command)
	if err != nil {
		return err
	}
	defer files.discard()
	shown := newProgress(in.terminal.err, in.terminal.errIsPerson, clock.Now)
	call := control.Call{Name: name, Payload: payload, JSON: in.json, Sudo: os.Getenv("SUDO_USER")}
	streams := control.Streams{
		In: files.in, Out: in.terminal.out, Err: in.terminal.err, File: files.out, Progress: shown.update,
	}
	result, err := control.Do(ctx, settled.DataDir, call, streams, func(ctx context.Context, _ *control.Lock) control.Result {
		return runHere(ctx, in.terminal, settled, call, streams)
	})
	shown.end()
	switch {
	case err != nil:
		return lockProblem(settled.DataDir, err)
	case result != control.Result{}:
		return failure{result}
	}
	return files.keep()
}

// lockProblem says why neither a server nor the data could be reached.
func lockProblem(dir string, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	if foreign, ok := errors.AsType[control.NotOursError](err); ok {
		return problem.Wrap(problem.Forbidden, err, "%s belongs to another user (uid %d)", dir, foreign.UID).
			WithHint("start the server first, or run this as that user: sudo -u '#%d' muster …", foreign.UID)
	}
	if errors.Is(err, control.ErrLocked) {
		return problem.Wrap(problem.Unavailable, err, "another process (pid %d) uses %s and does not answer", control.Holder(dir), dir).
			WithHint("wait until it is done; a server answers once it has started")
	}
	if errors.Is(err, control.ErrTooLong) {
		return problem.Wrap(problem.Invalid, err, "the command names more people than one command can").
			WithHint("divide the file, or choose them by a group")
	}
	if errors.Is(err, control.ErrBroken) {
		return problem.Wrap(problem.Unavailable, err, "the server went away before it said how this ended").
			WithHint("see that it runs, and what has become of it, before you try again")
	}
	if errors.Is(err, os.ErrPermission) {
		return problem.Wrap(problem.Forbidden, err, "this user may not use %s", dir).WithHint("use sudo")
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		return problem.Wrap(problem.Unavailable, err, "%s cannot be written: %v", dir, cause.Err).
			WithHint("see that its disk is mounted for writing and has room")
	}
	return err
}

// runHere opens the data in this process, which holds the lock, and runs the
// command in it.
func runHere(ctx context.Context, t *terminal, settled *config.Config, call control.Call, s control.Streams) control.Result {
	log := quietLog(t.err)
	n, err := openNode(ctx, settled, log, forUse)
	if err != nil {
		return logged(log, call, err)
	}
	result := n.runner()(ctx, control.Caller{UID: os.Getuid()}, call, s)
	if err := n.close(); err != nil && result.Code == exitOK {
		return resultOf(err)
	}
	return result
}

// runner returns what runs commands in this process, whoever sent them.
func (n *node) runner() control.Runner {
	commands := statefulCommands()
	return func(ctx context.Context, from control.Caller, call control.Call, s control.Streams) control.Result {
		kind, ok := commands[call.Name]
		if !ok {
			return resultOf(errOtherVersion)
		}
		command, err := decodeCommand(kind, call.Payload)
		if err != nil {
			return resultOf(err)
		}
		err = command.Run(ctx, &Env{
			In: s.In, Out: s.Out, Err: s.Err, File: s.File, Progress: s.Progress, JSON: call.JSON,
			Actor: actor(from, call), Operator: n.operator, Now: clock.Now(), Zone: n.config.TimeZone, node: n,
		})
		n.store.AwaitPeriods(ctx)
		return logged(n.log, call, err)
	}
}

// logged is resultOf, and writes to the log what is not for everybody: the
// cause of what was not the caller's fault.
func logged(log *slog.Logger, call control.Call, err error) control.Result {
	result := resultOf(err)
	if result.Code == exitInternal || result.Code == exitUnavailable {
		log.Error("command failed", "command", call.Name, "error", err)
	}
	return result
}

// decodeCommand makes a command of what crossed the socket.
func decodeCommand(kind reflect.Type, payload []byte) (stateful, error) {
	command, ok := reflect.TypeAssert[stateful](reflect.New(kind))
	if !ok {
		return nil, errOtherVersion
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(command); err != nil {
		return nil, errOtherVersion // which would quote what may be a secret
	}
	return command, nil
}

var errOtherVersion = problem.New(problem.Conflict, "the running server does not know this command").
	WithHint("it is of another version; restart it")

// actor is who the logs say it was.
func actor(from control.Caller, call control.Call) audit.Actor {
	source := fmt.Sprintf("uid %d", from.UID)
	if call.Sudo != "" && from.UID == 0 {
		source += " for " + oneLine(call.Sudo)
	}
	return audit.Actor{Name: "local", Via: operator.ViaCLI, Source: source}
}

// statefulCommands maps the names of the commands that need the data to their
// types.
func statefulCommands() map[string]reflect.Type {
	var tree cli
	parser, err := newParser(&tree, &terminal{})
	if err != nil {
		panic(err) // the tree is constant
	}
	kinds := map[string]reflect.Type{}
	for _, leaf := range parser.Model.Leaves(false) {
		if _, ok := reflect.TypeAssert[stateful](leaf.Target.Addr()); ok {
			kinds[leaf.Path()] = leaf.Target.Type()
		}
	}
	return kinds
}
