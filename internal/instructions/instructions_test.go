package instructions_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/problem"
)

const good = `# Where to begin

Our VPN client is **FortiClient**, version 7 (*not* 6). Get it at https://vpn.example.com/client
or from the [help desk's page](https://help.example.com/?a=1&b=2 "help").

## Hours

- Monday to Friday, 8 to 17
- Mails to <help@example.com> and [the night shift](mailto:night@example.com)

1. Connect.
2. Type ` + "`123456`" + `.

> 5 < 6 & "so on"

---

    indented
`

func TestWhatIsShown(t *testing.T) {
	if err := instructions.Check(good); err != nil {
		t.Fatal(err)
	}
	got := string(instructions.HTML(good))
	for _, want := range []string{
		"<h2>Where to begin</h2>", "<h3>Hours</h3>", "<strong>FortiClient</strong>", "<em>not</em>",
		`<a href="https://vpn.example.com/client">`, `<a href="https://help.example.com/?a=1&amp;b=2" title="help">`,
		`<a href="mailto:help@example.com">`, `<a href="mailto:night@example.com">`, "<ol>\n<li>Connect.</li>",
		"<code>123456</code>", "5 &lt; 6 &amp; &quot;so on&quot;", "<hr />",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in:\n%s", want, got)
		}
	}
	harmless(t, got)
}

func TestWhatIsRefused(t *testing.T) {
	for source, want := range map[string]instructions.Mistake{
		"":      {Fault: instructions.FaultEmpty},
		" \n\t": {Fault: instructions.FaultEmpty},
		"\xff":  {Fault: instructions.FaultEncoding},
		strings.Repeat("ä", instructions.Longest+1): {Fault: instructions.FaultLong},
		"a\n\x00":                                   {Fault: instructions.FaultUnshown, Line: 2},
		"a \u202emoc.elpmaxe":                       {Fault: instructions.FaultUnshown, Line: 1},
		"a\n\n<script>alert(1)</script>":            {Fault: instructions.FaultHTML, Line: 3, Given: "<script>alert(1)</script>"},
		"a\nb <img src=x onerror=y> c":              {Fault: instructions.FaultHTML, Line: 2, Given: "<img src=x onerror=y>"},
		"<!-- x -->":                                {Fault: instructions.FaultHTML, Line: 1, Given: "<!-- x -->"},
		"x\n\n![a](https://example.com/)":           {Fault: instructions.FaultPicture, Line: 3, Given: "https://example.com/"},
		"[a](javascript:alert(1))":                  {Fault: instructions.FaultLink, Line: 1, Given: "javascript:alert(1)"},
		"[a](JaVaScRiPt:alert(1))":                  {Fault: instructions.FaultLink, Line: 1, Given: "JaVaScRiPt:alert(1)"},
		"[a](javascript&colon;alert(1))":            {Fault: instructions.FaultLink, Line: 1, Given: "javascript&colon;alert(1)"},
		"[a](&#106;avascript:alert(1))":             {Fault: instructions.FaultLink, Line: 1, Given: "&#106;avascript:alert(1)"},
		"<javascript:alert(1)>":                     {Fault: instructions.FaultLink, Line: 1, Given: "javascript:alert(1)"},
		"[a](data:text/html,x)":                     {Fault: instructions.FaultLink, Line: 1, Given: "data:text/html,x"},
		"[a](//example.net)":                        {Fault: instructions.FaultLink, Line: 1, Given: "//example.net"},
		"[a](/signin?next=x)":                       {Fault: instructions.FaultLink, Line: 1, Given: "/signin?next=x"},
		"[a](https://mfa.example.com@example.net/)": {Fault: instructions.FaultLink, Line: 1, Given: "https://mfa.example.com@example.net/"},
		"a\n\n[b][c]\n\n[c]: vbscript:x":            {Fault: instructions.FaultLink, Line: 3, Given: "vbscript:x"},
		"[](ftp://example.com)":                     {Fault: instructions.FaultLink, Line: 1, Given: "ftp://example.com"},
	} {
		err := instructions.Check(source)
		got, ok := errors.AsType[*instructions.Mistake](err)
		if !ok || *got != want || problem.KindOf(err) != problem.Invalid {
			t.Errorf("%q: %+v, want %+v", source, got, want)
		}
		harmless(t, string(instructions.HTML(source)))
	}
}

func TestEveryFaultHasWords(t *testing.T) {
	seen := map[string]bool{}
	for _, source := range []string{"", "\xff", strings.Repeat("x", instructions.Longest+1), "\x00", "<b>", "![](x)", "[x](y)"} {
		said, _ := problem.Public(instructions.Check(source))
		if said == "" || seen[said] {
			t.Errorf("%.20q: %q", source, said)
		}
		seen[said] = true
	}
	if len(seen) != len(instructions.Faults()) {
		t.Errorf("%d faults were tried of %d", len(seen), len(instructions.Faults()))
	}
}

