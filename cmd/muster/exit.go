package main

import (
	"context"
	"errors"
	"fmt"

	"example.com/muster/internal/control"
	"example.com/muster/internal/problem"
)

// The exit codes. They are documented by "muster help exit-codes" and in the
// manual; scripts rely on them.
const (
	exitOK          = 0
	exitRefused     = 1
	exitUsage       = 2
	exitUnavailable = 3
	exitInternal    = 4
	exitInterrupted = 130

	// radius test has codes of its own for what it found.
	exitAccept    = 0
	exitReject    = 1
	exitChallenge = 2
	exitNoAnswer  = 3
	exitNotTested = 64 // sysexits.h EX_USAGE
)

const exitCodesHelp = `Exit codes of every command but radius test:

  0    done
  1    refused: what was asked is not possible (no such user, exists already, …)
  2    wrong command line, configuration or file
  3    not available now: the database, the lock or the server; try again later
  4    internal error; the log says more
  130  interrupted

Exit codes of radius test:

  0    Access-Accept
  1    Access-Reject
  2    Access-Challenge: the server asks for more; answer with --state and --code
  3    no answer, or only forged ones (wrong shared secret)
  64   not tested: wrong command line or file
`

// exit is an error that only sets the exit code: everything was said already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// failure is what is left of an error that came over the socket.
type failure struct{ control.Result }

func (f failure) Error() string { return f.Result.Error }

// resultOf turns how a command ended into what is told to whoever called it.
// Only the public face of an error leaves.
func resultOf(err error) control.Result {
	if err == nil {
		return control.Result{}
	}
	if f, ok := errors.AsType[failure](err); ok {
		return f.Result
	}
	if e, ok := errors.AsType[exit](err); ok {
		return control.Result{Code: int(e)}
	}
	if errors.Is(err, context.Canceled) {
		return control.Result{Code: exitInterrupted, Error: "interrupted"}
	}
	text, hint := problem.Public(err)
	return control.Result{Code: codeOf(problem.KindOf(err)), Error: text, Hint: hint}
}

func codeOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid:
		return exitUsage
	case problem.NotFound, problem.Conflict, problem.Forbidden:
		return exitRefused
	case problem.Unavailable:
		return exitUnavailable
	default:
		return exitInternal
	}
}

// usageCode is the exit code for a wrong command line.
func usageCode(args []string) int {
	if len(args) >= 2 && args[0] == "radius" && args[1] == "test" {
		return exitNotTested
	}
	return exitUsage
}
