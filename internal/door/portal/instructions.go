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

// Pages that everybody may ask for lead to the instructions, and must be there
// when the database is not.
const (
	// shelfLife is how long such a page may not know that something was
	// published or taken back: so often, and not more, the database is asked.
	shelfLife = 2 * time.Second
	// shelfPatience is how long one of these pages waits for the answer. Others
	// that are asked for meanwhile do not wait.
	shelfPatience = 500 * time.Millisecond
	// shelfTimeout is when a database that does not answer is given up.
	shelfTimeout = 10 * time.Second
)

// shelf knows what is published. It is safe for concurrent use.
type shelf struct {
	source Instructions

	mu      sync.Mutex
	until   time.Time
	reading bool
	texts   []instructions.Text
	pages   map[string]shown // by language
}

// shown is a text as it is shown.
type shown struct {
	source string
	html   template.HTML
}

// read returns what there is now.
func (s *shelf) read(ctx context.Context) ([]instructions.Text, error) {
	texts, err := s.source.PublishedInstructions(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = texts
	return texts, nil
}

// known returns what there was a moment ago; what there was when it could last
// be read, while the database is away.
func (s *shelf) known(ctx context.Context, now time.Time) []instructions.Text {
	s.mu.Lock()
	fresh := now.Before(s.until) && s.until.Sub(now) <= shelfLife // the clock may be set back
	if !fresh && !s.reading {
		s.reading = true
		s.mu.Unlock()
		s.refresh(context.WithoutCancel(ctx), now)
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	return s.texts
}

// refresh reads what there is, and does not wait long for it.
func (s *shelf) refresh(ctx context.Context, now time.Time) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(ctx, shelfTimeout)
		defer cancel()
		_, _ = s.read(ctx) // what there was will do
		s.mu.Lock()
		defer s.mu.Unlock()
		s.until, s.reading = now.Add(shelfLife), false
	}()
	select {
	case <-done:
	case <-time.After(shelfPatience):
	}
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
// are none.
func (d *Door) instructionsLink(r *web.Request) string {
	if len(d.shelf.known(r.Context(), r.Began)) == 0 {
		return ""
	}
	return operator.InstructionsPath
}

// showInstructions shows everybody what is published: in their language, or
// else in another one. What was taken back a moment ago is not shown any more.
func (d *Door) showInstructions(w http.ResponseWriter, r *web.Request) error {
	texts, err := d.shelf.read(r.Context())
	if err != nil {
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
