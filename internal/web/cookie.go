package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/internal/secret"
)

// cookiePrefix makes browsers refuse a cookie that is not Secure, has a
// Domain, or another path than "/": no neighbouring host can plant one.
const cookiePrefix = "__Host-"

// SetCookie stores a value in the browser, out of the reach of scripts and of
// other sites' forms. It may be any text: what no cookie can carry (RFC 6265
// section 4.1.1), such as the signs in an address, is escaped. A lifetime of
// zero means until the browser is closed.
func (r *Request) SetCookie(w http.ResponseWriter, name, value string, lifetime time.Duration) {
	cookie := r.cookie(name, url.QueryEscape(value)) //nolint:gosec // it is Secure wherever a browser takes that
	if lifetime > 0 {
		cookie.MaxAge = int(lifetime / time.Second)
	}
	http.SetCookie(w, cookie)
}

// ClearCookie removes a cookie from the browser.
func (r *Request) ClearCookie(w http.ResponseWriter, name string) {
	cookie := r.cookie(name, "") //nolint:gosec // as above
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

func (r *Request) cookie(name, value string) *http.Cookie {
	plain := r.refusesSecure()
	if !plain {
		name = cookiePrefix + name
	}
	return &http.Cookie{ //nolint:gosec // as above
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: !plain,
	}
}

// Cookie returns the value of a cookie that SetCookie stored, or "".
func (r *Request) Cookie(name string) string {
	if !r.refusesSecure() {
		name = cookiePrefix + name
	}
	cookie, err := r.Request.Cookie(name)
	if err != nil {
		return ""
	}
	value, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return "" // not ours
	}
	return value
}

// SecretCookie returns the value of a cookie that must not be printed.
func (r *Request) SecretCookie(name string) secret.Text { return secret.New(r.Cookie(name)) }

// refusesSecure reports whether the browser would not store a Secure cookie.
// Over plain HTTP, which only a loopback address may use, Chromium and Firefox
// treat the host as secure and take __Host- cookies; WebKit (Safari) does
// not, so there, and only there, they go without prefix and attribute.
func (r *Request) refusesSecure() bool {
	if r.server.cfg.PublicURL.Scheme != "http" {
		return false
	}
	agent := r.UserAgent()
	return strings.Contains(agent, "AppleWebKit/") && !strings.Contains(agent, "Chrome/")
}
