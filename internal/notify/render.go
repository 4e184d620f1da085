package notify

import (
	"context"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"net/url"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
)

//go:embed templates/mail.html templates/mail.txt
var templateFiles embed.FS

var (
	htmlTemplate = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/mail.html"))
	textTemplate = texttemplate.Must(texttemplate.ParseFS(templateFiles, "templates/mail.txt"))
)

// ErrExpired is returned by Render for a message whose link or code is over:
// it would only mislead. It is permanent.
var ErrExpired = Permanent(errors.New(ProblemLapsed))

// Renderer gives messages their words. All fields but the last five are
// required.
type Renderer struct {
	Catalogue *text.Catalogue
	Zone      *time.Location // that times are told in to whoever has none of their own
	PublicURL string         // of the portal, without a slash at the end
	Brand     string         // the company's name
	Colour    string         // "#rrggbb", dark enough for white text on it
	Help      string         // whom to ask for help; may be empty
	Logo      *Picture       // beside the company's name; nil: none
	Templates Templates      // nil: the built-in words alone
	Log       *slog.Logger   // required with Templates and Instructions

	Instructions Instructions // that mails lead to; nil: none
}

// Render returns m in the words of the person it goes to, as it is at now: by
// the template of its kind, if there is one. An error is permanent: the
// message lacks what its kind must tell, or see [ErrExpired]. A template that
// cannot be used or read is no error: the built-in words stand in for it.
func (r *Renderer) Render(ctx context.Context, m Message, to *directory.Person, now time.Time) (Envelope, error) {
	source := ""
	if r.Templates != nil {
		t, found, err := r.Templates.MailTemplate(ctx, m.Kind, r.Catalogue.For(to.Language).Lang())
		if err != nil && ctx.Err() == nil { // else it does not go out
			r.Log.Warn("a mail goes out in the built-in words: its template cannot be read", "kind", m.Kind, "error", err)
		} else if found {
			source = t.Source
		}
	}
	instructed := r.withInstructions(ctx)
	e, err := r.render(m, to, now, source, instructed)
	if err != nil && source != "" && !errors.Is(err, ErrExpired) {
		r.Log.Warn("a mail goes out in the built-in words: its template cannot be used", "kind", m.Kind, "error", err)
		return r.render(m, to, now, "", instructed)
	}
	return e, err
}

// render is Render by a template; an empty source is the built-in words.
// instructed says that the company's instructions are published.
func (r *Renderer) render(m Message, to *directory.Person, now time.Time, source string, instructed bool) (Envelope, error) {
	w := writer{instructed: instructed, Renderer: r, Printer: r.Catalogue.For(to.Language), message: m, to: to, zone: to.Zone(r.Zone)}
	write, known := letters[m.Kind]
	if !known {
		return Envelope{}, Permanent(fmt.Errorf("there are no words for messages of kind %q", m.Kind))
	}
	l := write(&w)
	until := w.instant("until")
	switch {
	case w.err != nil:
		return Envelope{}, Permanent(fmt.Errorf("message of kind %q: %w", m.Kind, w.err))
	case !until.IsZero() && !now.Before(until):
		return Envelope{}, ErrExpired
	}
	if source != "" {
		if err := w.retell(&l, source); err != nil {
			return Envelope{}, Permanent(err)
		}
	}
	w.frame(&l)
	l.Links = []string{w.page(guidePath), w.page(instructionsPath)}

	var html, plain strings.Builder
	if err := htmlTemplate.Execute(&html, l); err != nil {
		return Envelope{}, Permanent(err)
	}
	if err := textTemplate.Execute(&plain, l); err != nil {
		return Envelope{}, Permanent(err)
	}
	return Envelope{
		ID: m.ID, Kind: m.Kind, To: Address{Name: to.DisplayName, Mail: to.Email}, Language: w.Lang(), At: m.ID.Time(),
		Subject: l.Subject, Text: secret.New(foldLines(plain.String())), HTML: secret.New(html.String()), Logo: r.Logo,
	}, nil
}

// textWidth is how wide a line of plain text may be: some mail programs show
// lines as they are, and those who answer put a mark before each (RFC 3676
// section 4.2).
const textWidth = 72

