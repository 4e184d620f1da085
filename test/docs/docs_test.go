package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// pages returns the documentation: every Markdown file that is ours, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			all[path] = read(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInASlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for path, content := range all {
		for _, m := range link.FindAllStringSubmatch(content, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, fragment, _ := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", path, m[1])
			} else if fragment != "" && !slices.Contains(slugs(all[target]), fragment) {
				t.Errorf("%s: %s has no such heading", path, m[1])
			}
		}
	}
}

// slugs are the names by which headings are linked to.
func slugs(page string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		plain := notInASlug.ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

var command = regexp.MustCompile("(?m)(?:^ *(?:sudo )?|`|&& |-u muster )muster ([a-z-]+)(?: ([a-z-]+))?(?: ([a-z-]+))?")

// TestCommandsExist: what the pages tell people to type is on the page that
// the command line writes of itself.
func TestCommandsExist(t *testing.T) {
	known := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(read(t, root+"/docs/manual/cli.md"), -1) {
		if name, ok := strings.CutPrefix(m[1], "muster "); ok {
			known[name] = true
		}
	}
	for path, content := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(content, -1) {
			if !known[m[1]] && !known[m[1]+" "+m[2]] && !known[m[1]+" "+m[2]+" "+m[3]] {
				t.Errorf("%s: there is no command %q", path, strings.TrimSpace(m[0]))
			}
		}
	}
}

// TestListsAreComplete: whoever looks a word up finds it.
func TestListsAreComplete(t *testing.T) {
	page := read(t, root+"/docs/manual/troubleshooting.md")
	for _, list := range []struct{ file, kind string }{
		{"internal/authn/reason.go", "Reason"},
		{"internal/door/radius/trouble.go", "Trouble"},
	} {
		for _, value := range constants(t, filepath.Join(root, list.file), list.kind) {
			if value != "" && !strings.Contains(page, "`"+value+"`") {
				t.Errorf("troubleshooting says nothing of the %s %s", list.kind, value)
			}
		}
	}
	page = read(t, root+"/docs/manual/mail.md")
	for _, value := range constants(t, root+"/internal/notify/message.go", "State") {
		if !strings.Contains(page, "| "+value+" |") {
			t.Errorf("the page on mail says nothing of the state %s", value)
		}
	}
}

// constants returns the values of the constants of a type in a file.
func constants(t *testing.T, path, kind string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != kind {
			return true
		}
		for _, v := range spec.Values {
			if s, err := strconv.Unquote(v.(*ast.BasicLit).Value); err == nil {
				values = append(values, s)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Errorf("%s has no constants of type %s", path, kind)
	}
	return values
}

// TestRanksAreTheTestsOwn: the table of the architecture is the one that is
// enforced.
func TestRanksAreTheTestsOwn(t *testing.T) {
	_, table, _ := strings.Cut(read(t, root+"/docs/architecture.md"), "| rank |")
	table, _, _ = strings.Cut(table, "\n\n")
	var documented, enforced []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 && !strings.HasPrefix(line, "|---") && strings.HasPrefix(line, "|") {
			documented = append(documented, strings.TrimSpace(cells[1]))
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\{"([a-z -]+)", \[\]string\{`).FindAllStringSubmatch(read(t, root+"/test/arch/layers.go"), -1) {
		enforced = append(enforced, m[1])
	}
	if !slices.Equal(documented, enforced) {
		t.Errorf("documented %v, enforced %v", documented, enforced)
	}
}
