//go:build system

package authn_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plantedVariable names, in the environment, the fault that a woven program has.
const plantedVariable = "MUSTER_PLANTED_FAULT"

// selector is added to the package: which of its functions runs.
const selector = `package authn

import (
	"os"
	"strconv"
)

var plantedFault, _ = strconv.Atoi(os.Getenv("` + plantedVariable + `"))
`

// bed is the package's source with faults in it.
type bed struct {
	files map[string]string
	alone []int // faults outside of any function: each needs a program of its own
}

// weave puts all faults into one source: each function that has faults becomes
// a choice between itself and its wrong copies. One program is built rather than
// one for each, which costs a hundred times what finding the fault does.
func weave(t *testing.T) bed {
	t.Helper()
	b := bed{files: map[string]string{"planted_fault.go": selector}}
	byFile := map[string][]int{}
	for i, f := range faults {
		byFile[f.file] = append(byFile[f.file], i)
	}
	for file, list := range byFile {
		text, alone := weaveFile(t, file, list)
		b.files[file], b.alone = text, append(b.alone, alone...)
	}
	return b
}

// bed is the source with one fault only.
func (f fault) bed(t *testing.T) bed {
	t.Helper()
	text, _ := f.find(t)
	return bed{files: map[string]string{f.file: strings.Replace(text, f.old, f.planted, 1)}}
}

// find returns the file's text and where in it the fault is planted.
func (f fault) find(t *testing.T) (text string, at int) {
	t.Helper()
	source, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	text = string(source)
	if n := strings.Count(text, f.old); n != 1 {
		t.Fatalf("%s: %q stands in %s %d times, not once", f.name, f.old, f.file, n)
	}
	return text, strings.Index(text, f.old)
}

func weaveFile(t *testing.T, file string, list []int) (woven string, alone []int) {
	t.Helper()
	positions := token.NewFileSet()
	tree, err := parser.ParseFile(positions, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	offset := func(p token.Pos) int { return positions.Position(p).Offset }
	byFunction := map[*ast.FuncDecl][]int{}
	var text string
	for _, i := range list {
		var at int
		text, at = faults[i].find(t)
		within := slices.IndexFunc(tree.Decls, func(d ast.Decl) bool {
			f, is := d.(*ast.FuncDecl)
			return is && offset(f.Body.Pos()) <= at && at+len(faults[i].old) <= offset(f.End())
		})
		if within < 0 {
			alone = append(alone, i)
			continue
		}
		f := tree.Decls[within].(*ast.FuncDecl)
		byFunction[f] = append(byFunction[f], i)
	}
	byEnd := func(f, g *ast.FuncDecl) int { return int(g.End() - f.End()) }
	for _, f := range slices.SortedFunc(maps.Keys(byFunction), byEnd) { // from the end, so that offsets stay
		from, body, to := offset(f.Pos()), offset(f.Body.Pos()), offset(f.End())
		named := offset(f.Name.End())
		choice, copies := "{\n\tswitch plantedFault {\n", ""
		for _, i := range byFunction[f] {
			suffix := fmt.Sprintf("Planted%d", i+1)
			choice += fmt.Sprintf("\tcase %d:\n\t\t%s\n", i+1, call(f, suffix))
			copies += "\n\n" + text[from:named] + suffix + strings.Replace(text[named:to], faults[i].old, faults[i].planted, 1)
		}
		choice += "\tdefault:\n\t\t" + call(f, "AsItIs") + "\n\t}\n}\n\n"
		text = text[:body] + choice + text[from:named] + "AsItIs" + text[named:to] + copies + text[to:]
	}
	return text, alone
}

// call is a call of a copy of the function with what the function was given.
func call(f *ast.FuncDecl, suffix string) string {
	var arguments []string
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			argument := name.Name
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				argument += "..."
			}
			arguments = append(arguments, argument)
		}
	}
	text := f.Name.Name + suffix + "(" + strings.Join(arguments, ", ") + ")"
	if f.Recv != nil {
		text = f.Recv.List[0].Names[0].Name + "." + text
	}
	if f.Type.Results != nil {
		text = "return " + text
	}
	return text
}

// build builds the tests with this source in place of the package's own.
func (b bed) build(t *testing.T, folder string) (program string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for file, text := range b.files {
		original, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(folder, file)
		if err := os.WriteFile(replace[original], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(folder, "authn.test")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", program, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("it does not compile: %v\n%s", err, out)
	}
	return program
}
