package portal

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// script stands for everything behind the door: it answers what a test tells
// it to and keeps what it was asked. The real parts together with the door are
// tested end to end, with a browser.
type script struct {
	decisions []authn.Decision // given in turn
	began     []authn.Request
	answered  []authn.Reply
	onAnswer  func() // happens while an answer is judged

	invitation *enrollment.Invitation
	inviteCode string
	lookTakes  time.Duration
	verifyErr  error // of Verify
	offerErr   error // of Offer and OfferPasskey
	checkTakes time.Duration
	checked    atomic.Int32
	applicant  *enrollment.Applicant
	question   *challenge.Challenge
	results    []enrollment.Result
	rights     []enrollment.Right
	chosen     secret.Text
	mailToken  string

	person    *directory.Person
	account   selfservice.Account
	arrivedAt atomic.Value // of string
	renewed   int
	suspended []audit.Actor
	help      *operator.HelpRequest
	helpErr   error

	published    []instructions.Text
	publishedErr error
	readOften    atomic.Int32  // how often what is published was asked for
	hang         chan struct{} // until it is closed, that gets no answer

	prompts  []authn.Prompt
	made     []byte // what a browser made of an offer
	renamed  string
	removed  id.ID
	actOnErr error

	dismissed bool // nobody may begin a session any more
	stay      session.Stay
	ending    session.Ending
	putOffs   []session.Session
	kept      string        // language of a visit, for who has none
	choosers  []audit.Actor // who picked another
	keptZone  string        // and their time zone
	putOffErr error
}

// Stay implements [session.People].
func (s *script) Stay(_ context.Context, in session.Session) (session.Stay, session.Ending, error) {
	if s.stay == session.StaySetUp && !in.PutOffAt.IsZero() {
		return session.StayIn, session.NotEnded, nil
	}
	return s.stay, s.ending, nil
}

func (s *script) PutOff(_ context.Context, _ audit.Actor, in session.Session) error {
	s.putOffs = append(s.putOffs, in)
	return s.putOffErr
}

func (s *script) next() authn.Decision {
	if len(s.decisions) == 0 {
		return authn.Decision{Message: authn.MessageRefused}
	}
	d := s.decisions[0]
	s.decisions = s.decisions[1:]
	return d
}

func (s *script) Begin(_ context.Context, r authn.Request) (authn.Decision, error) {
	s.began = append(s.began, r)
	return s.next(), nil
}

func (s *script) Answer(_ context.Context, r authn.Reply) (authn.Decision, error) {
	s.answered = append(s.answered, r)
	if s.onAnswer != nil {
		s.onAnswer()
	}
	return s.next(), nil
}

func (s *script) Prompts(context.Context, string, authn.Handle) ([]authn.Prompt, error) {
	return s.prompts, nil
}

func (s *script) AskPasskey(string, string) (authn.Decision, bool, error) {
	return authn.Decision{
		Outcome: authn.Ask, Handle: authn.Handle{Text: secret.New("ASKEDHANDLE")}, Until: storyTime.Add(challenge.PageLifetime),
		Prompts: []authn.Prompt{{Kind: factor.Passkey, Options: []byte(`{"challenge":"AAAA"}`)}},
	}, true, nil
}

func (s *script) OfferPasskey(_ context.Context, r enrollment.Right) (enrollment.PasskeyOffer, error) {
	s.rights = append(s.rights, r)
	if s.offerErr != nil {
		return enrollment.PasskeyOffer{}, s.offerErr
	}
	return enrollment.PasskeyOffer{Person: s.person, Options: []byte(`{"challenge":"BBBB"}`)}, nil
}

func (s *script) VerifyPasskey(_ context.Context, r enrollment.Right, response []byte, _ string, _ audit.Actor) (enrollment.Result, error) {
	s.rights, s.made = append(s.rights, r), response
	result := s.results[0]
	s.results = s.results[1:]
	return result, nil
}

func (s *script) Rename(_ context.Context, _ audit.Actor, _ id.ID, typed string) error {
	s.renamed = typed
	return s.actOnErr
}

func (s *script) Remove(_ context.Context, _ audit.Actor, which id.ID) error {
	s.removed = which
	return s.actOnErr
}

func (s *script) Look(_ context.Context, code secret.Text) (*enrollment.Invitation, *enrollment.Applicant, error) {
	time.Sleep(s.lookTakes)
	if s.inviteCode == "" || code.Reveal() != s.inviteCode {
		return nil, nil, nil
	}
	return s.invitation, s.applicant, nil
}

func (s *script) Invited(_ context.Context, i id.ID) (*enrollment.Invitation, *enrollment.Applicant, error) {
	if s.invitation == nil || s.invitation.ID != i {
		return nil, nil, nil
	}
	return s.invitation, s.applicant, nil
}

func (s *script) ChoosePassword(_ context.Context, r enrollment.Right, hash secret.Text) error {
	s.rights, s.chosen = append(s.rights, r), hash
	return nil
}

