package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"

	"example.com/muster/internal/text"
)

//go:embed templates/*.html templates/pages/*.html
var ownTemplates embed.FS

// Pages are the pages of one door, each parsed once for each language: what a
// message says is known then, so that showing a page fills in only what
// differs between two requests. That takes some hundred kilobytes a page, so
// it is done when a page is first shown: most servers answer gateways, and
// hardly ever show most pages.
type Pages struct {
	server *Server
	byName map[string]map[string]*sheets // page → language → templates
	kept   sync.Map                      // keptKey → []byte, of pages that say Same
}

type keptKey struct{ name, lang, path, instructions string }

// Page is one page to show.
type Page struct {
	Name    string // of the template file, without ".html"
	Status  int    // 200 if zero
	Data    any    // .Data in the template
	Person  string // who is signed in, for the head of the page; empty: nobody
	Console bool   // whether they may go to the console
	Section string // which entry of the navigation is the current one
	Notice  *Notice
	Form    *Form  // that came back, or nil
	Width   string // of the portal's middle column: "" or "wide"
	// Instructions is where the company's own stand, for a link; empty: there
	// are none.
	Instructions string
	// Same says that the page is the same for everybody who asks for this path
	// in this language and whatever zone, and at any time, but for Instructions: it is rendered once and kept. A
	// notice or a form that came back makes it another after all. Only pages
	// on a fixed path may say so.
	Same bool
	// Secret keeps the answer uncompressed: the length of a compressed page
	// tells about its content to whoever can add some of it (BREACH).
	Secret bool
}

// view is what templates see.
type view struct {
	Page
	Lang  string
	here  url.URL // for the language links
	Brand Brand
}

// In is where the same page is in another language.
func (v view) In(language string) string {
	query := v.here.Query()
	query.Set(languageParameter, language)
	return v.here.Path + "?" + query.Encode()
}

// Pages makes every template of dir a page. A page's file defines "title" and
// "main", and may define "frame" to choose another frame than the portal's.
// Files whose name begins with "_" hold parts that all pages of the door
// share: they are parsed at once, and their error is returned.
func (s *Server) Pages(files fs.FS, dir string) (*Pages, error) {
	shared, pages, err := templateFiles(files, dir)
	if err != nil {
		return nil, err
	}
	p := &Pages{server: s, byName: make(map[string]map[string]*sheets)}
	for _, lang := range s.texts.Languages() {
		printer := s.texts.For(lang.Tag)
		base := template.New("").Funcs(s.funcs(printer)).Funcs((&sheet{}).times(printer, s.cfg.Now))
		if _, err := base.ParseFS(ownTemplates, "templates/*.html"); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		if len(shared) > 0 {
			if _, err := base.ParseFS(files, shared...); err != nil {
				return nil, fmt.Errorf("web: %w", err)
			}
		}
		for _, file := range pages {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if p.byName[name] == nil {
				p.byName[name] = make(map[string]*sheets)
			}
			p.byName[name][lang.Tag] = &sheets{make: func() (*sheet, error) {
				return s.parsePage(base, files, file, printer)
			}}
		}
	}
	return p, nil
}

func templateFiles(files fs.FS, dir string) (shared, pages []string, err error) {
	all, err := fs.Glob(files, dir+"/*.html")
	if err != nil {
		return nil, nil, err
	}
	for _, file := range all {
		if strings.HasPrefix(path.Base(file), "_") {
			shared = append(shared, file)
		} else {
			pages = append(pages, file)
		}
	}
	if len(pages) == 0 {
		return nil, nil, fmt.Errorf("web: no templates in %s", dir)
	}
	return shared, pages, nil
}

func (s *Server) parsePage(base *template.Template, files fs.FS, file string, printer *text.Printer) (*sheet, error) {
	page, err := base.Clone()
	if err != nil {
		return nil, err
	}
	made := &sheet{page: page}
	if _, err := page.Funcs(made.times(printer, s.cfg.Now)).ParseFS(files, file); err != nil {
		return nil, err
	}
	for _, part := range page.Templates() {
		if part.Tree != nil {
			fold(part.Tree.Root, s.constants(printer))
		}
	}
	return made, nil
}

var pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// largestKept bounds the memory a rare long page leaves behind in the pool.
const largestKept = 256 << 10

// Show renders a page and sends it. It writes nothing if rendering fails.
func (p *Pages) Show(w http.ResponseWriter, r *Request, page Page) error {
	if page.Notice == nil {
		page.Notice = r.takeNotice(w)
	}
	buffer, _ := pageBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= largestKept {
			buffer.Reset()
			pageBuffers.Put(buffer)
		}
	}()
	body, err := p.render(buffer, r, page)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", r.Text.Lang())
	w.Header().Add("Vary", "Accept-Language, Cookie")
	if !page.Secret {
		body = p.server.packs.pack(w.Header(), r.Request, body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if page.Status != 0 {
		w.WriteHeader(page.Status)
	}
	_, _ = w.Write(body) //nolint:gosec // html/template has escaped it; if the browser has gone, nobody is left to be told
	return nil
}

// render returns the page, which may lie in buffer.
func (p *Pages) render(buffer *bytes.Buffer, r *Request, page Page) ([]byte, error) {
	same := page.Same && page.Notice == nil && page.Form.OK()
	key := keptKey{page.Name, r.Text.Lang(), r.URL.Path, page.Instructions}
	if same {
		if body, ok := p.kept.Load(key); ok {
			return body.([]byte), nil //nolint:forcetypeassert // nothing else is kept
		}
	}
	known := p.byName[page.Name][r.Text.Lang()]
	if known == nil {
		return nil, fmt.Errorf("web: no page is named %q", page.Name)
	}
	blank, err := known.take()
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	defer known.giveBack(blank)
	blank.zone = r.zone
	here := url.URL{Path: r.URL.Path}
	if !same { // a page that is kept is the same whatever it was asked with
		here.RawQuery = r.URL.RawQuery
	}
	err = blank.page.ExecuteTemplate(buffer, "frame", view{
		Page: page, Lang: r.Text.Lang(), here: here, Brand: p.server.cfg.Brand,
	})
	if err != nil {
		return nil, fmt.Errorf("web: page %s: %w", page.Name, err)
	}
	if same {
		p.kept.Store(key, bytes.Clone(buffer.Bytes()))
	}
	return buffer.Bytes(), nil
}
