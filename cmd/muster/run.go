package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"example.com/muster/internal/problem"
)

// local is a command that needs no state, or looks after it by itself.
type local interface {
	runHere(ctx context.Context, in invocation) error
}

// invocation is what a local command is told besides its own flags.
type invocation struct {
	terminal   *terminal
	parser     *kong.Kong
	configPath string
	json       bool
}

// run parses the command line, runs the command and returns the exit code.
func run(ctx context.Context, args []string, t *terminal) int {
	var tree cli
	parser, err := newParser(&tree, t)
	if err != nil {
		return t.fail(err)
	}
	parsed, err := parser.Parse(args)
	if err == nil {
		err = refuseRepeated(parsed)
	}
	if err != nil {
		return t.failAs(usageCode(args), asUsageError(err))
	}
	in := invocation{terminal: t, parser: parser, configPath: tree.Config, json: tree.JSON}
	node := parsed.Selected()
	switch command := node.Target.Addr().Interface().(type) {
	case local:
		err = command.runHere(ctx, in)
	case stateful:
		err = runStateful(ctx, in, node.Path(), command)
	default:
		err = fmt.Errorf("%s is no command of any kind", node.Path())
	}
	if err == nil {
		return exitOK
	}
	return t.fail(err)
}

// newParser builds the command line from the tree.
func newParser(tree *cli, t *terminal) (*kong.Kong, error) {
	return kong.New(tree,
		kong.Name("muster"),
		kong.Description("A second factor for VPN and everything else that speaks RADIUS."),
		kong.Writers(t.out, t.err),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ExplicitGroups(groups),
		kong.Bind(t),
	)
}

// nameOf is how a command is called: what is done where none of its own commands
// is named has the name of what it belongs to.
func nameOf(node *kong.Node) string {
	if node.Parent != nil && node.Parent.DefaultCmd == node {
		node = node.Parent
	}
	return node.Path()
}

// asUsageError gives kong's complaints a hint.
func asUsageError(err error) error {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		// Ours, of a file or a value; kong has put the flag before it.
		flag := strings.TrimSuffix(err.Error(), e.Error())
		return problem.Wrap(problem.Invalid, e.Cause, "%s%s", flag, e.Public).WithHint("%s", e.Hint)
	}
	hint := "muster --help lists the commands"
	if e, ok := errors.AsType[*kong.ParseError](err); ok {
		if node := e.Context.Selected(); node != nil {
			hint = "muster " + nameOf(node) + " --help shows how"
		}
	}
	return problem.New(problem.Invalid, "%s", strings.TrimSuffix(err.Error(), ".")).WithHint("%s", hint)
}
