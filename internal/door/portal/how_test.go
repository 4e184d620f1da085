package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// howStory is a step of the walk-through as its handler makes it.
func howStory(name string, view howView) web.Page {
	for i, step := range howSteps {
		if step.passkey && !view.Passkey {
			continue
		}
		title := text.Key("how." + strings.TrimPrefix(step.page, "how-") + ".title")
		view.Steps = append(view.Steps, howLink{Path: step.path, Name: title, Here: i == view.At-1})
	}
	view.Of = len(view.Steps)
	return web.Page{Name: name, Width: "wide", Data: view}
}

func rejecting(page web.Page, key text.Key) web.Page {
	page.Form = rejected("practice", key)
	return page
}

var nextLink = regexp.MustCompile(`rel="next" href="([^"]+)"`)

// TestTheWalkThroughNeedsNobody: it leads from the first step to the last by
// its links, for somebody who is not signed in, and neither asks the engine nor
// leaves a cookie.
func TestTheWalkThroughNeedsNobody(t *testing.T) {
	s := newStage(t)
	s.expect(s.get("/signin"), ok, "", `href="/how"`)
	path, seen := "/how", []string{}
	for path != "" {
		p := s.get(path)
		s.expect(p, ok, "", "practice")
		for _, never := range []string{`type="password"`, `name="username"`, `name="code"`, `autocomplete="one-time-code"`} {
			if strings.Contains(p.body, never) {
				t.Errorf("%s has %s", path, never)
			}
		}
		seen = append(seen, path)
		path = ""
		if m := nextLink.FindStringSubmatch(p.body); m != nil {
			path = m[1]
		}
	}
	if len(seen) != len(howSteps) {
		t.Errorf("the links lead through %v, not through %d steps", seen, len(howSteps))
	}
	here, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	if cookies := s.browser.Jar.Cookies(here); len(cookies) != 0 || len(s.began)+len(s.answered)+len(s.rights) != 0 {
		t.Errorf("it left cookies %v, asked the engine %d times", cookies, len(s.began)+len(s.answered))
	}
}

// TestThePracticeCode is judged as the real one is, and what is wrong with it
// is said kindly.
func TestThePracticeCode(t *testing.T) {
	s := newStage(t)
	p, err := newPractice(true)
	if err != nil {
		t.Fatal(err)
	}
	at := func(off time.Duration) string {
		return totp.Code(p.key.Reveal(), p.params, p.params.Step(s.now.Add(off)))
	}
	shown := p.shown(s.now)
	s.expect(s.get("/how/code"), ok, "", shown, `name="practice"`)
	s.expect(s.post("/how/code", "practice", shown), elsewhere, "/how/code/right")
	s.expect(s.post("/how/code", "practice", shown), elsewhere, "/how/code/right") // practised as often as one likes
	s.expect(s.get("/how/code/right"), ok, "", "That was right", "A real code works once")
	for typed, says := range map[string]string{
		"":                   "Type the code that the phone",
		"12345":              "A code has six digits",
		"hunter2 is my word": "A code has six digits",
		at(-3 * time.Minute): "That code is from before",
		at(3 * time.Minute):  "That code is from later than now",
		at(9 * time.Hour):    "That code did not match",
	} {
		p := s.post("/how/code", "practice", typed)
		s.expect(p, again, "", says, shown)
		if typed != "" && strings.Contains(p.body, `value="`+typed) {
			t.Errorf("%q is on the page", typed)
		}
	}
	if p := s.get("/how/code?practice=" + at(0)); p.status != http.StatusOK || !strings.Contains(p.body, shown) {
		t.Error("a code was taken from an address")
	}
	if len(s.began)+len(s.answered) != 0 || s.checked.Load() != 0 {
		t.Error("the engine was asked")
	}
}

// TestTheWalkThroughShowsWhatThereIs: without passkeys nothing is said of them.
func TestTheWalkThroughShowsWhatThereIs(t *testing.T) {
	for _, passkeys := range []bool{true, false} {
		p, err := newPractice(passkeys)
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		for _, step := range p.steps {
			shown = shown || step.page == "how-passkey"
		}
		if shown != passkeys {
			t.Errorf("with passkeys %v a step on them: %v", passkeys, shown)
		}
	}
}
