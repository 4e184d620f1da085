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

// switchLanguage handles the links at the foot of every page: it remembers the
// language and goes back to the same page without the parameter.
func (s *Server) switchLanguage(w http.ResponseWriter, r *Request) bool {
	if r.URL.RawQuery == "" || r.Method != http.MethodGet || !r.URL.Query().Has(languageParameter) {
		return false
	}
	query := r.URL.Query()
	chosen := s.texts.For(query.Get(languageParameter)).Lang()
	query.Del(languageParameter)
	r.SetCookie(w, languageCookie, chosen, languageLifetime)
	to := *r.URL
	to.RawQuery = query.Encode()
	_ = r.Redirect(w, to.RequestURI()) // never fails
	return true
}
