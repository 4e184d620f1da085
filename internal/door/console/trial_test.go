package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/secret"
)

func TestASignInIsTested(t *testing.T) {
	o := newOffice(t)
	o.Passwords = password.New(password.Options{})
	b := o.signIn(o.add("admin", directory.Administrator))
	desk := o.signIn(o.add("desk", directory.HelpDesk))
	auditor := o.signIn(o.add("auditor", directory.Auditor))
	p := o.add("alice", directory.NoRole)
	if err := o.SetPassword(t.Context(), local, p.Username, secret.New("alice has a secret"), "test"); err != nil {
		t.Fatal(err)
	}
	b.wants(b.get("/console/users"), http.StatusOK, "/console/user/test", "/console/users/add", "Import from a directory")
	b.wants(b.get("/console/user/test"), http.StatusOK, "Test a sign-in", `name="username"`)
	b.wants(b.get("/console/user/test?name=alice"), http.StatusOK, `value="alice"`)
	const path = "/console/user/test"
	b.wants(b.post(path, "password", "x"), http.StatusUnprocessableEntity, `href="#username"`)
	b.wants(b.post(path, "username", "alice"), http.StatusUnprocessableEntity, `href="#password"`, `value="alice"`)
	b.wants(b.post(path, "username", "nobody", "password", "x"), http.StatusOK, "does not work")
	right := b.post(path, "username", "alice", "password", "alice has a secret")
	b.wants(right, http.StatusOK, "The password is right", "Code of this person")
	if strings.Contains(right.body, "alice has a secret") {
		t.Error("the password is on the page")
	}
	b.wants(b.post(path, "username", "alice", "step", "code"), http.StatusUnprocessableEntity, `href="#code"`)
	b.wants(b.post(path, "username", "alice", "step", "code", "code", "000000"), http.StatusOK, "Failed")

	// The help desk hears the same of everybody, and of somebody who is not there.
	wrong := steps(desk.post(path, "username", "alice", "password", "wrong").body)
	if nobody := steps(desk.post(path, "username", "nobody", "password", "wrong").body); wrong != nobody || !strings.Contains(wrong, "An administrator sees why") {
		t.Errorf("the help desk hears of alice\n%s\nand of nobody\n%s", wrong, nobody)
	}
	auditor.wants(auditor.post(path, "username", "alice", "password", "x"), http.StatusForbidden, "Your role")
	desk.wants(desk.post(path, "username", "admin", "password", "x"), http.StatusUnprocessableEntity)
}

// steps is what a page says came of a trial.
func steps(body string) string {
	_, rest, _ := strings.Cut(body, `aria-labelledby="steps"`)
	list, _, _ := strings.Cut(rest, "</section>")
	return list
}
