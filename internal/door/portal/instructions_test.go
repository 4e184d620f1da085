package portal

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/web"
)

const storyInstructions = `## Our VPN client

We use **FortiClient**, version 7. It is on every computer of ours; at home get it
from [vpn.example.com](https://vpn.example.com/client).

1. Connect to *Office*.
2. Type your password.
3. When a second field appears, type the six digits.

## The app

We recommend ` + "`Aegis`" + ` on Android and the password app on an iPhone.

> Nobody of the help desk will ever ask you for a code.

## The help desk

- Monday to Friday, 8 to 17: +49 30 1234
- At night: <night@example.com>
`

func instructed(page web.Page) web.Page {
	page.Instructions = "/instructions"
	return page
}

// PublishedInstructions implements [Instructions].
func (s *script) PublishedInstructions(context.Context) ([]instructions.Text, error) {
	s.readOften.Add(1)
	if s.hang != nil {
		<-s.hang
	}
	return s.published, s.publishedErr
}

// TestWhatIsPublishedIsForEverybody: without signing in, linked from where it
// helps, in the reader's language or else in another one.
func TestWhatIsPublishedIsForEverybody(t *testing.T) {
	s := newStage(t)
	const link = `href="/instructions"`
	linking := []string{"/signin", "/help", "/e", "/how", "/how/lost"}
	for _, path := range linking {
		if p := s.get(path); p.status != http.StatusOK || strings.Contains(p.body, link) {
			t.Errorf("%s: %d, or leads to what there is not", path, p.status)
		}
	}
	s.expect(s.get("/instructions"), http.StatusNotFound, "", "There are no instructions here", `href="/how"`)

	s.published = []instructions.Text{{Language: "de", Source: "Unser **VPN**", PublishedAt: storyTime}}
	s.now = s.now.Add(shelfLife)
	for _, path := range linking {
		s.expect(s.get(path), http.StatusOK, "", link)
	}
	s.expect(s.get("/instructions"), http.StatusOK, "", `lang="de"`, "<strong>VPN</strong>", "Nobody has written them in English yet")
	s.published = append(s.published, instructions.Text{Language: "en", Source: "Our *VPN*", PublishedAt: storyTime})
	s.now = s.now.Add(shelfLife)
	p := s.get("/instructions")
	s.expect(p, http.StatusOK, "", "<em>VPN</em>")
	if strings.Contains(p.body, "Nobody has written") || strings.Contains(p.body, `lang="de"`) && strings.Contains(p.body, "Unser") {
		t.Error("it is the wrong one")
	}

	s.published = nil
	s.now = s.now.Add(shelfLife)
	if p := s.get("/signin"); strings.Contains(p.body, link) {
		t.Error("the link stays when they are taken back")
	}
	if len(s.began) != 0 {
		t.Error("the engine was asked")
	}
}

// TestPagesForEverybodyDoWithoutTheDatabase: it is asked once in a while for the
// link, and a page is there also while it does not answer.
func TestPagesForEverybodyDoWithoutTheDatabase(t *testing.T) {
	const link = `href="/instructions"`
	s := newStage(t)
	s.published = []instructions.Text{{Language: "en", Source: "x", PublishedAt: storyTime}}
	for range 20 {
		s.expect(s.get("/signin"), http.StatusOK, "", link)
	}
	if n := s.readOften.Load(); n != 1 {
		t.Errorf("the database was asked %d times", n)
	}
	s.publishedErr, s.now = errors.New("away"), s.now.Add(time.Minute)
	s.expect(s.get("/signin"), http.StatusOK, "", link)
	if p := s.get("/instructions"); p.status != http.StatusInternalServerError {
		t.Errorf("what may have been taken back is shown: %d", p.status)
	}
	s.publishedErr, s.published, s.now = nil, nil, s.now.Add(-time.Hour) // the clock set back
	if p := s.get("/signin"); strings.Contains(p.body, link) {
		t.Error("the link stays for an hour")
	}
	s.expect(s.get("/instructions"), http.StatusNotFound, "")

	hanging := newStage(t)
	hanging.hang = make(chan struct{})
	began := time.Now()
	for range 5 {
		hanging.expect(hanging.get("/signin"), http.StatusOK, "", `name="password"`)
	}
	if took := time.Since(began); took > shelfTimeout/2 {
		t.Errorf("five pages took %v", took)
	}
	if n := hanging.readOften.Load(); n != 1 {
		t.Errorf("a database that hangs was asked %d times", n)
	}
	close(hanging.hang)
}

// TestInstructionsCannotHarm, even if what no version would take is kept.
func TestInstructionsCannotHarm(t *testing.T) {
	s := newStage(t)
	s.published = []instructions.Text{{Language: "en", Source: "<script>alert(1)</script>\n\n[x](javascript:alert(2))"}}
	p := s.get("/instructions")
	s.expect(p, http.StatusOK, "", "&lt;script&gt;")
	if strings.Contains(p.body, "<script>") || strings.Contains(p.body, `href="javascript`) {
		t.Error(p.body)
	}
}
