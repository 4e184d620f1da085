package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/muster/internal/problem"
)

// TestRepeatedFlags: one that takes one value is refused the second time,
// wherever it stands; what may be repeated, and a switch, are not.
func TestRepeatedFlags(t *testing.T) {
	for line, want := range map[string]string{
		"require --days 3 --group a --group b":                 "--group was given more than once",
		"require --group=a --days 3 --days=4":                  "--days was given more than once",
		"require remove --group a --group b":                   "--group was given more than once",
		"period extend --days 3 --group a --group a":           "--group was given more than once",
		"require --days 3 --user a --user b":                   "",
		"user add a --group a --group b --email a@example.com": "",
		"user list --json --json":                              "",
	} {
		var tree cli
		parser, err := newParser(&tree, newTerminal())
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(words(line))
		if err != nil {
			t.Fatalf("muster %s: %v", line, err)
		}
		err = refuseRepeated(parsed)
		if said, _ := problem.Public(err); want == "" && err != nil || !strings.HasPrefix(said, want) {
			t.Errorf("muster %s: %v", line, err)
		}
	}
}

// TestNamesInAFile are read as an editor on Windows saves them, and a line that
// can be no name is not repeated in full.
func TestNamesInAFile(t *testing.T) {
	for content, want := range map[string]string{
		"\xef\xbb\xbfalice\r\nbob\r\n":                  "alice bob",
		"\n alice \n\nbob":                              "alice bob",
		"alice\n" + strings.Repeat("x", 300_000) + "\n": "error: line 2",
		"\xef\xbb\xbf\n":                                "error: ",
	} {
		path := filepath.Join(t.TempDir(), "names")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var tree cli
		parser, err := newParser(&tree, newTerminal())
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse([]string{"require", "--days", "3", "--users", path})
		got := strings.Join(tree.Require.Set.Users, " ")
		if err != nil {
			got = "error: " + err.Error()[strings.Index(err.Error(), path)+len(path)+1:]
			if len(got) > 200 {
				t.Errorf("it says %d characters", len(got))
			}
		}
		if err == nil && got != want || err != nil && !strings.HasPrefix(got, want) {
			t.Errorf("%.20q: %.80q, want %q", content, got, want)
		}
	}
}
