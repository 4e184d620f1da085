package console

import (
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/session"
)

// TestAFormIsHeldElsewhere: it goes to the page that asks for it, and
// says where it was going.
func TestAFormIsHeldElsewhere(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("dave", directory.Administrator))
	o.now = o.now.Add(session.Fresh)
	const path = "/console/directory/import?name=example"
	a := b.post(path, "object", "one", "object", "two")
	if want := "/confirm/form?" + (url.Values{"next": {path}}).Encode(); a.status != http.StatusTemporaryRedirect || a.header.Get("Location") != want {
		t.Errorf("status %d to %q, want to %q", a.status, a.header.Get("Location"), want)
	}
	b.leads(b.get("/console/users/add"), "/confirm?next=%2Fconsole%2Fusers%2Fadd")
}

// TestAPasswordThatWasNotHeldIsAskedForAgain on every form that has one, rather
// than the form carried out as though none had been typed.
func TestAPasswordThatWasNotHeldIsAskedForAgain(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("dave", directory.Administrator))
	bob := o.add("bob", directory.NoRole)
	client := []string{"name", "vpn", "address", "192.0.2.0/24", "first_factor", "directory", "code_place", "challenge", "unenrolled", "enroll", "message_authenticator", "require"}
	b.leads(b.post("/console/clients/add", append(client, "secret", "zanzibar and so on")...), "/console/client?name=vpn")
	for path, form := range map[string][]string{
		"/console/users/add":                          {"username", "erin", "held-without", "password"},
		"/console/clients/add":                        append(client[2:], "name", "other", "held-without", "secret"),
		"/console/client/edit?name=vpn":               append(client, "held-without", "secret"),
		"/console/directories/add":                    {"name", "example", "base", "dc=example,dc=com", "held-without", "password"},
		"/console/user/test?name=bob":                 {"username", "bob", "held-without", "password"},
		"/console/user/password?name=" + bob.Username: {"reason", "lost", "held-without", "password", "held-without", "again"},
	} {
		b.wants(b.post(path, form...), http.StatusUnprocessableEntity, "Please type it again")
	}
	if found, err := o.User(t.Context(), local, "erin"); err == nil {
		t.Errorf("added without the password that was typed: %+v", found)
	}
}

// TestNoFieldOfOursIsMistaken: what is typed into a password field is known
// not to be held, and no form has a field of the page that holds it.
func TestNoFieldOfOursIsMistaken(t *testing.T) {
	hidden := regexp.MustCompile(`"Name" "([^"]+)".*"Kind" "password"`)
	known := map[string]bool{"password": true, "again": true, "secret": true}
	seen := 0
	err := fs.WalkDir(templates, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templates, path)
		if err != nil {
			return err
		}
		for _, m := range hidden.FindAllSubmatch(text, -1) {
			if seen++; !known[string(m[1])] {
				t.Errorf("%s: a form with %q is held with what was typed there", path, m[1])
			}
		}
		for _, own := range []string{`name="code"`, `"Name" "code"`, `name="passkey"`} {
			if strings.Contains(string(text), own) && !strings.HasSuffix(path, "/trial.html") {
				t.Errorf("%s has %s and is not held", path, own)
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Errorf("%d fields for passwords: %v", seen, err)
	}
}
