// Package clock owns the one place where the program asks what time it is.
//
// The ordinary build answers with the machine's clock. A build with the tag
// "testclock" follows a file instead, so that a test of the real binary can
// move a day ahead at once; such a build says so in its version and when it
// starts, and nothing of it is in the ordinary build.
//
// Pure rules take a time as an argument and never import this package; the
// shells around them hold a func() time.Time and are given [Now].
package clock
