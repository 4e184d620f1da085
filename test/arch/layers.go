package arch

import (
	"path"
	"slices"
	"strings"
)

// layer is one rank of the tree. A package imports only from layers that stand
// above its own in the table, or from its own ancestors and descendants.
type layer struct {
	name     string
	packages []string // path.Match patterns, relative to the module
}

// layers is the table: the lowest rank first.
var layers = []layer{
	// The ground knows the standard library and cryptography, nothing of the product.
	{"ground", []string{"internal/clock", "internal/id", "internal/leader", "internal/problem", "internal/secret", "internal/text", "internal/timezone", "ui"}},
	// Secrets at rest, their keys and the file that holds them.
	{"keys", []string{"internal/keyring"}},
	// Who there is, what counts as proof, what is written down.
	{"facts", []string{"internal/audit", "internal/directory", "internal/factor", "internal/factor/*", "internal/factor/*/*", "internal/instructions"}},
	// Pure rules and states over the facts.
	{"rules", []string{"internal/challenge", "internal/lockout", "internal/notify", "internal/policy", "internal/session"}},
	// Getting people their factors, by those rules.
	{"enrollment", []string{"internal/enrollment"}},
	// The one place that decides who gets in.
	{"engine", []string{"internal/authn"}},
	// Keeps people in step with the directories they come from.
	{"roster", []string{"internal/roster"}},
	// What administrators do, the same from console and command line.
	{"operator", []string{"internal/operator"}},
	// What people do about their own account, over the same store.
	{"self-service", []string{"internal/selfservice"}},
	// Databases, protocol clients, the web's common ground.
	{"adapters", []string{
		"internal/control", "internal/directory/ldap", "internal/directory/ldap/*", "internal/jobs", "internal/notify/*",
		"internal/store", "internal/store/*", "internal/web",
	}},
	// What is read through an adapter and means people again.
	{"readers", []string{"internal/directory/ldapsync"}},
	// Asks the directories that people come from, for the engine.
	{"first-factor", []string{"internal/directory/bind"}},
	// The ways in, each translating one protocol.
	{"doors", []string{"internal/door/*", "internal/door/*/*"}},
	// The file and the environment.
	{"config", []string{"internal/config"}},
	// Puts everything together.
	{"program", []string{"cmd/*", "cmd/*/*"}},
	// Drives the product from outside, for tests and measurements.
	{"harness", []string{"test/testkit", "test/testkit/*"}},
	{"proof", []string{"test", "test/*", "bench"}},
}

// rankOf returns the index in layers of the package in dir.
func rankOf(dir string) (rank int, known bool) {
	for rank, layer := range layers {
		for _, pattern := range layer.packages {
			if ok, err := path.Match(pattern, dir); ok && err == nil {
				return rank, true
			}
		}
	}
	return 0, false
}

func layerOf(dir string) string {
	rank, known := rankOf(dir)
	if !known {
		return ""
	}
	return layers[rank].name
}

// isDomain tells whether dir belongs to the ranks that know no protocol and no
// database.
func isDomain(dir string) bool {
	rank, known := rankOf(dir)
	return known && rank < slices.IndexFunc(layers, func(l layer) bool { return l.name == "adapters" })
}

// ownsFormat tells whether the package in dir defines a file of its own, whose
// encoding its types may know: the keyring its keys.
func ownsFormat(dir string) bool { return layerOf(dir) == "keys" }

// edge is one import.
type edge struct {
	from, to string // folders relative to the module, or an import path where the package is not ours
	internal bool   // whether to is ours
	inTest   bool   // whether a _test.go file asks for it
}

// within tells whether the import is of path root or of anything below it.
func (e edge) within(roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return e.to == root || strings.HasPrefix(e.to, root+"/")
	})
}

// importRules are the rules over single imports. The ranks bind production
// code only: an external test may use SQLite in memory, which is the product.
var importRules = []struct {
	name   string
	why    string
	broken func(edge) bool
}{
	{
		"rank", "imports point to a lower rank (see the table in test/arch/layers.go)",
		func(e edge) bool {
			from, known := rankOf(e.from)
			to, ranked := rankOf(e.to)
			return e.internal && !e.inTest && known && ranked && to >= from && !family(e.from, e.to)
		},
	},
	{
		"door", "a door knows the ranks up to the engine and the operator, and web; what else it needs is handed to it",
		func(e edge) bool {
			return e.internal && !e.inTest && layerOf(e.from) == "doors" &&
				slices.Contains([]string{"adapters", "readers"}, layerOf(e.to)) && e.to != "internal/web"
		},
	},
	{
		"domain", "the domain knows neither HTTP nor a database",
		func(e edge) bool {
			return !e.internal && !e.inTest && isDomain(e.from) &&
				e.within("net/http", "database/sql", "modernc.org", "github.com/jackc", "github.com/pressly/goose/v3")
		},
	},
	{
		"webauthn", "one package speaks WebAuthn: the library, which knows HTTP, is the one exception among the domain's",
		func(e edge) bool {
			return !e.internal && !e.inTest && e.from != "internal/factor/passkey" && e.within("github.com/go-webauthn/webauthn")
		},
	},
	{
		"config", "only the program reads configuration; others are handed values",
		func(e edge) bool {
			return e.internal && e.to == "internal/config" &&
				layerOf(e.from) != "program" && e.from != "internal/config"
		},
	},
	{
		"testing", "production code does not carry the testing package or a test suite",
		func(e edge) bool {
			return !e.inTest && !isTestSupport(e.from) &&
				(!e.internal && e.within("testing") || e.internal && isTestSupport(e.to))
		},
	},
	{
		"oracle", "this library serves tests only",
		func(e edge) bool {
			return !e.internal && !e.inTest && !isTestSupport(e.from) &&
				e.within("layeh.com/radius", "github.com/chromedp", "github.com/google/go-cmp",
					"github.com/rogpeppe/go-internal", "go.uber.org/goleak", "pgregory.net/rapid", "github.com/descope/virtualwebauthn")
		},
	},
}

// family tells whether one folder lies within the other: a kind of factor may
// import factor, a door its packet codec, but no sibling.
func family(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// isTestSupport tells whether the package exists for tests: it lies under test
// or bench, or is named after what it tests, as storetest is.
func isTestSupport(dir string) bool {
	return slices.Contains([]string{"harness", "proof"}, layerOf(dir)) || strings.HasSuffix(path.Base(dir), "test")
}
