package main

import (
	"github.com/alecthomas/kong"

	"example.com/muster/internal/problem"
)

// refuseRepeated refuses a flag that was given twice and takes one value: the
// parser would keep the last one without a word.
func refuseRepeated(parsed *kong.Context) error {
	given := map[*kong.Flag]bool{}
	for _, step := range parsed.Path {
		flag := step.Flag
		if flag == nil || step.Resolved || flag.IsBool() || flag.IsCumulative() {
			continue
		}
		if given[flag] {
			return problem.New(problem.Invalid, "--%s was given more than once, and takes one value", flag.Name).
				WithHint("one command for each, or muster %s --help for what may be repeated", nameOf(parsed.Selected()))
		}
		given[flag] = true
	}
	return nil
}
