package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"example.com/muster/internal/web"
)

// BenchmarkSignInPage measures what a page costs on top of the same bytes
// ready made: rendering, headers, guards.
func BenchmarkSignInPage(b *testing.B) {
	public := &url.URL{Scheme: "https", Host: "mfa.example.com"}
	server := storybook(b, storyBrand, public)
	ready := httptest.NewRecorder()
	server.ServeHTTP(ready, signInRequest(public))
	server.Handle("GET /ready", func(w http.ResponseWriter, _ *web.Request) error {
		_, err := w.Write(ready.Body.Bytes())
		return err
	})
	pages, err := server.Pages(templates, "templates")
	if err != nil {
		b.Fatal(err)
	}
	server.Handle("GET /kept", func(w http.ResponseWriter, r *web.Request) error {
		return pages.Show(w, r, web.Page{Name: "signin", Data: signinView{}, Same: true})
	})
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			r := signInRequest(public)
			r.URL.Path = "/kept"
			server.ServeHTTP(httptest.NewRecorder(), r)
		}
	})
	b.Run("rendered", func(b *testing.B) {
		for b.Loop() {
			server.ServeHTTP(httptest.NewRecorder(), signInRequest(public))
		}
	})
	b.Run("ready", func(b *testing.B) {
		for b.Loop() {
			r := signInRequest(public)
			r.URL.Path = "/ready"
			server.ServeHTTP(httptest.NewRecorder(), r)
		}
	})
	b.ReportMetric(float64(ready.Body.Len()), "bytes")
}

func signInRequest(public *url.URL) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/story/signin", nil)
	r.Host = public.Host
	r.Header.Set("Accept-Language", "en-GB,en;q=0.9")
	return r
}
