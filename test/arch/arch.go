// Package arch owns the rules of the source tree: which package may import
// which, and what every package must have. It reads the files itself, with
// go/parser, so that the cache of go test sees what it depends on; a child
// process would hide that and let a cached pass stand over a new violation.
//
// It must not know what any package does; the table of layers in layers.go is
// all it knows of the product.
package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Violation is one broken rule at one place.
type Violation struct {
	Pos  string // file:line, or the folder where a whole package is at fault
	What string // what was found there
	Why  string // the reason of the rule
}

func (v Violation) String() string { return v.Pos + ": " + v.What + ": " + v.Why }

// Check reads every Go file of the tree and returns all broken rules, ordered
// by place. The module's path comes from the tree's go.mod. The error tells of
// files that could not be read or parsed; then nothing was checked.
func Check(tree fs.FS) ([]Violation, error) {
	module, err := modulePath(tree)
	if err != nil {
		return nil, err
	}
	files, err := readFiles(tree)
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, f := range files {
		found = append(found, checkFile(module, f)...)
	}
	found = append(found, checkPackages(files)...)
	slices.SortFunc(found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.What, b.What))
	})
	return found, nil
}

// file is one parsed Go file and where it lies, relative to the tree's root.
type file struct {
	dir, name string
	fset      *token.FileSet
	syntax    *ast.File
}

func (f file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

func (f file) pos(p token.Pos) string {
	return fmt.Sprintf("%s:%d", path.Join(f.dir, f.name), f.fset.Position(p).Line)
}

func modulePath(tree fs.FS) (string, error) {
	mod, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mod)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", fmt.Errorf("go.mod names no module")
}

// readFiles parses every Go file but those the go tool ignores as well.
func readFiles(tree fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || ignored(entry.Name()):
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file{dir: path.Dir(name), name: path.Base(name), fset: fset, syntax: syntax})
		return nil
	})
	return files, err
}

func ignored(name string) bool {
	return name != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules")
}

func checkFile(module string, f file) []Violation {
	var found []Violation
	for _, spec := range f.syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted it, so this cannot be
		}
		edge := edge{from: f.dir, to: target, inTest: f.isTest()}
		if rest, ok := strings.CutPrefix(target, module+"/"); ok {
			edge.to, edge.internal = rest, true
		}
		for _, rule := range importRules {
			if rule.broken(edge) {
				found = append(found, Violation{f.pos(spec.Pos()), "imports " + edge.to, rule.why})
			}
		}
	}
	if isDomain(f.dir) && !ownsFormat(f.dir) && !f.isTest() {
		found = append(found, checkTags(f)...)
	}
	return found
}

// checkTags finds struct tags of encodings and databases.
func checkTags(f file) []Violation {
	var found []Violation
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		for _, key := range []string{"json", "db", "sql", "yaml", "xml"} {
			if strings.Contains(field.Tag.Value, key+":") {
				found = append(found, Violation{
					f.pos(field.Tag.Pos()), "has a " + key + " tag",
					"a domain type knows no encoding; doors, store and config have their own types",
				})
			}
		}
		return true
	})
	return found
}

// checkPackages looks at what a folder's files have together: a rank, and one
// package comment. A folder of tests alone carries it in a test file.
func checkPackages(files []file) []Violation {
	var found []Violation
	for dir, files := range byFolder(files) {
		if _, known := rankOf(dir); !known {
			found = append(found, Violation{
				dir, "has no rank",
				"each package has its place in the table of test/arch/layers.go",
			})
		}
		switch names := commented(files); len(names) {
		case 0:
			found = append(found, Violation{
				dir, "has no package comment",
				"it says what the package owns, what it must not know, and its standards",
			})
		case 1:
		default:
			found = append(found, Violation{
				dir, "has a package comment in " + strings.Join(names, " and "),
				"two comments drift apart; one file speaks for the package",
			})
		}
	}
	return found
}

func byFolder(files []file) map[string][]file {
	folders := map[string][]file{}
	for _, f := range files {
		folders[f.dir] = append(folders[f.dir], f)
	}
	return folders
}

// commented names the files that speak for their package.
func commented(files []file) []string {
	testsOnly := !slices.ContainsFunc(files, func(f file) bool { return !f.isTest() })
	var names []string
	for _, f := range files {
		if f.syntax.Doc != nil && (testsOnly || !f.isTest()) {
			names = append(names, f.name)
		}
	}
	return names
}
