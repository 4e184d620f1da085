package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// TestManualListsTheCommands holds that docs/manual/cli.md is what the command
// line says of itself; -update writes it anew.
func TestManualListsTheCommands(t *testing.T) {
	manual := filepath.Join("..", "..", "docs", "manual", "cli.md")
	got := manualOfCommands(leaves(t))
	if *updateScripts {
		if err := os.MkdirAll(filepath.Dir(manual), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(manual, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-file +now), -update writes it anew:\n%s", manual, diff)
	}
}

const manualHead = `# The command line

` + "<!-- Written by: go test ./cmd/muster -run TestManual -update -->" + `

One binary, ` + "`muster`" + `, is the server and everything an operator does with it. ` + "`muster COMMAND --help`" + ` begins with
examples. Data go to standard output, messages to standard error as ` + "`error: …`, `warning: …` and `hint: …`" + `; progress
is shown as a bar where a person watches, as lines where not. Colour is used on a terminal only, and never with ` + "`NO_COLOR`" + `.

Commands that need the data take ` + "`--config FILE`" + ` (or ` + "`MUSTER_CONFIG`" + `; default ` + "`/etc/muster/muster.yml`" + `). While a server
runs they are sent to it over the socket ` + "`muster.sock`" + ` in the data folder, which only root and the server's own user can use; otherwise
they take the data folder's lock and work by themselves. Either way their effect holds when they return. Of several nodes
the others know of it within two seconds; a period begins on all of them at the same instant, and its command waits for that.

Files with secrets are named, never typed: ` + "`--password-file FILE`" + `, where ` + "`-`" + ` is the standard input. With ` + "`--json`" + ` a command that
prints data prints one JSON document: lists are arrays and never null, instants are RFC 3339 in UTC or null,
statuses have hyphens, as in-period.

## Exit codes

`

func manualOfCommands(leaves []*kong.Node) string {
	var b strings.Builder
	b.WriteString(manualHead + "```\n" + exitCodesHelp + "```\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n", strings.TrimSuffix(g.Title, ":"))
		for _, leaf := range leaves {
			if leaf.ClosestGroup() != nil && leaf.ClosestGroup().Key == g.Key && !leaf.Hidden {
				writeManualOf(&b, leaf)
			}
		}
	}
	return b.String()
}

func writeManualOf(b *strings.Builder, leaf *kong.Node) {
	fmt.Fprintf(b, "\n### muster %s\n\n%s\n\n```\n", typedPath(leaf), leaf.Help)
	for line := range strings.Lines(examplesBelow(leaf)) {
		fmt.Fprintf(b, "muster %s\n", strings.TrimSpace(line))
	}
	b.WriteString("```\n")
	if len(leaf.Positional)+len(leaf.Flags) == 0 {
		return
	}
	b.WriteString("\n| | |\n|---|---|\n")
	for _, p := range leaf.Positional {
		fmt.Fprintf(b, "| `%s` | %s |\n", p.Summary(), cell(p.Help))
	}
	for _, f := range leaf.Flags {
		flag := "--" + f.Name
		if !f.IsBool() {
			flag += " " + f.FormatPlaceHolder()
		}
		help := cell(f.Help)
		if f.Required {
			help += " Required."
		}
		if f.HasDefault && f.Default != "" {
			help += " Default: " + f.Default + "."
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", flag, help)
	}
}

// typedPath is the path of a command as it is typed: the usual one of several
// needs no name of its own.
func typedPath(leaf *kong.Node) string {
	if leaf.Parent != nil && leaf.Parent.DefaultCmd == leaf {
		return leaf.Parent.Path()
	}
	return leaf.Path()
}

// cell fits a text into a table of Markdown.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