// TestTheLongest is possible, and one character is one, however many octets.
func TestTheLongest(t *testing.T) {
	if err := instructions.Check(strings.Repeat("ä", instructions.Longest)); err != nil {
		t.Error(err)
	}
}

// TestHeadingsFollowThePages without a gap.
func TestHeadingsFollowThePages(t *testing.T) {
	got := string(instructions.HTML("### a\n# b\n#### c\n## d\n# e\n## f\n### g\n#### h\n##### i\n###### j\n"))
	want := "<h2>a</h2>\n<h2>b</h2>\n<h3>c</h3>\n<h3>d</h3>\n<h2>e</h2>\n<h3>f</h3>\n<h4>g</h4>\n<h5>h</h5>\n<h6>i</h6>\n<h6>j</h6>\n"
	if got != want {
		t.Errorf("%s", got)
	}
}

// TestNothingTakesLong: a text of the greatest length is shown at once,
// whatever it is made of.
func TestNothingTakesLong(t *testing.T) {
	for _, piece := range []string{"[", "![", "*", "_a", "`", "> ", "<", "[a](", "- ", "&", "\\", "\n\n#", "[a][", "**a *", "]("} {
		began := time.Now()
		instructions.HTML(strings.Repeat(piece, instructions.Longest/len(piece)))
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %v", piece, took)
		} else {
			t.Logf("%q: %v", piece, took)
		}
	}
}

func TestChoose(t *testing.T) {
	en, de := instructions.Text{Language: "en", Source: "x"}, instructions.Text{Language: "de", Source: "y"}
	for _, tc := range []struct {
		list     []instructions.Text
		language string
		want     string
		ok       bool
	}{
		{nil, "en", "", false},
		{[]instructions.Text{de, en}, "en", "x", true},
		{[]instructions.Text{de, en}, "de", "y", true},
		{[]instructions.Text{de}, "en", "y", true},
	} {
		got, ok := instructions.Choose(tc.list, tc.language)
		if got.Source != tc.want || ok != tc.ok {
			t.Errorf("%s of %d: %q, %v", tc.language, len(tc.list), got.Source, ok)
		}
	}
	if got := instructions.Settle("\ufeff a\r\nb \r\n"); got != "a\nb" {
		t.Errorf("%q", got)
	}
}

// harmless: well-formed, of few elements, with no attribute that could do
// anything, and links that lead to a web page or a mailbox.
func harmless(t *testing.T, page string) {
	t.Helper()
	elements := []string{
		"root", "p", "h2", "h3", "h4", "h5", "h6", "strong", "em", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr", "br",
	}
	reader := xml.NewDecoder(strings.NewReader("<root>" + page + "</root>"))
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !slices.Contains(elements, token.Name.Local) {
				t.Fatalf("<%s> in:\n%s", token.Name.Local, page)
			}
			for _, a := range token.Attr {
				harmlessAttribute(t, token.Name.Local, a)
			}
		case xml.Comment, xml.ProcInst, xml.Directive:
			t.Fatalf("%T in:\n%s", token, page)
		}
	}
}

func harmlessAttribute(t *testing.T, element string, a xml.Attr) {
	t.Helper()
	switch element + " " + a.Name.Local {
	case "a href":
		u, err := url.Parse(a.Value)
		if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
			t.Errorf("a link to %q", a.Value)
		}
	case "a title", "ol start", "code class":
	default:
		t.Errorf("<%s> has %s=%q", element, a.Name.Local, a.Value)
	}
}

func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		good, "<script>", "[a](javascript:alert(1))", "![x](y)", "a\n===\n- b\n  1. c", "```js\"onload=x\ny\n```", "[a]: https://x\n[a]",
		"<https://example.com/\"onclick=x>", `[x](https://e.com "t\" onclick=\"y")`, "www.example.com/<b>", "&lt;script&gt; &#x0;&#1;", "\x00\xff\ufffe",
		"# x {onclick=y}", "| a |\n|---|\n| b |", "~~x~~", "[x](https://e.com/&quot;&gt;&lt;script&gt;)", "- [ ] x", "[^1]\n\n[^1]: y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if instructions.Check(source) == nil {
			harmless(t, string(instructions.HTML(source)))
		} else if page := string(instructions.HTML(source)); strings.ContainsAny(strings.TrimSuffix(strings.TrimPrefix(page, "<pre>"), "</pre>"), "<>") {
			t.Errorf("%q became %q", source, page)
		}
	})
}
