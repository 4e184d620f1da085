package main

import "context"

// stateful is a command that needs the data. It is a plain struct that JSON
// carries whole, because it may run in another process than it was typed in.
type stateful interface {
	Run(ctx context.Context, env *Env) error
}

// Env is what a stateful command works with.
type Env struct{}

func runStateful(context.Context, invocation, string, stateful) error { return nil }
