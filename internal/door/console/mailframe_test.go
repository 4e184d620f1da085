package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
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
	if wrong := b.post(path, "source", "Subject: Hi\nTitle: <b>\n\n{{.Nobody}}\n"); !strings.Contains(wrong.body, "there is no variable .Nobody") {
		t.Errorf("a wrong one:\n%s", wrong.body)
	}
	if a := o.stranger().get(path); a.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", a.status)
	}
}
