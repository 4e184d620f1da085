package notify

import (
	"context"
	"time"

	"example.com/muster/internal/problem"
)

// Template is what an administrator wants a kind of message to say, instead
// of the words that are built in. It is plain text:
//
//	Subject: {{.Brand}}: please set up your second step
//	Title: Please set up your second step
//
//	Paragraphs, with an empty line between them.
//
//	[facts]
//
//	[button: Set up now]
//
// Greeting, foot and form are those of every mail, so that a template can
// neither break a page nor load anything. What stands in brackets is put in
// there: the facts that the message has, the button with its link, the code.
// A variable is {{.Name}}; {{if .Name}} … {{else}} … {{end}} asks whether
// there is one.
type Template struct {
	Kind      Kind
	Language  string // a tag of the catalogue
	Source    string
	ChangedAt time.Time
	ChangedBy string
}

// Templates is where templates are kept.
type Templates interface {
	// MailTemplate returns the template for a kind of message in a language;
	// found is false if the built-in words are to be used.
	MailTemplate(ctx context.Context, kind Kind, language string) (t Template, found bool, err error)
}

// CheckTemplate says what is wrong with a template: a problem whose text names
// the line. Nil: nothing is, whatever a message holds.
func (r *Renderer) CheckTemplate(kind Kind, source string) error {
	write, known := letters[kind]
	if !known {
		return noSuchKind(kind)
	}
	d, err := parseDraft(kind, source)
	if err != nil {
		return err
	}
	built := write(r.skeleton(kind, "en", true))
	for _, filled := range []bool{true, false} { // both ways through every condition on one thing
		laid, err := d.layOut(d.sample(filled))
		if err == nil {
			err = laid.fits(&built)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Preview returns what a message says by a template, to a made-up person. An
// empty source means the built-in words. The error is a problem about the
// template or the kind.
func (r *Renderer) Preview(ctx context.Context, kind Kind, language, source string, now time.Time) (Envelope, error) {
	sample, ok := SampleOf(kind, now, r.PublicURL)
	if !ok {
		return Envelope{}, noSuchKind(kind)
	}
	if source != "" {
		if err := r.CheckTemplate(kind, source); err != nil {
			return Envelope{}, err
		}
	}
	return r.render(sample.Message, sample.To(language), now, source, r.withInstructions(ctx))
}

// BuiltIn returns the built-in words as a template; empty if there is no such
// kind.
func (r *Renderer) BuiltIn(kind Kind, language string) string {
	write, known := letters[kind]
	if !known {
		return ""
	}
	with, without := write(r.skeleton(kind, language, true)), write(r.skeleton(kind, language, false))
	return sourceOf(&with, &without, switches[kind])
}

func noSuchKind(kind Kind) error {
	return problem.New(problem.NotFound, "there are no mails of kind %q", oneLine(string(kind))).
		WithHint("muster mail template list names them")
}
