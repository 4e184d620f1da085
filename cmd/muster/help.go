package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// explained is a command with examples: command lines without "muster",
// one a line, comments behind #.
type explained interface{ examples() string }

// printHelp prints the examples first, because they answer most questions.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	examples := rootExamples
	if node := ctx.Selected(); node != nil {
		examples = examplesBelow(node)
	}
	if examples != "" {
		fmt.Fprintln(ctx.Stdout, "Examples:")
		for line := range strings.Lines(examples) {
			fmt.Fprintf(ctx.Stdout, "  muster %s\n", strings.TrimSpace(line))
		}
		fmt.Fprintln(ctx.Stdout)
	}
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if ctx.Selected() == nil {
		fmt.Fprintln(ctx.Stdout, `Run "muster help exit-codes" for the exit codes.`)
	}
	return nil
}

const rootExamples = `demo
check-config /etc/muster/muster.yml
serve --config /etc/muster/muster.yml
user add alice --display-name "Alice" --email alice@example.com --password-file alice.password
enroll link alice
radius client add vpn --address 192.0.2.1/32 --secret-file vpn.secret
radius test --server localhost --secret-file vpn.secret --user alice --password-file alice.password`

// examplesBelow returns the examples of a command, or the first of each
// command below it.
func examplesBelow(node *kong.Node) string {
	if e, ok := reflect.TypeAssert[explained](node.Target.Addr()); ok {
		return e.examples()
	}
	var first []string
	for _, leaf := range node.Leaves(true) {
		if e, ok := reflect.TypeAssert[explained](leaf.Target.Addr()); ok {
			line, _, _ := strings.Cut(e.examples(), "\n")
			first = append(first, line)
		}
	}
	return strings.Join(first, "\n")
}

type helpCommand struct {
	Topic []string `arg:"" optional:"" help:"A command, or exit-codes."`
}

func (c *helpCommand) examples() string { return "help user add\nhelp exit-codes" }

func (c *helpCommand) runHere(_ context.Context, in invocation) error {
	if len(c.Topic) == 1 && c.Topic[0] == "exit-codes" {
		_, err := fmt.Fprint(in.terminal.out, exitCodesHelp)
		return err
	}
	// --help ends the process after it has printed.
	_, err := in.parser.Parse(append(c.Topic, "--help"))
	return asUsageError(err)
}
