package web

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"example.com/muster/internal/text"
)

// Config is what a [Server] needs. All fields are required but
// TrustedProxies and Observe.
type Config struct {
	// PublicURL is the one address people use. Requests for other hosts get
	// a page that names it. Its scheme decides about HSTS and, with http,
	// which only loopback hosts may have, about the cookies.
	PublicURL *url.URL
	Brand     Brand
	Zone      *time.Location // in which times are told to whoever is in none that is known
	Log       *slog.Logger
	Now       func() time.Time

	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Observe is told of every answered request; pattern is the route, never
	// the path, so that it is fit for a metric's label.
	Observe func(pattern string, status int, took time.Duration)
}

// Handler answers one request. An error becomes an error page with a
// reference number, and a line in the log with its cause; see [Server.Handle].
type Handler func(w http.ResponseWriter, r *Request) error

// Server is the web server of the doors. Make it with [New].
type Server struct {
	cfg      Config
	texts    *text.Catalogue
	mux      *http.ServeMux
	assets   *assets
	own      *Pages // the error pages
	guard    *http.CrossOriginProtection
	headers  http.Header
	packs    packCache
	hostname string // of PublicURL, without the port

	onLanguage func(r *Request, language string) error // nil: nothing
}

// New makes a server that knows its assets and its error pages, and answers
// every path with "not found" until doors add handlers. It returns an error if
// the brand cannot be shown: a colour that cannot be read, a logo that is no
// image.
func New(cfg Config) (*Server, error) {
	if cfg.PublicURL == nil || cfg.Zone == nil || cfg.Log == nil || cfg.Now == nil {
		return nil, errors.New("web: public address, zone, logger and clock are required")
	}
	s := &Server{
		cfg:      cfg,
		texts:    text.Default(),
		mux:      http.NewServeMux(),
		guard:    http.NewCrossOriginProtection(),
		hostname: cfg.PublicURL.Hostname(),
	}
	var err error
	if s.assets, err = newAssets(cfg.Brand); err != nil {
		return nil, err
	}
	s.headers = pageHeaders(cfg.PublicURL)
	if s.own, err = s.Pages(ownTemplates, "templates/pages"); err != nil {
		return nil, err
	}
	s.mux.Handle("GET "+assetPrefix+"{name}", s.assets)
	s.mux.Handle("GET /favicon.ico", http.HandlerFunc(s.assets.favicon))
	return s, nil
}

// Handle registers h for a pattern of [http.ServeMux]: "GET /signin". An error
// h returns is mapped by its [problem.Kind]; what h has written before is not
// taken back, so handlers render last.
func (s *Server) Handle(pattern string, h Handler) {
	s.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := requestOf(r)
		request.Request = r // carries the path values
		if answer, ok := w.(*answer); ok {
			answer.routed = true
		}
		if err := h(w, request); err != nil {
			s.fail(w, request, err)
		}
	}))
}

// Brand returns what makes the pages a company's own.
func (s *Server) Brand() Brand { return s.cfg.Brand }

// BodyLimit is the most a request's body may hold, in bytes: the longest form
// has a text of 20,000 characters, each of which takes up to twelve.
const BodyLimit = 256 << 10

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.cfg.Now()
	out := &answer{ResponseWriter: w}
	request := s.newRequest(r)
	defer func() {
		if failure := recover(); failure != nil {
			s.panicked(out, request, failure)
		}
		s.account(out, request, began)
	}()
	maps.Copy(out.Header(), s.headers)
	r = request.Request
	r.Body = http.MaxBytesReader(out, r.Body, BodyLimit)
	if !s.hostKnown(r) {
		s.failHost(out, request)
		return
	}
	if s.switchLanguage(out, request) {
		return
	}
	if err := s.guard.Check(r); err != nil {
		s.fail(out, request, errCrossOrigin(err))
		return
	}
	s.mux.ServeHTTP(out, r)
	if out.unrouted != 0 {
		s.failUnrouted(out, request)
	}
}

func (s *Server) account(out *answer, r *Request, began time.Time) {
	took := s.cfg.Now().Sub(began)
	status := out.status
	if status == 0 {
		status = http.StatusOK
	}
	s.cfg.Log.Debug("web request", "method", r.Method, "route", r.Pattern, "status", status, "took", took)
	if s.cfg.Observe != nil {
		s.cfg.Observe(r.Pattern, status, took)
	}
}

// answer watches what is written. A 404 or 405 that comes from the mux and not
// from a handler is held back, for a page to take its place.
type answer struct {
	http.ResponseWriter
	status   int
	routed   bool
	unrouted int
}

func (a *answer) WriteHeader(status int) {
	if !a.routed && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed) {
		a.unrouted = status
		return
	}
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.unrouted != 0 && !a.routed {
		return len(b), nil
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap serves [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
