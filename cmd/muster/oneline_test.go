package main

import "testing"

// TestOneLineTurnsNothing: what others typed neither ends a line nor turns the
// direction of its rest.
func TestOneLineTurnsNothing(t *testing.T) {
	for typed, want := range map[string]string{
		"a\u202eb": "a?b", "\u2066a\u2069": "?a?", "a\u200fb": "a?b", "a\n\x1b[2Jb": "a??[2Jb", "иван אבג": "иван אבג",
	} {
		if got := oneLine(typed); got != want {
			t.Errorf("oneLine(%q) = %q; want %q", typed, got, want)
		}
	}
}
