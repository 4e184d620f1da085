package main

import (
	"os"
	"runtime/debug"
)

// serveGCPercent is how much garbage may gather before it is collected, in
// percent of the memory in use. Go's own 100 would double the memory of a
// server that remembers many people. A collection is cheap here: most of what is
// in use are people's records, in a few large pieces without pointers.
const serveGCPercent = 75

// sparingly lets the garbage collector come earlier, unless the environment
// says when it is to come (GOGC).
func sparingly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(serveGCPercent)
	}
}
