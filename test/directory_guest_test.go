//go:build system

package test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/muster/test/testkit"
)

// guest is somebody with cookies of their own, who needs no browser.
type guest struct {
	t      *testing.T
	m      *testkit.Muster
	client *http.Client
	page   string // where the session is looked at
}

var formOfCode = regexp.MustCompile(`(?s)method="post" action="([^"]+)"[^>]*>(?:[^<]|<[^/]|</[^f])*name="code"`)

// signIn signs in with password and code, and looks at a page of the session.
func (v *visitor) signIn(name, password string, app *testkit.Authenticator, page string) *guest {
	t := v.t
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, m: v.m, client: v.m.Client(), page: page}
	g.client.Jar = jar
	g.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, where, text := g.send(http.MethodPost, "/signin", url.Values{"username": {name}, "password": {password}})
	if where != "" {
		_, _, text = g.send(http.MethodGet, where, nil)
	}
	form := formOfCode.FindStringSubmatch(text)
	if form == nil {
		t.Fatalf("%s is not asked for a code:\n%s", name, text)
	}
	if status, _, text := g.send(http.MethodPost, form[1], url.Values{"code": {app.Next(t)}}); status >= http.StatusBadRequest {
		t.Fatalf("%s is not let in: %d\n%s", name, status, text)
	}
	if status, where, text := g.look(); status != http.StatusOK {
		t.Fatalf("%s does not see %s: %d to %q\n%s", name, page, status, where, text)
	}
	return g
}

// look asks for the page.
func (g *guest) look() (status int, where, text string) {
	g.t.Helper()
	return g.send(http.MethodGet, g.page, nil)
}

// isOut reports whether the session is over.
func (g *guest) isOut() bool {
	g.t.Helper()
	_, where, _ := g.look()
	return strings.Contains(where, "/signin")
}

func (g *guest) send(method, path string, form url.Values) (status int, where, text string) {
	g.t.Helper()
	request, err := http.NewRequestWithContext(g.t.Context(), method, g.m.PublicURL()+path, strings.NewReader(form.Encode()))
	if err != nil {
		g.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", g.m.PublicURL())
	}
	answer, err := g.client.Do(request)
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(body)
}
