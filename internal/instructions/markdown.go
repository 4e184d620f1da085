package instructions

import (
	"bytes"
	"html"
	"html/template"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markup "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// markdown reads CommonMark, and addresses without brackets as links. What it
// writes is well-formed XML; HTML of the source it never writes.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewLinkify(
		extension.WithLinkifyAllowedProtocols([]string{"http:", "https:", "mailto:"}),
	)),
	goldmark.WithRendererOptions(markup.WithXHTML()),
)

// Check says what is wrong with instructions: a problem whose text names the
// line. Nil: nothing is.
func Check(source string) error {
	if m := mistakeIn(source); m != nil {
		return m.problem()
	}
	return nil
}

func mistakeIn(source string) *Mistake {
	switch {
	case !utf8.ValidString(source):
		return &Mistake{Fault: FaultEncoding}
	case utf8.RuneCountInString(source) > Longest:
		return &Mistake{Fault: FaultLong}
	case strings.TrimSpace(source) == "":
		return &Mistake{Fault: FaultEmpty}
	}
	if at := strings.IndexFunc(source, unshown); at >= 0 {
		return &Mistake{Fault: FaultUnshown, Line: lineOf(source, at)}
	}
	return mistakeOf(parse(source), []byte(source))
}

// unshown reports whether r shows nothing, or not what it is.
func unshown(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Co, unicode.Bidi_Control) ||
		r == utf8.RuneError || r == '\ufeff' || r&0xfffe == 0xfffe
}

func parse(source string) ast.Node { return markdown.Parser().Parse(text.NewReader([]byte(source))) }

// mistakeOf finds the first thing in a document that is not possible.
func mistakeOf(document ast.Node, source []byte) (found *Mistake) {
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if found = mistakeAt(n, source); found != nil {
			found.Line = lineOf(string(source), offsetOf(n))
			return ast.WalkStop, nil //nolint:nilerr // it is what was looked for
		}
		return ast.WalkContinue, nil
	})
	return found
}

func mistakeAt(n ast.Node, source []byte) *Mistake {
	switch n := n.(type) {
	case *ast.HTMLBlock:
		given := ""
		if n.Lines().Len() > 0 {
			line := n.Lines().At(0)
			given = string(line.Value(source))
		}
		return &Mistake{Fault: FaultHTML, Given: short(given)}
	case *ast.RawHTML:
		return &Mistake{Fault: FaultHTML, Given: short(string(n.Segments.Value(source)))}
	case *ast.Image:
		return &Mistake{Fault: FaultPicture, Given: short(string(n.Destination))}
	case *ast.Link:
		if !leadsOut(string(n.Destination)) {
			return &Mistake{Fault: FaultLink, Given: short(string(n.Destination))}
		}
	case *ast.AutoLink:
		if n.AutoLinkType == ast.AutoLinkURL && !leadsOut(string(n.URL(source))) {
			return &Mistake{Fault: FaultLink, Given: short(string(n.URL(source)))}
		}
	}
	return nil
}

// leadsOut reports whether an address is one of a web page or of a mailbox.
func leadsOut(address string) bool {
	u, err := url.Parse(address)
	if err != nil || strings.ContainsFunc(address, unicode.IsSpace) {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Hostname() != "" && u.User == nil && strings.IndexFunc(u.Host, notInHost) < 0
	case "mailto":
		return u.Opaque != ""
	default:
		return false
	}
}

// notInHost reports whether r is no part of a host and a port.
func notInHost(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_:[]", r)
}

// offsetOf is where a node begins in the source, as far as can be told.
func offsetOf(n ast.Node) int {
	if raw, ok := n.(*ast.RawHTML); ok && raw.Segments.Len() > 0 {
		return raw.Segments.At(0).Start
	}
	if t, ok := n.FirstChild().(*ast.Text); ok && n.Type() == ast.TypeInline {
		return t.Segment.Start
	}
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start
		}
	}
	return 0
}

func lineOf(source string, offset int) int {
	return 1 + strings.Count(source[:min(offset, len(source))], "\n")
}

// short is a piece of the source on one line, for a message.
func short(s string) string {
	const longest = 60
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}

// HTML is how instructions are shown, below a page's own title. What Check
// refuses is shown as it was written: it may have been kept by a version that
// knew less.
func HTML(source string) template.HTML {
	if mistakeIn(source) != nil {
		return asWritten(source)
	}
	document := parse(source)
	outline(document)
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, []byte(source), document); err != nil {
		return asWritten(source)
	}
	return template.HTML(visible(b.String())) //nolint:gosec // checked, and written by a renderer that escapes
}

// lowestHeading is that of HTML.
const lowestHeading = 6

// outline makes the headings follow the page's own without a gap (WCAG 2.2,
// success criterion 1.3.1), whatever the first of them was written as.
func outline(document ast.Node) {
	var above []int // levels as they were written
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		h, ok := n.(*ast.Heading)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		for len(above) > 0 && above[len(above)-1] >= h.Level {
			above = above[:len(above)-1]
		}
		above = append(above, h.Level)
		h.Level = min(1+len(above), lowestHeading)
		return ast.WalkContinue, nil
	})
}

func asWritten(source string) template.HTML {
	return template.HTML("<pre>" + html.EscapeString(visible(source)) + "</pre>") //nolint:gosec // escaped
}

// visible puts a sign in the place of what shows nothing, which may have come
// as a reference like "&#1;".
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unshown(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
