package console

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
)

// TestAMailInAFrame is what people see, by the words that are kept or typed; it
// can do nothing there, and nobody else can frame it.
func TestAMailInAFrame(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("alice", directory.Administrator))
	const path = "/console/mails/preview?kind=period-started&language=en"
	page := b.get("/console/mails/template?kind=period-started&language=en")
	if !strings.Contains(page.body, `sandbox src="/console/mails/preview?kind=period-started&amp;language=en"`) {
		t.Errorf("no frame:\n%s", page.body)
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the page's policy is %q", policy)
	}
	kept := b.get(path)
	typed := b.post(path, "source", "Subject: Hi\nTitle: Typed <script>alert(1)</script>\n\nUntil {{.Until}}.\n\n[button: go]\n")
	for _, a := range []answer{kept, typed} {
		policy := a.header.Get("Content-Security-Policy")
		if a.status != http.StatusOK || !strings.HasSuffix(policy, "sandbox") || !strings.Contains(policy, "frame-ancestors 'self'") ||
			!strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "allow-") || a.header.Get("X-Frame-Options") != "SAMEORIGIN" {
			t.Errorf("%d under %q", a.status, policy)
		}
		if !strings.Contains(a.body, "</html>") || strings.Contains(a.body, "<script") {
			t.Errorf("it is:\n%s", a.body)
		}
	}
	if !strings.Contains(typed.body, "Typed &lt;script&gt;") || strings.Contains(kept.body, "Typed") {
		t.Error("it does not show what was typed, or keeps it")
	}
	if wrong := b.post(path, "source", "Subject: Hi\nTitle: <b>\n\n{{.Nobody}}\n"); !strings.Contains(wrong.body, "Line 4: There is no variable Nobody in this mail. There are: ") {
		t.Errorf("a wrong one:\n%s", wrong.body)
	}
	if a := o.stranger().get(path); a.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", a.status)
	}
}

// TestWhatIsWrongWithATemplateIsSaidInGerman to whoever reads German: when it
// is saved, looked at, framed, or sent as a test.
func TestWhatIsWrongWithATemplateIsSaidInGerman(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("alice", directory.Administrator))
	if err := o.EditUser(t.Context(), local, "alice", operator.Details{Email: "alice@example.com", Language: "de"}); err != nil {
		t.Fatal(err)
	}
	const template, head = "/console/mails/template?kind=period-started&language=de", "Subject: Hallo\nTitle: Hallo\n\n"
	for source, says := range map[string]string{
		head + "{{.Nobody}}\n":    "Zeile 4: In dieser Mail gibt es keine Variable Nobody. Es gibt: Brand, ",
		head + "tschüss\n":        "Um den Link geht es in dieser Mail. Es fehlt eine Zeile [button: Worte darauf].",
		head + "{{if .Brand}}x\n": "Das lässt sich nicht lesen",
		"Title: Hallo\n":          "Zeile 1: Eine Mail beginnt mit",
		head + "[bild]\n":         "Zeile 4: Es gibt keinen Teil [bild].",
		"Bcc: x\n" + head + "x\n": "Zeile 1: Im Kopf einer Mail gibt es kein Feld Bcc.",
	} {
		for _, do := range []string{"save", "preview"} {
			if a := b.post(template, "source", source, "do", do); !strings.Contains(html.UnescapeString(a.body), says) {
				t.Errorf("%s %q: %d without %q", do, source, a.status, says)
			}
		}
		if a := b.post(strings.Replace(template, "/template?", "/preview?", 1), "source", source); !strings.Contains(html.UnescapeString(a.body), says) {
			t.Errorf("framed %q: without %q:\n%s", source, says, a.body)
		}
	}
	// One that an earlier version has let through.
	broken := notify.Template{Kind: notify.PeriodStarted, Language: "de", Source: head + "{{.Nobody}}\n"}
	if err := o.store.SetMailTemplate(t.Context(), broken, audit.Change{ID: o.IDs.Next(o.now), Action: "mail-template.set", Subject: "period-started de"}); err != nil {
		t.Fatal(err)
	}
	a := b.post("/console/mails/test", "address", "it@example.com", "kind", "period-started", "language", "de")
	if !strings.Contains(html.UnescapeString(a.body), "In dieser Mail gibt es keine Variable Nobody") {
		t.Errorf("sent as a test: %d\n%s", a.status, a.body)
	}
}
