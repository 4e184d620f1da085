package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/muster/internal/config"
)

// FuzzParse holds two properties over any file: it is either a complete
// configuration or has at least one mistake that says something, and a mistake
// never repeats a value, whatever stands where.
func FuzzParse(f *testing.F) {
	const marker = "hunter2"
	for _, pattern := range []string{"../../packaging/examples/*.yml", "testdata/*.yml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("%s: %d seeds, %v", pattern, len(names), err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(content))
			f.Add(withValues(string(content), marker))
		}
	}
	f.Add("database: postgres://" + marker + "@:" + marker)
	f.Add("a: &a [*a, *a]\n")
	f.Fuzz(func(t *testing.T, content string) {
		c, err := config.Parse([]byte(content), "/etc/muster")
		if err == nil {
			if c.PublicURL == nil || c.DataDir == "" || c.TimeZone == nil || c.HTTP.Listen == "" {
				t.Errorf("incomplete: %+v", c)
			}
			return
		}
		mistakes, ok := errors.AsType[config.Mistakes](err)
		if !ok || len(mistakes) == 0 || c != nil {
			t.Fatalf("error %T with %d mistakes and configuration %v", err, len(mistakes), c)
		}
		for _, m := range mistakes {
			if m.Problem == "" || strings.Contains(m.Problem, "\n") || strings.Contains(m.Hint, "\n") {
				t.Errorf("says nothing on one line: %+v", m)
			}
			if strings.Contains(m.Problem, marker) || strings.Contains(m.Hint, marker) && !strings.Contains(m.Key, marker) {
				t.Errorf("repeats a value: %+v", m)
			}
		}
	})
}

// withValues puts value in the place of every value of a block mapping.
func withValues(content, value string) string {
	var b strings.Builder
	for line := range strings.Lines(content) {
		if key, rest, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") && strings.TrimSpace(rest) != "" {
			line = key + ": " + value + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
