//go:build !linux

package password

import "os/exec"

// startWithLowPriority starts cmd with the priority of everybody: elsewhere
// than on Linux, threads have no priority of their own to pass on.
func startWithLowPriority(cmd *exec.Cmd) error { return cmd.Start() }
