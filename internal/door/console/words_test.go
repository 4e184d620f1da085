package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/door/radius"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/text"
)

// TestEveryNameHasWords: whatever a log or a list can show has words of its
// own, in every language.
func TestEveryNameHasWords(t *testing.T) {
	families := map[text.Key][]string{
		wordsReason: constantsOf(t, "../../authn/reason.go", "Reason"),
		wordsRule:   constantsOf(t, "../../authn/reason.go", "Rule"),
		wordsMail:   names(notify.Kinds()),

		wordsMailProblem: mailProblems(),

		wordsState:        names(notify.States()),
		wordsKind:         names([]factor.Kind{factor.TOTP, factor.Recovery}),
		wordsMethod:       names([]factor.Method{factor.MethodPassword, factor.MethodTOTP, factor.MethodRecoveryCode}),
		wordsRole:         append(names(operator.Roles()), noRole),
		wordsStatus:       names(enrollment.Statuses()),
		wordsOrigin:       names([]enrollment.Origin{enrollment.FromDoor, enrollment.FromMail, enrollment.FromAdmin, enrollment.Pass, enrollment.ForAdminUp}),
		wordsTrouble:      names(radius.Troubles()),
		wordsWarning:      names(operator.AllWarnings()),
		wordsRefusal:      names(operator.Refusals()),
		wordsMistake:      names(notify.Faults()),
		wordsInstructions: names(instructions.Faults()),
		wordsDoor:         {authn.DoorRADIUS, authn.DoorPortal, authn.DoorConsole, authn.DoorTest},
		wordsOutcome:      {authn.Deny.String(), authn.Allow.String(), authn.Ask.String(), authn.Enroll.String()},
		wordsOnly:         onlyNames(),

		wordsTrial: names(operator.TrialWords()), wordsTrialStep: names(operator.TrialStepNames()),
		wordsTrialMark: names([]operator.TrialMark{operator.TrialGood, operator.TrialBad, operator.TrialInfo}),

		wordsOut: {"disabled", "disabled-since", "expired", "expired-since", "gone", "gone-since"},

		"directory.remark.": names(directory.Remarks()),

		wordsSince:  spanNames(),
		wordsAction: actionsIn(t, "../../operator", "../../selfservice", "../../enrollment"),
	}
	for name := range probeNames(t) {
		families["directory.probe."] = append(families["directory.probe."], name)
	}
	for _, a := range append([]simpleAct{removeFactor(1)}, simpleActs...) {
		families[wordsDoing] = append(families[wordsDoing], a.name+".title", a.name+".button")
		families["notice.done-"] = append(families["notice.done-"], a.name)
		if a.many != nil {
			families[wordsDoing] = append(families[wordsDoing], a.name+".many")
		}
	}
	for _, lang := range text.Default().Languages() {
		printer := text.Default().For(lang.Tag)
		for family, list := range families {
			if len(list) == 0 {
				t.Errorf("nothing is known of %s", family)
			}
			for _, name := range list {
				if key := keyIn(family, name); !printer.Has(key) {
					t.Errorf("%s: %s is not in the catalogue", lang.Tag, key)
				}
			}
		}
	}
}

// TestWhatIsRequiredHasWords in a trace: every stand, kind and place.
func TestWhatIsRequiredHasWords(t *testing.T) {
	stands := []policy.Stand{policy.StandRequired, policy.StandPeriod, policy.StandExpired, policy.StandExempt}
	for _, lang := range text.Default().Languages() {
		printer := text.Default().For(lang.Tag)
		for _, stand := range stands {
			for _, wanted := range policy.Wants() {
				for _, place := range []string{"everywhere", "vpn.example.com"} {
					name := authn.Rule("requirement." + strings.ReplaceAll(string(stand), " ", "-") + "." + string(wanted) + "." + place)
					said := RuleWords(printer, name)
					if strings.Contains(said, "requirement") || strings.Contains(said, "{{") {
						t.Errorf("%s: %s: %q", lang.Tag, name, said)
					}
					if place != "everywhere" && stand != policy.StandExempt && !strings.Contains(said, place) {
						t.Errorf("%s: %s does not say where: %q", lang.Tag, name, said)
					}
				}
			}
		}
	}
	if got := RuleWords(text.Default().For("en"), "of.a.newer.version"); got != "of.a.newer.version" {
		t.Errorf("an unknown rule is %q", got)
	}
}

// probeNames reads from the source of a connection test what it can find, and
// what it advises.
func probeNames(t *testing.T) map[string]bool {
	t.Helper()
	source, err := os.ReadFile("../../directory/ldap/diagnose.go")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]bool{}
	for _, m := range regexp.MustCompile(`found\("([a-z.-]+)"|(?:return|why =) "([a-z-]+)"|: "(account-[a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		list[m[1]+m[2]+m[3]] = true
	}
	for _, why := range []string{"unknown-authority", "other-name", "expired", "unfit", "no-tls", "mute"} {
		list[why], list[why+".hint"] = true, true
	}
	return list
}

func names[T ~string](list []T) []string {
	out := make([]string, 0, len(list))
	for _, name := range list {
		out = append(out, string(name))
	}
	return out
}

// constantsOf reads the values of all constants of a type from its source.
func constantsOf(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typeName && len(spec.Values) == 1 {
				values = append(values, unquoted(t, spec.Values[0]))
			}
		}
		return true
	})
	return values
}

// actionsIn reads which actions packages write into the log of changes: the
// second argument of a call of entry, and what is given to a field Action.
func actionsIn(t *testing.T, folders ...string) []string {
	t.Helper()
	var values []string
	for _, folder := range folders {
		files, err := filepath.Glob(folder + "/[^_]*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if matched, _ := filepath.Match("*_test.go", filepath.Base(file)); matched {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if e := actionOf(n); e != nil {
					values = append(values, unquoted(t, e))
				}
				return true
			})
		}
	}
	return values
}

func actionOf(n ast.Node) ast.Expr {
	var e ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "entry" && len(n.Args) > 1 {
			e = n.Args[1]
		}
	case *ast.KeyValueExpr:
		if name, ok := n.Key.(*ast.Ident); ok && (name.Name == "Action" || name.Name == "action") {
			e = n.Value
		}
	}
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		return lit
	}
	return nil
}

func unquoted(t *testing.T, e ast.Expr) string {
	t.Helper()
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("not a literal: %v", e)
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryFieldOfARefusalIsOne(t *testing.T) {
	known := map[operator.Refusal]bool{}
	for _, r := range operator.Refusals() {
		known[r] = true
	}
	for r, field := range fieldOf {
		if !known[r] || field == "" {
			t.Errorf("%q belongs to the field %q", r, field)
		}
	}
}

func mailProblems() []string {
	var list []string
	for _, said := range notify.Problems() {
		list = append(list, notify.ProblemName(said))
	}
	return list
}
