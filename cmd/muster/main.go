// Command muster is the whole product in one binary: the server, a demo of
// it, and the operator's commands.
//
// A command is a value that runs where the state is. While a server runs, it
// travels to the server as JSON over the unix socket in the data folder, so
// that its effect holds at every door when it returns; otherwise it runs in
// this process, which takes the data folder's lock. The commands themselves
// see no difference: they get an [Env].
//
// This package reads the configuration and puts the parts together. It must
// not decide anything about people, factors or clients: that is what
// internal/operator is for.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"example.com/muster/internal/factor/password"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		signal.Ignore(os.Interrupt, syscall.SIGTERM) // it ends with the server, after the last answer
		if err := password.ServeWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(exitInternal)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], newTerminal())
	stop()
	os.Exit(code)
}