func (s *script) Offer(_ context.Context, r enrollment.Right) (enrollment.Offer, error) {
	s.rights = append(s.rights, r)
	if s.offerErr != nil {
		return enrollment.Offer{}, s.offerErr
	}
	return enrollment.Offer{
		Person: s.person, Key: secret.New("GEZD GNBV GY3T QOJQ"),
		URI: secret.New("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ"),
	}, nil
}

func (s *script) Verify(_ context.Context, r enrollment.Right, _ secret.Text, _ audit.Actor) (enrollment.Result, error) {
	s.checked.Add(1)
	time.Sleep(s.checkTakes)
	s.rights = append(s.rights, r)
	if s.verifyErr != nil {
		return enrollment.Result{}, s.verifyErr
	}
	result := s.results[0]
	s.results = s.results[1:]
	return result, nil
}

func (s *script) Opened(context.Context, id.ID) {}

func (s *script) NotMe(_ context.Context, token secret.Text, from audit.Actor) (bool, error) {
	if token.Reveal() != s.mailToken {
		return false, nil
	}
	if len(s.suspended) > 0 {
		return false, enrollment.ErrStoppedAlready
	}
	s.suspended = append(s.suspended, from)
	return true, nil
}

func (s *script) Enrolling(_ context.Context, _ string, h authn.Handle) (enrollment.Right, bool, error) {
	q := s.question
	if q == nil || q.Purpose != challenge.Enroll {
		return enrollment.Right{}, false, nil
	}
	return enrollment.Right{
		Person: q.Person, Browser: enrollment.HashBrowser(h.Text), Challenge: &q.Hash, Invitation: q.Invitation,
		Until: q.ExpiresAt, Proven: []factor.Method{factor.MethodPassword},
	}, true, nil
}

func (s *script) Person(context.Context, id.ID) (*directory.Person, error) { return s.person, nil }

func (s *script) KeepLanguage(_ context.Context, _ id.ID, language string) error {
	s.kept = language
	return nil
}

func (s *script) ChooseLanguage(_ context.Context, by audit.Actor, language string) error {
	s.person.Language = language
	s.choosers = append(s.choosers, by)
	return nil
}

func (s *script) KeepTimeZone(_ context.Context, _ id.ID, zone string) error {
	s.keptZone = zone
	return nil
}

func (s *script) Account(context.Context, id.ID) (selfservice.Account, error) {
	account := s.account
	account.Person = s.person
	return account, nil
}

func (s *script) Arrived(_ context.Context, _ id.ID, client string, _ time.Time) (bool, error) {
	return s.arrivedAt.Load() == client, nil
}

func (s *script) RenewCodes(context.Context, audit.Actor) ([]secret.Text, error) {
	s.renewed++
	return []secret.Text{secret.New("5hk2m-8qxw3")}, nil
}

func (s *script) Suspend(_ context.Context, by audit.Actor, proof factor.Proof) error {
	for _, a := range s.account.Authenticators {
		if !a.Suspended && !proof.Second() {
			return selfservice.ErrNeedsProof
		}
	}
	s.suspended = append(s.suspended, by)
	return nil
}

func (s *script) OpenHelp(context.Context, id.ID) (*operator.HelpRequest, error) { return s.help, nil }

func (s *script) AskForHelp(_ context.Context, by audit.Actor, _ string) (operator.HelpRequest, error) {
	if s.helpErr != nil {
		return operator.HelpRequest{}, s.helpErr
	}
	s.help = &operator.HelpRequest{ID: 77, Person: by.Person, Source: by.Source, CreatedAt: storyTime}
	return *s.help, nil
}

func (s *script) Hash(_ context.Context, password secret.Text) (secret.Text, error) {
	return secret.New("hash of " + password.Reveal()), nil
}

// sessions keeps sessions in memory, under the real keeper.
type sessions map[session.Hash]session.Session

func (m sessions) PutSession(_ context.Context, s session.Session) error { m[s.Hash] = s; return nil }

func (m sessions) RenewSession(_ context.Context, old session.Hash, s session.Session) error {
	if _, ok := m[old]; !ok {
		return session.ErrOver
	}
	delete(m, old)
	m[s.Hash] = s
	return nil
}

func (m sessions) TouchSession(_ context.Context, h session.Hash, seen time.Time) (bool, error) {
	s, ok := m[h]
	if s.SeenAt = seen; ok {
		m[h] = s
	}
	return ok, nil
}

func (m sessions) Session(_ context.Context, h session.Hash) (*session.Session, error) {
	if s, ok := m[h]; ok {
		return &s, nil
	}
	return nil, nil
}

func (m sessions) EndSessionAs(_ context.Context, h session.Hash, why session.Ending) error {
	if s, ok := m[h]; ok {
		s.Ended = why
		m[h] = s
	}
	return nil
}

func (m sessions) EndSession(_ context.Context, h session.Hash) error { delete(m, h); return nil }

