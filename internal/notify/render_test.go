package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/text"
	"example.com/muster/test/testkit"
)

var now = time.Date(2026, 12, 1, 16, 30, 0, 0, time.UTC)

func renderer(t testing.TB) *notify.Renderer {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return &notify.Renderer{
		Catalogue: text.Default(), Zone: zone, PublicURL: "https://mfa.example.com",
		Brand: "Smith & <Sons>", Colour: "#2f55c8", Help: "IT help desk, +49 30 1234",
		Instructions: published{{Language: "de", Source: "x"}}, Log: slog.New(slog.DiscardHandler),
	}
}

// published are the instructions of a company.
type published []instructions.Text

func (p published) PublishedInstructions(context.Context) ([]instructions.Text, error) {
	if p == nil {
		return nil, errors.New("the database is away")
	}
	return p, nil
}

// TestInstructionsAreNamedWherePublished, and nowhere else: a mail goes out
// without them, also where they cannot be read, and by a template too.
func TestInstructionsAreNamedWherePublished(t *testing.T) {
	const address = "https://mfa.example.com/instructions"
	for name, tc := range map[string]struct {
		kept  notify.Instructions
		named bool
	}{
		"published": {published{{Language: "en", Source: "x"}}, true},
		"none":      {published{}, false},
		"away":      {published(nil), false},
		"nowhere":   {nil, false},
	} {
		r := renderer(t)
		r.Instructions = tc.kept
		for _, source := range []string{"", r.BuiltIn(notify.PeriodStarted, "en")} {
			if source != "" {
				if err := r.CheckTemplate(notify.PeriodStarted, source); err != nil || !strings.Contains(source, "{{if .Instructions}}") {
					t.Fatalf("%v in:\n%s", err, source)
				}
			}
			e, err := r.Preview(t.Context(), notify.PeriodStarted, "en", source, now)
			if err != nil {
				t.Fatal(err)
			}
			text := e.Text.Reveal()
			if strings.Contains(text, address) != tc.named || strings.Contains(text, "How it is done at") != tc.named || !strings.Contains(text, "https://mfa.example.com/how") {
				t.Errorf("%s, template %t:\n%s", name, source != "", text)
			}
		}
	}
}

func alice(language string) *directory.Person {
	return &directory.Person{
		ID: 1, Username: "alice", DisplayName: "Alice Example", Email: "alice@example.com", Language: language,
	}
}

// receiver is whom the sample of that name goes to.
func receiver(sample, language string) *directory.Person {
	for _, s := range notify.Samples(now, "https://mfa.example.com") {
		if s.Name == sample {
			return s.To(language)
		}
	}
	return nil
}

// samples has each kind of message, in each of its forms.
func samples() map[string]notify.Message {
	messages := map[string]notify.Message{}
	for _, s := range notify.Samples(now, "https://mfa.example.com") {
		messages[s.Name] = s.Message
	}
	return messages
}

func TestEveryMailInEveryLanguage(t *testing.T) {
	seen := map[notify.Kind]bool{}
	for name, m := range samples() {
		seen[m.Kind] = true
		for _, language := range text.Default().Languages() {
			t.Run(name+"."+language.Tag, func(t *testing.T) {
				e, err := renderer(t).Render(t.Context(), m, receiver(name, language.Tag), now)
				if err != nil {
					t.Fatal(err)
				}
				if err := e.Check(); err != nil {
					t.Error(err)
				}
				testkit.Golden(t, name+"."+language.Tag+".txt", "Subject: "+e.Subject+"\n\n"+e.Text.Reveal())
				testkit.Golden(t, name+"."+language.Tag+".html", e.HTML.Reveal())
				sayTheSame(t, e)
				staysAtHome(t, e)
				if e.Language != language.Tag || strings.Contains(e.Text.Reveal(), "[") {
					t.Errorf("not in %s", language.Tag)
				}
			})
		}
	}
	for _, kind := range notify.Kinds() {
		if !seen[kind] {
			t.Errorf("no sample of kind %s", kind)
		}
	}
}

var (
	markup    = regexp.MustCompile(`<[^>]*>`)
	ownWords  = regexp.MustCompile(`<a href="([^"]*)" style="color:inherit">[^<]*</a>`) // an address within a line
	addresses = regexp.MustCompile(`(?:src|href|background|action)\s*=\s*"([^"]*)"`)
)

// sayTheSame: both bodies hold the same words and the same links, whatever
// stands between them.
func sayTheSame(t *testing.T, e notify.Envelope) {
	t.Helper()
	words := func(s string) map[string]int {
		count := map[string]int{}
		for word := range strings.FieldsSeq(s) {
			count[strings.TrimRight(word, ":")]++
		}
		return count
	}
	_, body, _ := strings.Cut(e.HTML.Reveal(), "<body")
	body = ownWords.ReplaceAllString(body, "$1")
	page := words(html.UnescapeString(markup.ReplaceAllString("<"+body, " ")))
	for _, m := range addresses.FindAllStringSubmatch(body, -1) {
		page[html.UnescapeString(m[1])]++
	}
	plain := words(e.Text.Reveal())
	delete(plain, "--") // RFC 3676 section 4.3: the signature follows
	if diff := cmp.Diff(plain, page); diff != "" {
		t.Errorf("words of the text (-) and of the page (+):\n%s", diff)
	}
}