// foldLines breaks long lines between words. A word that is longer, such as an
// address, stays whole.
func foldLines(plain string) string {
	var b strings.Builder
	for line := range strings.Lines(plain) {
		width := 0
		if utf8.RuneCountInString(line) <= textWidth+1 {
			b.WriteString(line)
			continue
		}
		for word := range strings.FieldsSeq(line) {
			n := utf8.RuneCountInString(word)
			switch {
			case width > 0 && width+1+n > textWidth:
				b.WriteByte('\n')
				width = 0
			case width > 0:
				b.WriteByte(' ')
				width++
			}
			b.WriteString(word)
			width += n
		}
		if strings.HasSuffix(line, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// retell makes a letter say what a template says.
func (w *writer) retell(l *letter, source string) error {
	d, err := parseDraft(w.message.Kind, source)
	if err != nil {
		return err
	}
	timed := w.timed // by the facts, which the template may leave out
	laid, err := d.layOut(w.values())
	if err != nil {
		return err
	}
	w.timed = timed && laid.facts || timeVariable.MatchString(source)
	laid.apply(l)
	return w.err
}

// letter is what a mail says, apart from its form.
type letter struct {
	Lang     string
	Brand    string
	Colour   string
	Logo     bool // a picture comes with the mail, as cid:logo
	Subject  string
	Title    string
	Greeting string
	Lead     []string // paragraphs before the facts
	Facts    []fact
	Then     []string // paragraphs after them, which lead to the action
	Action   *action  // the one thing to do; nil: none
	Code     *fact    // to type where the link cannot be followed; nil: none
	After    []string // paragraphs after the action
	Foot     []string
	Links    []string // addresses of ours that can be followed where a paragraph has one
}

// Linked is a paragraph in HTML, in which addresses of ours can be followed.
// One is told by what does not go on like an address.
func (l letter) Linked(paragraph string) htmltemplate.HTML {
	said := htmltemplate.HTMLEscapeString(paragraph)
	for _, link := range l.Links {
		address := htmltemplate.HTMLEscapeString(link)
		first, others, found := strings.Cut(said, address)
		for said = first; found; {
			shown := address
			if others == "" || strings.ContainsAny(others[:1], " .,;:!)") {
				shown = `<a href="` + address + `" style="color:inherit">` + address + `</a>`
			}
			first, others, found = strings.Cut(others, address)
			said += shown + first
		}
	}
	return htmltemplate.HTML(said) //nolint:gosec // escaped above, and the links are of the configuration
}

type fact struct{ Label, Value string }

type action struct{ Label, URL string }

// writer writes one letter. Its methods note the first thing that is wrong
// with the message.
type writer struct {
	*Renderer
	*text.Printer

	message Message
	to      *directory.Person
	zone    *time.Location // of whom it goes to
	timed   bool           // a time was told

	instructed bool // the company's instructions are published

	err error

	skeleton bool // variables stand for all that the message tells
}

// value returns an entry of the message's data as one harmless line, empty if
// there is none.
func (w *writer) value(name string) string {
	if w.skeleton && w.message.Data[name] != "" {
		return dotted(name)
	}
	return oneLine(w.message.Data[name])
}

// required is value for what the message makes no sense without.
func (w *writer) required(name string) string {
	v := w.value(name)
	if v == "" && w.err == nil {
		w.err = fmt.Errorf("%s is missing", name)
	}
	return v
}

// instant reads an entry that is an RFC 3339 instant; the zero time if there
// is none.
func (w *writer) instant(name string) time.Time {
	v := w.message.Data[name]
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s is no instant", name)
	}
	return t
}

// moment says an instant that the message must have, with its date: a mail may be read a week later, when
// "today" has become another day.
func (w *writer) moment(name string) string {
	if told := w.required(name); w.skeleton {
		return told
	}
	t := w.instant(name)
	w.timed = true
	return w.T("mail.moment", "Day", w.Day(t, w.zone), "Clock", w.Clock(t, w.zone), "Zone", w.ZoneAt(t, w.zone))
}

// link returns the address in the message, perhaps with a fragment.
func (w *writer) link() string {
	v := w.required("url")
	if w.skeleton {
		return v
	}
	u, err := url.Parse(v)
	if w.err == nil && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		w.err = errors.New("url is no address")
	}
	return v
}

// page returns the address of one of our pages.
func (w *writer) page(path string) string { return w.PublicURL + path }

// frame adds what all letters have in common.
func (w *writer) frame(l *letter) {
	l.Lang, l.Brand, l.Colour, l.Logo = w.Lang(), w.Brand, w.Colour, w.Logo != nil
	l.Greeting = w.T("mail.greeting", "Name", oneLine(w.to.Name()))
	if w.timed {
		l.Foot = append(l.Foot, w.T("mail.zone", "Zone", w.zone.String()))
	}
	if w.Help != "" {
		l.Foot = append(l.Foot, w.T("mail.help", "Help", w.Help))
	}
	l.Foot = append(l.Foot, w.T("mail.why", "Brand", w.Brand))
}

// oneLine makes a value that came from a door or a form harmless in a text:
// one line, no control or invisible characters, not long.
func oneLine(s string) string {
	const longest = 300
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), blank), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}

// blank reports whether r shows nothing: spaces, line ends, controls, and the
// characters that turn the direction of writing.
func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// LastFact is the index of the last fact, for the template.
func (l letter) LastFact() int { return len(l.Facts) - 1 }

// errNoNumber is the error about an entry that should be a number.
func errNoNumber(name string) error { return fmt.Errorf("%s is no number", name) }
