package text

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forms of one message: "other" alone, or CLDR plural categories.
type forms map[string]string

// messagesOf reads a language's files as a translator does, apart from the
// library that serves them.
func messagesOf(t *testing.T, lang string) map[Key]forms {
	t.Helper()
	files, err := filepath.Glob("catalogue/*." + lang + ".json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", lang, err)
	}
	all := map[Key]forms{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(strings.NewReader(string(raw)))
		if _, err := decoder.Token(); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for decoder.More() { // token by token: a map would hide a key given twice
			name, err := decoder.Token()
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var value any
			if err := decoder.Decode(&value); err != nil {
				t.Fatalf("%s: %v: %v", file, name, err)
			}
			key := Key(name.(string))
			if _, twice := all[key]; twice {
				t.Errorf("%s: %s is given twice", file, key)
			}
			all[key] = formsOf(t, file, key, value)
		}
	}
	return all
}

func formsOf(t *testing.T, file string, key Key, value any) forms {
	t.Helper()
	switch v := value.(type) {
	case string:
		return forms{"other": v}
	case map[string]any:
		f := forms{}
		for category, said := range v {
			f[category] = said.(string)
		}
		if f["other"] == "" || !strings.Contains(f["other"], "{{.Count}}") {
			t.Errorf("%s: %s: a plural needs the form other, with its Count", file, key)
		}
		return f
	default:
		t.Fatalf("%s: %s: neither text nor plural forms", file, key)
		return nil
	}
}

var argument = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func argumentsOf(f forms) []string {
	names := map[string]bool{}
	for _, said := range f {
		for _, m := range argument.FindAllStringSubmatch(said, -1) {
			names[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestLanguagesSayTheSameThings(t *testing.T) {
	reference := messagesOf(t, spoken[0].Tag)
	for _, lang := range spoken[1:] {
		other := messagesOf(t, lang.Tag)
		for key, f := range reference {
			g, ok := other[key]
			if !ok {
				t.Errorf("%s: %s is missing", lang.Tag, key)
				continue
			}
			if a, b := argumentsOf(f), argumentsOf(g); !slices.Equal(a, b) {
				t.Errorf("%s: %s takes %v, in %s it takes %v", lang.Tag, key, b, spoken[0].Tag, a)
			}
			if len(f) > 1 != (len(g) > 1) {
				t.Errorf("%s: %s is a plural in one language only", lang.Tag, key)
			}
		}
		for key := range other {
			if _, ok := reference[key]; !ok {
				t.Errorf("%s: %s is not in %s", lang.Tag, key, spoken[0].Tag)
			}
		}
	}
}

func TestMessagesAreWellFormed(t *testing.T) {
	keyForm := regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`)
	for _, lang := range spoken {
		for key, f := range messagesOf(t, lang.Tag) {
			if !keyForm.MatchString(string(key)) {
				t.Errorf("%s: %q is no key", lang.Tag, key)
			}
			for _, said := range f {
				rest := argument.ReplaceAllString(said, "")
				if strings.ContainsAny(rest, "{}") || strings.TrimSpace(said) != said || said == "" {
					t.Errorf("%s: %s: %q", lang.Tag, key, said)
				}
			}
		}
	}
}

// use is what the sources and templates of the repository say about keys.
type use struct {
	mentioned map[string]bool     // every literal that could be a key
	families  map[string]bool     // literals that keys are built from: "date.month."
	certain   map[string][]string // literals that must be keys → where
}

func TestEveryKeyIsDefinedAndUsed(t *testing.T) {
	u := scan(t, "../..")
	defined := messagesOf(t, spoken[0].Tag)
	for key, places := range u.certain {
		if _, ok := defined[Key(key)]; !ok {
			t.Errorf("%s is used in %s, and not defined", key, places[0])
		}
	}
	for key := range defined {
		if !u.mentions(string(key)) {
			t.Errorf("%s is defined, and not used", key)
		}
	}
}

func (u use) mentions(key string) bool {
	if u.mentioned[key] {
		return true
	}
	for i := range key {
		if (key[i] == '.' || key[i] == '_') && u.families[key[:i+1]] {
			return true
		}
	}
	return false
}

func scan(t *testing.T, root string) use {
	t.Helper()
	u := use{mentioned: map[string]bool{}, families: map[string]bool{}, certain: map[string][]string{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir(), strings.HasSuffix(path, "_test.go"):
			return nil
		case strings.HasSuffix(path, ".go"):
			return u.scanGo(path)
		case strings.HasSuffix(path, ".html"), strings.HasSuffix(path, ".txt"):
			return u.scanTemplate(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var (
	keyLiteral    = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`)
	familyLiteral = regexp.MustCompile(`^[a-z]+\.([a-z0-9_-]+[._])*$`)
	spokenKey     = regexp.MustCompile(`\b[TM]\s+"([^"]+)"`)
	quoted        = regexp.MustCompile(`"([a-z]+\.[a-z0-9_.-]+)"`)
)

func (u use) mention(literal string) {
	if keyLiteral.MatchString(literal) {
		u.mentioned[literal] = true
	}
	if familyLiteral.MatchString(literal) {
		u.families[literal] = true
	}
}

func (u use) scanTemplate(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range quoted.FindAllStringSubmatch(string(raw), -1) {
		u.mention(m[1])
	}
	for _, m := range spokenKey.FindAllStringSubmatch(string(raw), -1) {
		u.certain[m[1]] = append(u.certain[m[1]], path)
	}
	return nil
}

func (u use) scanGo(path string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil //nolint:nilerr // a file that does not parse fails its own package
	}
	certain := func(e ast.Expr) {
		if s, ok := literal(e); ok && keyLiteral.MatchString(s) {
			u.certain[s] = append(u.certain[s], fset.Position(e.Pos()).String())
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := literal(n); ok {
				u.mention(s)
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && (isCallOf(n, "T") || isCallOf(n, "Key")) {
				certain(n.Args[0])
			}
		case *ast.KeyValueExpr:
			if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Key" && isTextMessage(path) {
				certain(n.Value)
			}
		case *ast.ValueSpec:
			if isTextKey(n.Type) {
				for _, v := range n.Values {
					certain(v)
				}
			}
		case *ast.FuncDecl:
			returnsOf(n, certain)
		}
		return true
	})
	return nil
}

// isTextMessage limits Key: "…" to packages that speak to people; elsewhere a
// field of that name means something else.
func isTextMessage(path string) bool {
	for _, part := range []string{"/authn/", "/door/", "/notify/", "/enrollment/", "/web/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func isCallOf(call *ast.CallExpr, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name
}

func isTextKey(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		pkg, ok := e.X.(*ast.Ident)
		return ok && pkg.Name == "text" && e.Sel.Name == "Key"
	case *ast.Ident:
		return e.Name == "Key"
	}
	return false
}

// returnsOf reports the literals a function with the one result text.Key
// returns.
func returnsOf(f *ast.FuncDecl, certain func(ast.Expr)) {
	results := f.Type.Results
	if f.Body == nil || results == nil || len(results.List) != 1 || !isTextKey(results.List[0].Type) {
		return
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			certain(r.Results[0])
		}
		return true
	})
}
