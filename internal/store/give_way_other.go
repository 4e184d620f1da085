//go:build !linux

package store

// yieldProcessor does nothing here: the kernel decides.
func yieldProcessor() {}
