package notify_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

// TestBuiltInWordsAsTemplates: they are right, and say the same mails.
func TestBuiltInWordsAsTemplates(t *testing.T) {
	r := renderer(t)
	for _, language := range text.Default().Languages() {
		for _, s := range notify.Samples(now, "https://mfa.example.com") {
			kind := s.Message.Kind
			source := r.BuiltIn(kind, language.Tag)
			if err := r.CheckTemplate(kind, source); err != nil {
				t.Errorf("%s in %s: %v\n%s", kind, language.Tag, err, source)
				continue
			}
			want, err := r.Render(t.Context(), s.Message, s.To(language.Tag), now)
			if err != nil {
				t.Fatal(err)
			}
			templated := renderer(t)
			templated.Templates, templated.Log = templates{source: source}, slog.New(slog.DiscardHandler)
			got, err := templated.Render(t.Context(), s.Message, s.To(language.Tag), now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Subject+want.Text.Reveal()+want.HTML.Reveal(), got.Subject+got.Text.Reveal()+got.HTML.Reveal()); diff != "" {
				t.Errorf("%s in %s says something else (-built in +as a template):\n%s\n%s", s.Name, language.Tag, diff, source)
			}
		}
	}
}

// templates has one template for everything.
type templates struct {
	source string
	err    error
}

func (t templates) MailTemplate(_ context.Context, k notify.Kind, l string) (notify.Template, bool, error) {
	return notify.Template{Kind: k, Language: l, Source: t.source}, t.err == nil, t.err
}

const head = "Subject: {{.Brand}}: hello\nTitle: Hello\n\n"

func TestWrongTemplatesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct{ source, says string }{
		"nothing":                {"", "the template is empty"},
		"no subject":             {"Title: x\n\ny\n", `line 1: a mail begins with "Subject: …"`},
		"no title":               {"Subject: x\n\ny\n", `line 1: a mail begins with "Subject: …"`},
		"a subject now and then": {"Subject: {{if .Until}}x{{end}}\nTitle: x\n\n[button]\n", "line 1: a mail begins"},
		"a field of its own":     {"Subject: x\nTitle: y\nBcc: mallory@example.com\n\nz\n", "line 3: there is no field Bcc in the head"},
		"a field before all":     {"Reply-To : a@example.com\n\nSubject: x\nTitle: y\n", "line 1: there is no field Reply-To"},
		"a subject twice":        {"Subject: x\nTitle: y\nSubject: z\n", "line 3: Subject stands once"},
		"a title twice":          {"Subject: x\nTitle: y\nTitle: z\n", "line 3: Title stands once"},
		"an unknown variable":    {head + "one\n\ntwo {{.Password}}\n", "line 6: there is no variable .Password in this mail"},
		"another mail's":         {head + "{{.Code}}\n", "line 4: there is no variable .Code"},
		"unknown in a question":  {head + "{{if .Nobody}}x{{end}}\n", "line 4: there is no variable .Nobody"},
		"a field of a field":     {head + "{{.Brand.Secret}}\n", "line 4: .Brand.Secret is not possible"},
		"not closed":             {head + "\n{{if .Brand}}x\n", "line 6: unexpected EOF"},
		"half a variable":        {head + "{{.Brand\n", "line 5: unclosed action started at mail:4"},
		"a function":             {head + "{{printf \"%s\" .Brand}}\n", "line 4: printf"},
		"a pipe":                 {head + "{{.Brand | html}}\n", "is not possible"},
		"a loop":                 {head + "{{range .Brand}}x{{end}}\n", "line 4: {{range .Brand}}"},
		"a definition":           {head + "{{define \"x\"}}{{end}}\n", "cannot define others"},
		"a call":                 {head + "{{template \"x\"}}\n", "line 4: {{template"},
		"a variable of its own":  {head + "{{$x := .Brand}}\n", "is not possible"},
		"all of it":              {head + "{{.}}\n", "line 4: . is not possible"},
		"an unknown part":        {head + "[picture]\n", "line 4: there is no part [picture]"},
		"facts twice":            {head + "[facts]\n\n[facts]\n", "line 4: [facts] stands once"},
		"facts too late":         {head + "[button]\n\n[facts]\n", "line 6: [facts] stands once, before"},
		"a code":                 {head + "[code]\n", "line 4: this mail has no code"},
		"a control character":    {head + "a\x00b\n", "line 4: a character that cannot be shown"},
		"marks of our own":       {head + "\n\ue000Brand\ue001\n", "line 5: a character that cannot be shown"},
		"too long":               {head + strings.Repeat("x", 20_001), "longer than 20000 octets"},
		"no text":                {head + "\xff\n", "not text in UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			err := renderer(t).CheckTemplate(notify.PeriodStarted, tc.source)
			says, _ := problem.Public(err)
			if err == nil || problem.KindOf(err) != problem.Invalid || !strings.Contains(says, tc.says) {
				t.Errorf("%v", err)
			}
		})
	}
	for _, kind := range []notify.Kind{notify.FactorAdded, notify.PeriodStarted, notify.PeriodReminder, notify.PeriodExpired} {
		for name, source := range map[string]string{"never": head + "bye\n", "not always": head + "{{if .Help}}[button: go]{{end}}\n"} {
			if err := renderer(t).CheckTemplate(kind, source); err == nil || !strings.Contains(err.Error(), "for its link") {
				t.Errorf("%s has its button %s: %v", kind, name, err)
			}
		}
	}
	if err := renderer(t).CheckTemplate(notify.Exempted, head+"bye\n"); err != nil {
		t.Errorf("a mail without a link: %v", err)
	}
	if err := renderer(t).CheckTemplate("greeting", head); problem.KindOf(err) != problem.NotFound {
		t.Errorf("an unknown kind: %v", err)
	}
	const good = "Subject: {{.Brand}}\r\nTitle: {{if .Length}}{{.Length}}{{else if .Until}}{{.Until}}{{else}}x{{end}}\r\n\r\n{{/* a remark */ -}}\r\n\r\na\r\nBy the way: b\r\nCc: c\r\n\r\n[button: go]\r\n"
	if err := renderer(t).CheckTemplate(notify.PeriodStarted, good); err != nil {
		t.Error(err)
	}
}

