package console

import (
	"context"
	"net/http"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/session"
)

// staying says the same of everybody.
type staying session.Stay

func (s staying) Stay(context.Context, session.Session) (session.Stay, session.Ending, error) {
	return session.Stay(s), session.NotEnded, nil
}

// TestTheConsoleIsClosedToWhoOwesSomething: they see what is open first, and
// come back.
func TestTheConsoleIsClosedToWhoOwesSomething(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("alice", directory.Administrator))
	o.sessions.People = staying(session.StaySetUp)
	for _, path := range []string{"/console", "/console/users?q=b", "/console/users.csv", "/console/users/add"} {
		a := b.get(path)
		if to := a.header.Get("Location"); a.status != http.StatusSeeOther || to[:len("/due?next=%2Fconsole")] != "/due?next=%2Fconsole" {
			t.Errorf("%s: %d to %q", path, a.status, to)
		}
	}
	if a := b.post("/console/users/add", "username", "bob", "reason", "x"); a.header.Get("Location") != "/due?next=%2Fconsole" {
		t.Errorf("a change: %d to %q", a.status, a.header.Get("Location"))
	}
	o.sessions.People = staying(session.StayIn)
	if a := b.get("/console"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	o.sessions.People = staying(session.StayOut)
	if a := b.get("/console"); a.header.Get("Location") != "/signin?next=%2Fconsole" {
		t.Errorf("after the end: %d to %q", a.status, a.header.Get("Location"))
	}
}
