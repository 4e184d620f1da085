// Package test proves the program end to end: the real binary with real
// servers, a real VPN client on a terminal and a real browser, as people use
// them. What it needs is installed by make provision; the tests carry the
// build tag "system".
//
// It must not know how the program works inside: it calls no function of it,
// posts no form by itself, and reads no mail or database to get on.
package test