// staysAtHome: nothing is loaded from anywhere, and what is linked is ours.
func staysAtHome(t *testing.T, e notify.Envelope) {
	t.Helper()
	page := e.HTML.Reveal()
	for _, m := range addresses.FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "https://mfa.example.com/") {
			t.Errorf("links to %s", m[1])
		}
	}
	for _, banned := range []string{"<img", "<script", "<link", "@import", "url(", "<form", "<iframe"} {
		if strings.Contains(page, banned) {
			t.Errorf("has %s", banned)
		}
	}
}

func TestSubjectsHoldNoSecret(t *testing.T) {
	for name, m := range samples() {
		e, err := renderer(t).Render(t.Context(), m, alice("en"), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range []string{"code", "token", "url"} {
			if v := m.Data[entry]; v != "" && strings.Contains(e.Subject, v) {
				t.Errorf("%s: the subject has the %s", name, entry)
			}
		}
	}
}

// TestTheTokenTravelsInTheFragment: what no server and no log may see.
func TestTheTokenTravelsInTheFragment(t *testing.T) {
	e, err := renderer(t).Render(t.Context(), samples()["factor-added"], alice("en"), now)
	if err != nil {
		t.Fatal(err)
	}
	const link = "https://mfa.example.com/not-me#0abcdefghjkmn234567"
	if !strings.Contains(e.HTML.Reveal(), `href="`+link+`"`) || !strings.Contains(e.Text.Reveal(), "\n"+link+"\n") {
		t.Errorf("no %s in\n%s", link, e.Text.Reveal())
	}
}

func TestHostileNamesStayText(t *testing.T) {
	m := samples()["enroll-link-door"]
	m.Data = maps.Clone(m.Data)
	m.Data["client"] = "vpn</td><script>alert(1)</script>"
	m.Data["address"] = "192.0.2.7\r\n\r\nOpen http://evil.example.com\u202e\x00" + strings.Repeat("x", 5000)
	to := alice("en")
	to.DisplayName = "Alice\n\nYour account is closed. <b>Pay</b>"
	e, err := renderer(t).Render(t.Context(), m, to, now)
	if err != nil {
		t.Fatal(err)
	}
	if page := e.HTML.Reveal(); strings.Contains(page, "<script") || strings.Contains(page, "<b>") || len(page) > 12_000 {
		t.Errorf("%d octets:\n%s", len(page), page)
	}
	plain := e.Text.Reveal()
	if strings.ContainsAny(plain, "\r\x00\u202e") || strings.Contains(plain, "\nOpen http") || strings.Contains(plain, "\nYour account") {
		t.Errorf("the text has lines of its own:\n%s", plain)
	}
	if err := e.Check(); !notify.IsPermanent(err) {
		t.Errorf("a name of two lines goes into a header: %v", err)
	}
}

func TestRenderRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		kind   notify.Kind
		change map[string]string
	}{
		"unknown kind": {"greeting", nil},
		"no link":      {notify.EnrollLink, map[string]string{"url": ""}},
		"no address":   {notify.EnrollLink, map[string]string{"url": "javascript:alert(1)"}},
		"no code":      {notify.EnrollLink, map[string]string{"code": ""}},
		"no instant":   {notify.EnrollLink, map[string]string{"at": "yesterday"}},
		"over":         {notify.EnrollLink, map[string]string{"until": now.Format(time.RFC3339)}},
	} {
		t.Run(name, func(t *testing.T) {
			m := samples()["enroll-link"]
			m.Kind, m.Data = tc.kind, maps.Clone(m.Data)
			maps.Copy(m.Data, tc.change)
			_, err := renderer(t).Render(t.Context(), m, alice("en"), now)
			if !notify.IsPermanent(err) {
				t.Fatalf("%v", err)
			}
			if errors.Is(err, notify.ErrExpired) != (name == "over") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestEveryWordIsUsed: each key of the catalogue is said by some mail, or it
// would rot there unread.
func TestEveryWordIsUsed(t *testing.T) {
	var said strings.Builder
	for name, m := range samples() {
		e, err := renderer(t).Render(t.Context(), m, receiver(name, "en"), now)
		if err != nil {
			t.Fatal(err)
		}
		inLine := ownWords.ReplaceAllString(e.HTML.Reveal(), "$1")
		said.WriteString(e.Subject + "\n" + html.UnescapeString(markup.ReplaceAllString(inLine, "\n")))
	}
	help := samples()["help-asked"]
	for _, state := range []string{"not required", "pending", "in period", "exempt", "enrolled", "of a newer version"} {
		help.Data = maps.Clone(help.Data)
		help.Data["state"], help.Data["client"] = state, "portal"
		e, err := renderer(t).Render(t.Context(), help, receiver("help-asked", "en"), now)
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(e.Text.Reveal())
	}
	raw, err := os.ReadFile("../text/catalogue/mail.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var catalogue map[string]any
	if err := json.Unmarshal(raw, &catalogue); err != nil {
		t.Fatal(err)
	}
	for key, entry := range catalogue {
		words, plain := entry.(string)
		if forms, ok := entry.(map[string]any); !plain && ok {
			words, _ = forms["other"].(string)
		}
		form := regexp.QuoteMeta(words)
		form = regexp.MustCompile(`\\\{\\\{\\\.\w+\\\}\\\}`).ReplaceAllString(form, ".+")
		if !regexp.MustCompile(form).MatchString(said.String()) {
			t.Errorf("no mail says %s", key)
		}
	}
}
