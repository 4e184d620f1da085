package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManualListsTheKeys holds that docs/manual/configuration.md is what the
// table of settings says; -update writes it anew.
func TestManualListsTheKeys(t *testing.T) {
	manual := filepath.Join("..", "..", "docs", "manual", "configuration.md")
	got := manualOfKeys(t)
	if UpdateGolden {
		if err := os.MkdirAll(filepath.Dir(manual), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(manual, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-file +now), -update writes it anew:\n%s", manual, diff)
	}
}

const manualHead = `# The configuration

<!-- Written by: go test ./internal/config -update -->

One YAML file. It is strict: an unknown key, a value of the wrong kind, or two settings that contradict each other stop the server,
and ` + "`muster check-config FILE`" + ` names all mistakes at once, each with its line and a hint. For a file without mistakes it prints
every setting that holds, the defaults too. An empty value is a value that is not given. Relative paths start at the folder of the file.

No secret is ever in the file: it names files that hold them, for their owner only. Some secrets may come from the environment instead:
` + "`MUSTER_DATABASE_PASSWORD`, `MUSTER_SMTP_PASSWORD` and `MUSTER_METRICS_TOKEN`" + `.

Without a certificate Muster speaks plain HTTP, and then only on a loopback address: to a proxy on the same machine, or to you.

## Every key

| key | default | meaning |
|---|---|---|
`

func manualOfKeys(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(manualHead)
	for _, s := range table {
		standard := s.standard
		if s.required {
			standard = "(required)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s, for example `%s` |\n", s.key, standard, s.doc, s.example)
	}
	names, err := filepath.Glob("../../packaging/examples/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n## Examples\n")
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n`packaging/examples/%s`:\n\n```yaml\n%s```\n", filepath.Base(name), content)
	}
	return b.String()
}
