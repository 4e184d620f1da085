package console

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// office is an installation with a console, over the product's own store,
// engine and operator.
type office struct {
	*operator.Operator
	t        testing.TB
	now      time.Time
	store    *store.Store
	sessions *session.Keeper
	server   *web.Server
	heard    Heard
	paper    *paper
}

var local = audit.Actor{Name: "local", Via: operator.ViaCLI}

type plain struct{}

func (plain) Expect(secret.Text) {}

func (plain) Hash(_ context.Context, p secret.Text) (secret.Text, error) {
	return secret.New("hash of " + p.Reveal()), nil
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, now: storetest.Start}
	keys, clock := keyring.Ephemeral(o.now), func() time.Time { return o.now }
	o.store = storetest.SQLite(t).Open(t, func(s *store.Options) { s.Keys, s.Now = keys, clock })
	log, ids, names := slog.New(slog.DiscardHandler), id.NewSource(0), directory.NewNames(nil)
	clients := operator.NewClients(o.store, keys, log, policy.PortalClient(authn.DoorPortal), policy.PortalClient(authn.DoorConsole),
		policy.TestClient(operator.TestClient))
	o.Operator = operator.New(operator.Config{
		Store: o.store, Clients: clients, Names: names, Keys: keys, Passwords: plain{}, IDs: ids, Rand: rand.Reader, Now: clock,
		Desk: enrollment.NewDesk(enrollment.Config{Store: o.store, Keys: keys, IDs: ids, Rand: rand.Reader, Now: clock, Issuer: "Example"}),
		Engine: authn.New(authn.Config{
			Store: o.store, Clients: clients, Names: names, Keys: keys, Passwords: password.New(password.Options{}),
			IDs: ids, Rand: rand.Reader, Now: clock, EnrollURL: "https://mfa.example.com/e", Log: log,
		}),
		PublicURL: "https://mfa.example.com", Passkeys: true, Log: log, Mail: &operator.Mailroom{
			Transport: notify.Off{}, Words: &notify.Renderer{
				Catalogue: text.Default(), Zone: time.UTC, PublicURL: "https://mfa.example.com", Brand: "Example Ltd", Colour: "#2f55c8",
				Templates: o.store, Log: log,
			},
		},
	})
	o.paper = &paper{}
	o.Roster = roster.New(roster.Config{Store: o.store, Reader: o.paper, IDs: ids, Now: clock, Log: log})
	o.Prober, o.Browser, o.Groups = o.paper, o.paper, o.paper
	o.sessions = &session.Keeper{Store: o.store, IDs: ids, Rand: rand.Reader, Now: clock}
	var err error
	o.server, err = web.New(web.Config{
		PublicURL: &url.URL{Scheme: "https", Host: "mfa.example.com"}, Brand: storyBrand, Zone: time.UTC, Log: log, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Web: o.server, Operator: o.Operator, Sessions: o.sessions, Heard: func() Heard { return o.heard }}); err != nil {
		t.Fatal(err)
	}
	return o
}

// add adds a person with an authenticator and perhaps a role.
func (o *office) add(name string, role directory.Role) *directory.Person {
	o.t.Helper()
	p, err := o.AddUser(o.t.Context(), local, operator.NewUser{
		Name: name, Details: operator.Details{Email: name + "@example.com"}, TOTPSecret: secret.New("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
	})
	if err == nil && role != directory.NoRole {
		err = o.GrantRole(o.t.Context(), local, name, role, "")
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// browser is somebody's browser.
type browser struct {
	*office
	cookies map[string]string
}

// signIn returns the browser of somebody who has just proven who they are.
func (o *office) signIn(p *directory.Person, methods ...factor.Method) *browser {
	o.t.Helper()
	if methods == nil {
		methods = []factor.Method{factor.MethodPassword, factor.MethodTOTP}
	}
	proof := factor.Proof{Methods: methods, At: o.now}
	r, err := o.store.PersonByID(o.t.Context(), p.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	if len(r.Factors) > 0 {
		proof.Factor = r.Factors[0].ID
	}
	token, _, err := o.sessions.Start(o.t.Context(), session.Opening{Person: p.ID, Proof: proof, Source: "192.0.2.10", Browser: "Firefox on Linux"})
	if err != nil {
		o.t.Fatal(err)
	}
	return &browser{o, map[string]string{"__Host-session": token.Reveal()}}
}

func (o *office) stranger() *browser { return &browser{o, map[string]string{}} }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) send(r *http.Request) answer {
	b.t.Helper()
	r.Host = "mfa.example.com"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r.WithContext(b.t.Context()))
	res := w.Result()
	for _, c := range res.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// wants checks an answer. Where a long name may wrap is no part of what it says.
func (b *browser) wants(a answer, status int, says ...string) {
	b.t.Helper()
	if a.status != status {
		b.t.Errorf("status %d, want %d, to %s:\n%s", a.status, status, a.header.Get("Location"), a.body)
	}
	for _, want := range says {
		if !strings.Contains(strings.ReplaceAll(a.body, "<wbr>", ""), want) {
			b.t.Errorf("the page does not say %q:\n%s", want, a.body)
		}
	}
}

// leads checks that an answer sends the browser on.
func (b *browser) leads(a answer, to string) {
	b.t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != to {
		b.t.Errorf("status %d to %q, want to %q:\n%s", a.status, a.header.Get("Location"), to, a.body)
	}
}
