package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestTableExamplesAreRight proves that what hints show would be accepted.
func TestTableExamplesAreRight(t *testing.T) {
	for _, s := range table {
		content := "public_url: https://mfa.example.com\n"
		if s.key != "public_url" {
			content += nested(s.key, s.example)
		}
		r := reader{config: &Config{}, dir: "/", given: map[string]given{}}
		r.section("", r.document([]byte(content)))
		r.interpret()
		for _, m := range r.mistakes {
			t.Errorf("%s: %s: %s", s.key, s.example, m)
		}
		if s.doc == "" {
			t.Errorf("%s is not explained", s.key)
		}
	}
}

func nested(key, value string) string {
	parts := strings.Split(key, ".")
	var b strings.Builder
	for depth, name := range parts {
		fmt.Fprintf(&b, "%s%s: ", strings.Repeat("  ", depth), name)
		if depth < len(parts)-1 {
			b.WriteString("\n")
		}
	}
	return b.String() + value + "\n"
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "ab", 2},
		{"listn", "listen", 1},
		{"kitten", "sitting", 3},
		{"same", "same", 0},
	} {
		if got := editDistance(c.a, c.b); got != c.want || editDistance(c.b, c.a) != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
