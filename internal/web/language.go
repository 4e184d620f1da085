package web

import (
	"net/http"
	"time"
)

const (
	languageCookie    = "language"
	languageParameter = "lang"
	languageLifetime  = 365 * 24 * time.Hour
)

// OnLanguage has pick called when somebody picks a language on a page of ours,
// before they are sent back to it. It is to be called before the server serves.
func (s *Server) OnLanguage(pick func(r *Request, language string) error) { s.onLanguage = pick }

// switchLanguage handles the links at the foot of every page: it remembers the
// language and goes back to the same page without the parameter.
func (s *Server) switchLanguage(w http.ResponseWriter, r *Request) bool {
	if r.URL.RawQuery == "" || r.Method != http.MethodGet || !r.URL.Query().Has(languageParameter) {
		return false
	}
	query := r.URL.Query()
	chosen := s.texts.For(query.Get(languageParameter)).Lang()
	if s.onLanguage != nil && pickedHere(r) {
		if err := s.onLanguage(r, chosen); err != nil {
			s.fail(w, r, err)
			return true
		}
	}
	query.Del(languageParameter)
	r.SetCookie(w, languageCookie, chosen, languageLifetime)
	to := *r.URL
	to.RawQuery = query.Encode()
	_ = r.Redirect(w, to.RequestURI()) // never fails
	return true
}

// pickedHere reports whether a browser follows a link of ours: what another
// site, or a mail, leads to is no wish of whoever is signed in.
func pickedHere(r *Request) bool { return r.Header.Get("Sec-Fetch-Site") == "same-origin" }