// TestATroubledTemplateHoldsUpNothing: the built-in words stand in for it.
func TestATroubledTemplateHoldsUpNothing(t *testing.T) {
	m := samples()["period-started"]
	want, err := renderer(t).Render(t.Context(), m, alice("en"), now)
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]templates{
		"cannot be read": {err: errors.New("no database")},
		"is broken":      {source: "Subject: {{.Nobody}}"},
		"is of old":      {source: "Title: {{"},
	} {
		var log strings.Builder
		r := renderer(t)
		r.Templates, r.Log = broken, slog.New(slog.NewTextHandler(&log, nil))
		got, err := r.Render(t.Context(), m, alice("en"), now)
		if err != nil || got.Text != want.Text || !strings.Contains(log.String(), "built-in words") {
			t.Errorf("%s: %v\n%s", name, err, log.String())
		}
	}
}

// TestValuesAreNoTemplate: what came from a door stays text.
func TestValuesAreNoTemplate(t *testing.T) {
	r := renderer(t)
	r.Templates = templates{source: "Subject: at {{.Client}}\nTitle: x\n\n{{.Client}}\n\n[button: go]\n"}
	r.Log = slog.New(slog.DiscardHandler)
	m := samples()["enroll-link-door"]
	m.Data = maps.Clone(m.Data)
	m.Data["client"] = "{{.Code}} [code] \ue000Code\ue001 <b>\r\n[code]\r\n"
	e, err := r.Render(t.Context(), m, alice("en"), now)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(e.Text.Reveal(), "Or open") || strings.Contains(e.Subject, "K7MQ-2PXZ") || strings.Contains(e.HTML.Reveal(), "<b>") || e.Check() != nil {
		t.Errorf("%s\n%s", e.Subject, e.Text.Reveal())
	}
}

// FuzzTemplate: whatever is accepted can be said, with everything and with
// nothing, and whatever is refused is refused as a mistake.
func FuzzTemplate(f *testing.F) {
	r := renderer(f)
	for _, kind := range notify.Kinds() {
		f.Add(r.BuiltIn(kind, "de"))
	}
	f.Add(head + "{{if .Length}}[facts]{{end}}\n[button: {{.Until}}]\n[x")
	f.Fuzz(func(t *testing.T, source string) {
		for _, kind := range []notify.Kind{notify.PeriodStarted, notify.EnrollLink} {
			err := r.CheckTemplate(kind, source)
			if err != nil {
				if problem.KindOf(err) != problem.Invalid {
					t.Fatalf("%v", err)
				}
				continue
			}
			e, err := r.Preview(t.Context(), kind, "en", source, now)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			staysAtHome(t, e)
		}
	})
}