func (m sessions) EndSessions(_ context.Context, person id.ID, except session.Hash) error {
	for h, s := range m {
		if s.Person == person && h != except {
			delete(m, h)
		}
	}
	return nil
}

// kept are the sessions of people who may be dismissed.
type kept struct {
	sessions
	dismissed *bool
}

func (k kept) PutSession(ctx context.Context, s session.Session) error {
	if *k.dismissed {
		return session.ErrOver
	}
	return k.sessions.PutSession(ctx, s)
}

// stage is the door with a script behind it and a browser before it.
type stage struct {
	*script
	t        *testing.T
	now      time.Time
	sessions sessions
	url      string
	browser  *http.Client

	certificate *x509.Certificate
}

const alice id.ID = 42

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{
		t: t, now: storyTime, sessions: sessions{},
		script: &script{person: &directory.Person{ID: alice, Username: "alice", Email: "alice@example.com", HasPassword: true}, stay: session.StayIn},
	}
	clock := func() time.Time { return s.now }
	http1 := httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "https", Host: http1.Listener.Addr().String()}
	server, err := web.New(web.Config{
		PublicURL: public, Brand: storyBrand, Zone: time.UTC, Log: slog.New(slog.DiscardHandler), Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(Config{
		Web: server, Engine: s.script, Desk: s.script, Self: s.script, Passwords: s.script,
		Sessions: &session.Keeper{Store: kept{s.sessions, &s.dismissed}, People: s.script, IDs: &id.Source{}, Rand: rand.Reader, Now: clock},
		Keys:     keyring.Ephemeral(storyTime), Passkeys: true, Office: office{}, Instructions: s.script,
	})
	if err != nil {
		t.Fatal(err)
	}
	http1.Config.Handler = server
	http1.StartTLS()
	t.Cleanup(http1.Close)
	s.certificate = http1.Certificate()
	s.url, s.browser = public.String(), http1.Client()
	s.forgetCookies()
	s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// forgetCookies gives the browser an empty profile.
func (s *stage) forgetCookies() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.browser.Jar = jar
}

// plant puts a cookie into the browser that the door did not set.
func (s *stage) plant(name, value string) {
	s.t.Helper()
	at, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.browser.Jar.SetCookies(at, []*http.Cookie{{Name: "__Host-" + name, Value: value, Path: "/", Secure: true}})
}

// page is what a browser got.
type page struct {
	status   int
	location string
	body     string
}

func (s *stage) ask(method, path string, form url.Values) page {
	s.t.Helper()
	site := ""
	if method == http.MethodPost {
		site = "same-origin"
	}
	return s.askFrom(site, method, path, form)
}

// pick follows a link of our own page.
func (s *stage) pick(path string) page {
	s.t.Helper()
	return s.askFrom("same-origin", http.MethodGet, path, nil)
}

func (s *stage) askFrom(site, method, path string, form url.Values) page {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	answer, err := s.browser.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var body strings.Builder
	if _, err := copyAll(&body, answer.Body); err != nil {
		s.t.Fatal(err)
	}
	return page{answer.StatusCode, answer.Header.Get("Location"), body.String()}
}

func (s *stage) get(path string) page { s.t.Helper(); return s.ask(http.MethodGet, path, nil) }

// post sends a form; fields are pairs of a name and a value.
func (s *stage) post(path string, fields ...string) page {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return s.ask(http.MethodPost, path, form)
}

// expect fails the test unless the page has this status, leads there, and
// says all of it.
func (s *stage) expect(p page, status int, location string, says ...string) {
	s.t.Helper()
	if p.status != status || p.location != location {
		s.t.Fatalf("status %d to %q, want %d to %q\n%s", p.status, p.location, status, location, p.body)
	}
	for _, text := range says {
		if !strings.Contains(p.body, text) {
			s.t.Fatalf("%q is not on the page:\n%s", text, p.body)
		}
	}
}

// decides tells the engine what to answer next.
func (s *stage) decides(decisions ...authn.Decision) { s.decisions = append(s.decisions, decisions...) }

// arrive lets the person in at the door they came from.
func (s *stage) arrive(client string) { s.arrivedAt.Store(client) }

func handleOf(text string) authn.Handle { return authn.Handle{Text: secret.New(text)} }

func allow(methods ...factor.Method) authn.Decision {
	return authn.Decision{
		Outcome: authn.Allow, Person: alice, Proof: factor.Proof{Methods: methods, At: storyTime},
	}
}

func ask(handle string) authn.Decision {
	return authn.Decision{
		Outcome: authn.Ask, Person: alice, Handle: handleOf(handle), Message: authn.MessageAskCode,
		Until: storyTime.Add(challenge.PromptLifetime),
	}
}

// signedIn brings the browser in, with a second factor proven just now.
func (s *stage) signedIn() {
	s.t.Helper()
	s.decides(allow(factor.MethodPassword, factor.MethodTOTP))
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/security")
}
