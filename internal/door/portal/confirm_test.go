package portal

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

const formsAddress = "/console/users/act?do=unlock"

// office is what knows the pages for administrators.
type office struct{}

// About implements [Office].
func (office) About(_ *text.Printer, path string) (act, back string) {
	if path == formsAddress {
		return "Unlock <2> people", "/console/users?user=bob&user=carol"
	}
	return "", "/console"
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// heldOn returns the hidden fields of a page, as a form.
func heldOn(p page) url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(p.body, -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return form
}

// stale brings somebody in whose proof is no longer fresh, and sends their form
// to be held.
func stale(t *testing.T, fields url.Values) (*stage, page) {
	t.Helper()
	s := newStage(t)
	s.signedIn()
	s.now = s.now.Add(session.Fresh)
	s.decides(ask("FIRST"))
	return s, s.ask(http.MethodPost, holdPath+"?"+url.Values{"next": {formsAddress}}.Encode(), fields)
}

// TestAFormWaitsForItsSender: what was typed and ticked is sent on once, and
// not what nobody may keep.
func TestAFormWaitsForItsSender(t *testing.T) {
	typed := url.Values{"user": {"bob", "carol"}, "reason": {`"new" & <phones>`}, "password": {"zanzibar"}, "again": {""}}
	s, p := stale(t, typed)
	s.expect(p, ok, "", "in the console", "Unlock &lt;2&gt; people", "goes on as soon as", "Passwords are not kept",
		`href="/console/users?user=bob&amp;user=carol"`)
	if strings.Contains(p.body, "zanzibar") {
		t.Error("the password is on the page")
	}
	s.expect(s.get(holdPath+"?next=%2Fconsole"), elsewhere, "/confirm?next=%2Fconsole") // a link to another language
	s.decides(ask("SECOND"))
	form := heldOn(p)
	form.Set("code", "000000")
	p = s.ask(http.MethodPost, "/confirm?"+url.Values{"next": {formsAddress}}.Encode(), form)
	s.expect(p, again, "", "did not work", "carol")
	s.decides(renewedAt(s.now))
	form = heldOn(p)
	form.Set("code", "123456")
	p = s.ask(http.MethodPost, "/confirm?"+url.Values{"next": {formsAddress}}.Encode(), form)
	s.expect(p, http.StatusTemporaryRedirect, formsAddress)
	for name, want := range map[string][]string{
		"user": {"bob", "carol"}, "reason": {`"new" & <phones>`}, "password": nil, "again": nil, "held-without": {"password"},
	} {
		if !slices.Equal(form[name], want) {
			t.Errorf("%s goes on as %q, want %q", name, form[name], want)
		}
	}
}

func renewedAt(now time.Time) (d authn.Decision) {
	d = allow(factor.MethodPassword, factor.MethodTOTP)
	d.Proof.At = now
	return d
}

// TestAFormIsSentOnByItsSenderOnly and not too late.
func TestAFormIsSentOnByItsSenderOnly(t *testing.T) {
	next := url.Values{"next": {formsAddress}}.Encode()
	for name, meanwhile := range map[string]func(s *stage, form url.Values){
		"another sign-in": func(s *stage, _ url.Values) {
			s.forgetCookies()
			s.signedIn()
		},
		"somebody else": func(s *stage, _ url.Values) { s.person.ID = 43 },
		"too late": func(s *stage, _ url.Values) {
			s.now = s.now.Add(challenge.PageLifetime / 2)
			s.get("/security")
			s.now = s.now.Add(challenge.PageLifetime / 2)
		},
		"a made-up slip": func(_ *stage, form url.Values) {
			form.Set(heldSlip, strings.Repeat("A", 100))
		},
	} {
		s, p := stale(t, url.Values{"reason": {"phones"}})
		form := heldOn(p)
		meanwhile(s, form)
		s.decisions = nil
		allowed := renewedAt(s.now)
		allowed.Person = s.person.ID
		s.decides(allowed)
		form.Set("code", "123456")
		if got := s.ask(http.MethodPost, "/confirm?"+next, form); got.status != elsewhere || got.location != formsAddress {
			t.Errorf("%s: status %d to %q", name, got.status, got.location)
		}
	}
}

func TestWhatCannotBeHeldIsSaid(t *testing.T) {
	for name, form := range map[string]url.Values{
		"too long":       {"reason": {strings.Repeat("%", web.BodyLimit/3-4<<10)}},
		"asks for proof": {"code": {"123456"}, "username": {"bob"}},
	} {
		s, p := stale(t, form)
		s.expect(p, elsewhere, "/confirm?"+url.Values{"next": {formsAddress}}.Encode())
		s.expect(s.get(p.location), ok, "", "could not be kept")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestConfirmedOnAnotherPage: a form that waits goes on without a second code.
func TestConfirmedOnAnotherPage(t *testing.T) {
	s, p := stale(t, url.Values{"reason": {"phones"}})
	s.decides(ask("OTHER"), renewedAt(s.now))
	s.get("/confirm?next=%2Fconsole")
	s.expect(s.post("/confirm?next=%2Fconsole", "code", "123456"), elsewhere, "/console")
	s.expect(s.ask(http.MethodPost, "/confirm?"+url.Values{"next": {formsAddress}}.Encode(), heldOn(p)), http.StatusTemporaryRedirect, formsAddress)
}

// TestOwnFormsWaitToo: a name that was typed for a passkey is not lost.
func TestOwnFormsWaitToo(t *testing.T) {
	s := newStage(t)
	s.account.Authenticators = []selfservice.Authenticator{{ID: 7, Kind: factor.Passkey, Label: "Old key", AddedAt: storyTime}}
	s.signedIn()
	s.now = s.now.Add(session.Fresh)
	p := s.post("/security/rename", "factor", id.ID(7).String(), "label", "Blue key")
	if p.status != http.StatusTemporaryRedirect || !strings.HasPrefix(p.location, holdPath+"?") {
		t.Fatalf("status %d to %q", p.status, p.location)
	}
	s.decides(ask("FIRST"))
	s.expect(s.post(p.location, "factor", id.ID(7).String(), "label", "Blue key"), ok, "", "change how you sign in", `value="Blue key"`)
}

// TestAHeldFormGetsThrough: with the longest that is held, the form that comes
// back is still short enough to be read.
func TestAHeldFormGetsThrough(t *testing.T) {
	ticks := url.Values{}
	for len(ticks.Encode()) < web.BodyLimit-18<<10 {
		ticks.Add("object", strings.Repeat("CN=a,", 200))
	}
	s, p := stale(t, ticks)
	s.expect(p, ok, "")
	s.decides(renewedAt(s.now))
	form := heldOn(p)
	form.Set("passkey", strings.Repeat("A", 8<<10))
	s.expect(s.ask(http.MethodPost, "/confirm?"+url.Values{"next": {formsAddress}}.Encode(), form), http.StatusTemporaryRedirect, formsAddress)
}
