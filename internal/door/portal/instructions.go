package portal

import (
	"context"
	"html/template"
	"net/http"
	"sync"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

// Instructions is what the company tells its people.
type Instructions interface {
	// PublishedInstructions returns what everybody reads, by language.
	PublishedInstructions(ctx context.Context) ([]instructions.Text, error)
}

// shelfLife is how long a page may not know that instructions were published
// or taken back: so often, and not more, the pages that everybody may ask for
// have the database read.
const shelfLife = 3 * time.Second

// shelf keeps what is published, ready to be shown. It is safe for concurrent
// use.
type shelf struct {
	source Instructions

	mu    sync.Mutex
	until time.Time
	texts []instructions.Text
	err   error            // of the last time they were read
	pages map[string]shown // by language
}

// shown is a text as it is shown.
type shown struct {
	source string
	html   template.HTML
}

// published returns what there is, at most shelfLife old; what there was if it
// cannot be read now.
func (s *shelf) published(ctx context.Context, now time.Time) ([]instructions.Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) && s.until.Sub(now) <= shelfLife { // the clock may be set back
		return s.texts, s.err
	}
	texts, err := s.source.PublishedInstructions(ctx)
	if err == nil {
		s.texts = texts
	}
	s.until, s.err = now.Add(shelfLife), err
	return s.texts, err
}

// page returns a text as it is shown, made once.
func (s *shelf) page(t instructions.Text) template.HTML {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.pages[t.Language]; known.source == t.Source {
		return known.html
	}
	if s.pages == nil {
		s.pages = make(map[string]shown)
	}
	made := shown{t.Source, instructions.HTML(t.Source)}
	s.pages[t.Language] = made
	return made.html
}

// instructionsLink is where the company's instructions stand; empty if there
// are none. No page fails because that cannot be found out.
func (d *Door) instructionsLink(r *web.Request) string {
	texts, _ := d.shelf.published(r.Context(), r.Began) // what there was will do
	if len(texts) == 0 {
		return ""
	}
	return operator.InstructionsPath
}

// showInstructions shows everybody what is published: in their language, or
// else in another one.
func (d *Door) showInstructions(w http.ResponseWriter, r *web.Request) error {
	texts, err := d.shelf.published(r.Context(), r.Began)
	if err != nil && len(texts) == 0 {
		return err
	}
	t, ok := instructions.Choose(texts, r.Text.Lang())
	if !ok {
		return d.show(w, r, web.Page{Name: "instructions", Status: http.StatusNotFound, Width: "wide", Data: instructionsView{}})
	}
	view := instructionsView{HTML: d.shelf.page(t), PublishedAt: t.PublishedAt}
	if t.Language != r.Text.Lang() {
		view.Language = t.Language
	}
	return d.show(w, r, web.Page{Name: "instructions", Width: "wide", Data: view})
}
