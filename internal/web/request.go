package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
)

// Request is a request as handlers see it.
type Request struct {
	*http.Request
	// Text says messages in the language of whoever asks.
	Text *text.Printer
	// Client is where the request comes from; see [Config.TrustedProxies].
	Client netip.Addr
	// Began is when the request arrived, for every reckoning with time.
	Began time.Time

	server *Server
	zone   *time.Location
}

type requestKey struct{}

func (s *Server) newRequest(r *http.Request) *Request {
	request := &Request{
		Client: s.clientOf(r),
		Began:  s.cfg.Now(),
		server: s,
	}
	request.Request = r.WithContext(context.WithValue(r.Context(), requestKey{}, request))
	request.Text = s.texts.For(request.Cookie(languageCookie), r.Header.Get("Accept-Language"))
	request.zone = s.cfg.Zone
	request.TellTimesIn(request.Cookie(zoneCookie))
	return request
}

func requestOf(r *http.Request) *Request {
	request, ok := r.Context().Value(requestKey{}).(*Request)
	if !ok {
		panic("web: a handler was called past the server")
	}
	return request
}

// Speak makes the rest of the request speak a language, for people whose
// choice is known once they are signed in. Empty changes nothing.
func (r *Request) Speak(language string) {
	if language != "" {
		r.Text = r.server.texts.For(r.Cookie(languageCookie), language)
	}
}

// Field returns a field of a posted form as it was typed. The query of the
// URL is never looked at: what may not stand in a log or a history cannot be
// given there.
func (r *Request) Field(name string) string {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return ""
	}
	return r.PostForm.Get(name)
}

// Fields returns every value of a field of a posted form, for check boxes.
func (r *Request) Fields(name string) []string {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return nil
	}
	return r.PostForm[name]
}

// Secret returns a field of a posted form that must not be printed.
func (r *Request) Secret(name string) secret.Text { return secret.New(r.Field(name)) }

// Query returns a parameter of the URL: filters, pages, sort orders.
func (r *Request) Query(name string) string { return r.URL.Query().Get(name) }

// Agent returns the User-Agent header, cut to a length that can be stored.
func (r *Request) Agent() string {
	const limit = 250
	agent := r.UserAgent()
	return agent[:min(len(agent), limit)]
}

// Moment says when, in the reader's zone and language.
func (r *Request) Moment(t time.Time) string { return r.Text.Moment(t, r.Began, r.zone) }

// Zoned is Moment with the zone named, for ends.
func (r *Request) Zoned(t time.Time) string { return r.Text.Zoned(t, r.Began, r.zone) }

// Day writes a day in the reader's zone.
func (r *Request) Day(t time.Time) string { return r.Text.Day(t, r.zone) }

// Hour writes the time of day in the reader's zone for the axis of a plot, the
// same in all languages.
func (r *Request) Hour(t time.Time) string { return t.In(r.zone).Format("15:04") }

// Redirect sends the browser to a path of ours to read on there. After a POST
// it asks with GET, so that reloading repeats nothing.
func (r *Request) Redirect(w http.ResponseWriter, path string) error {
	http.Redirect(w, r.Request, LocalPath(path), http.StatusSeeOther) //nolint:gosec // LocalPath stays here
	return nil
}

// LocalPath returns path if it leads to a page of ours, else "/". What begins
// with two slashes, or a slash and a backslash, is another host to a browser.
func LocalPath(path string) string {
	if len(path) == 0 || path[0] != '/' || len(path) > 1 && path[1] == '/' {
		return "/"
	}
	for _, c := range path {
		if c < ' ' || c == 0x7f || c == '\\' {
			// Browsers drop control characters, and what is left may read "//";
			// net/http makes "/./\host" shorter, and what is left reads "/\host".
			return "/"
		}
	}
	return path
}
