package operator_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
	"example.com/muster/internal/text"
)

func idOf(i int) id.ID { return id.ID(i) }

func containsWord(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// local is the command line on the server.
var local = audit.Actor{Name: "local", Via: operator.ViaCLI}

// office is an installation: the operator over the product's own store and
// engine, with a clock that the test moves.
type office struct {
	*operator.Operator
	t     testing.TB
	now   time.Time
	keys  *keyring.Ring
	store *store.Store
	desk  *enrollment.Desk

	engine *authn.Engine
	forest forest
}

// plain is a quick stand-in for argon2id.
type plain struct{}

func (plain) Expect(secret.Text) {}

func (plain) Hash(_ context.Context, p secret.Text) (secret.Text, error) {
	return secret.New("hash of " + p.Reveal()), nil
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, now: storetest.Start, keys: keyring.Ephemeral(storetest.Start)}
	clock := func() time.Time { return o.now }
	o.store = storetest.SQLite(t).Open(t, func(s *store.Options) { s.Keys, s.Now = o.keys, clock })
	log := slog.New(slog.DiscardHandler)
	ids := id.NewSource(0)
	clients := operator.NewClients(o.store, o.keys, log, policy.PortalClient("portal"), policy.PortalClient("console"),
		policy.TestClient(operator.TestClient))
	names := directory.NewNames([]string{"example.com"})
	o.engine = authn.New(authn.Config{
		Directories: &o.forest,
		Store:       o.store, Clients: clients, Names: names, Keys: o.keys, Passwords: password.New(password.Options{}),
		IDs: ids, Rand: rand.Reader, Now: clock, EnrollURL: "https://mfa.example.com/e", Log: log,
	})
	o.desk = enrollment.NewDesk(enrollment.Config{
		Store: o.store, Keys: o.keys, IDs: ids, Rand: rand.Reader, Now: clock, Issuer: "Example",
		NotMeURL: "https://mfa.example.com/not-me", Administrators: o.engine, Log: log,
	})
	o.Operator = operator.New(operator.Config{
		Store: o.store, Engine: o.engine, Desk: o.desk, Clients: clients, Names: names, Keys: o.keys, Passwords: plain{},
		IDs: ids, Rand: rand.Reader, Now: clock, PublicURL: "https://mfa.example.com", Passkeys: true, Log: log, Mail: &operator.Mailroom{
			Transport: notify.Off{}, Words: &notify.Renderer{
				Catalogue: text.Default(), Zone: time.UTC, PublicURL: "https://mfa.example.com", Brand: "Example Ltd", Colour: "#2f55c8",
				Templates: o.store, Log: log,
			},
		},
	})
	return o
}

// add adds a person with an authenticator.
func (o *office) add(name string, role directory.Role) *directory.Person {
	o.t.Helper()
	p, err := o.AddUser(o.t.Context(), local, operator.NewUser{
		Name: name, Details: operator.Details{Email: name + "@example.com"}, TOTPSecret: secret.New(seed),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if role != directory.NoRole {
		if err := o.GrantRole(o.t.Context(), local, name, role, ""); err != nil {
			o.t.Fatal(err)
		}
	}
	return p
}

// as is somebody at the console.
func (o *office) as(name string) audit.Actor {
	o.t.Helper()
	return audit.Actor{Person: o.record(name).Person.ID, Name: name, Via: operator.ViaConsole, Source: "192.0.2.10"}
}

func (o *office) record(name string) *authn.Record {
	o.t.Helper()
	return storetest.Find(o.t, o.store, name)
}

func (o *office) user(name string) operator.User {
	o.t.Helper()
	u, err := o.User(o.t.Context(), local, name)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// seed is the key of RFC 6238, appendix B, in base32.
const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// code is what an authenticator with this key shows at the office's time.
func (o *office) code(key secret.Text) secret.Text {
	o.t.Helper()
	plain, err := totp.ParseBase32(key)
	if err != nil {
		o.t.Fatal(err)
	}
	p := totp.Defaults()
	return secret.New(totp.Code(plain.Reveal(), p, p.Step(o.now)))
}

// lastChange is the newest entry in the log of changes.
func (o *office) lastChange() audit.Change {
	o.t.Helper()
	list, err := o.Changes(o.t.Context(), local, operator.ChangeQuery{Limit: 1})
	if err != nil || len(list) != 1 {
		o.t.Fatalf("no change was logged: %v", err)
	}
	return list[0]
}

// mails counts what waits in the outbox, by kind.
func (o *office) mails() map[string]int {
	o.t.Helper()
	list, err := o.Mails(o.t.Context(), local, "", operator.MailQuery{Limit: operator.LargestPage})
	if err != nil {
		o.t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, m := range list {
		kinds[string(m.Kind)+" "+m.Username]++
	}
	return kinds
}

// entry is an entry for the log that a test needs and nobody reads.
func (o *office) entry() audit.Change {
	return audit.Change{ID: o.IDs.Next(o.now), Actor: local, Action: "factor.not-me", Subject: "somebody"}
}
