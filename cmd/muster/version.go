package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"example.com/muster/internal/clock"
)

// version is set by the linker: make build passes the release.
var version = ""

type versionCommand struct{}

func (c *versionCommand) examples() string {
	return "version  # build tags are named too\nversion --json"
}

// build is what is known of this binary.
type build struct {
	Version  string   `json:"version"`
	Revision string   `json:"revision"`
	Go       string   `json:"go"`
	Tags     []string `json:"tags"` // build tags that change how it behaves
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Tags: []string{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	if b.Version == "" {
		b.Version = "development"
	}
	if clock.Tag != "" {
		b.Tags = append(b.Tags, clock.Tag)
	}
	return b
}

func (b build) String() string {
	if len(b.Tags) == 0 {
		return "muster " + b.Version
	}
	return "muster " + b.Version + " (" + joined(b.Tags) + ")"
}

func (c *versionCommand) runHere(_ context.Context, in invocation) error {
	b := thisBuild()
	if in.json {
		return printJSON(in.terminal.out, b)
	}
	fmt.Fprintln(in.terminal.out, b)
	return printFields(in.terminal.out, false, b, []field{{"revision", b.Revision}, {"built with", b.Go}})
}
