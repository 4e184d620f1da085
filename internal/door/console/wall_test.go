package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
)

// TestTheWall: a screen shows figures, names nobody, leads nowhere, reads
// nothing else, and outlasts the idle limit; its browser holds no other session.
func TestTheWall(t *testing.T) {
	o, b := staffed(t, "bob", "carol", "dave", "erin", "frank")
	o.signIn(o.add("desk", directory.HelpDesk))
	p := o.requireTOTP(operator.Selection{Group: "staff"})
	o.requireTOTP(operator.Selection{Names: []string{"desk"}})
	id := p.Period.String()
	open := "/console/period/wall?id=" + id
	b.wants(b.get("/console/period?id="+id), http.StatusOK, open)
	b.wants(b.get(open), http.StatusOK, "You are signed out of this browser", "until Thursday, 31 December")
	console := b.cookies["__Host-session"]
	b.cookies["__Host-wall"] = "chosen by somebody else" // fixation
	b.leads(b.post(open), "/wall")
	screen := b.cookies["__Host-wall"]
	if screen == "" || screen == "chosen by somebody else" || b.cookies["__Host-session"] != "" {
		t.Fatalf("cookies: %v", b.cookies)
	}

	page := b.get("/wall")
	b.wants(page, http.StatusOK, "5 of 5 still to do", `data-fresh-every="30"`, `http-equiv="refresh" content="30"`, "staff")
	for _, no := range []string{"bob", "carol", "admin", "<a ", "/console/", "<form", "local", id} {
		if strings.Contains(page.body, no) {
			t.Errorf("the wall shows %q", no)
		}
	}
	// Neither cookie opens what the other does, and the one before is over.
	for name, token := range map[string]string{"__Host-session": screen, "__Host-wall": console} {
		for _, path := range []string{"/wall", "/console", "/console/period?id=" + id, "/console/users.csv"} {
			thief := &browser{o, map[string]string{name: token}}
			if a := thief.get(path); a.status == http.StatusOK {
				t.Errorf("%s with the other cookie opens %s", name, path)
			}
		}
	}
	if thief := (&browser{o, map[string]string{"__Host-session": console}}); thief.get("/console").status == http.StatusOK {
		t.Error("the session of the browser goes on")
	}
	o.now = o.now.Add(9 * time.Hour) // nobody is there at night, and the screen is off
	b.wants(b.get("/wall"), http.StatusOK, "5 of 5 still to do")
	o.now = o.now.Add(session.Wall - 9*time.Hour)
	b.wants(b.get("/wall"), http.StatusForbidden, "shows nothing any more", "Its time is over")

	admin, err := o.User(t.Context(), local, "admin")
	if err != nil {
		t.Fatal(err)
	}
	b = o.signIn(admin.Person)
	b.leads(b.post("/console/period/wall?id=all"), "/wall")
	page = b.get("/wall")
	b.wants(page, http.StatusOK, "All periods in force", "1 person")
	for _, no := range []string{"desk", "<a ", "/console/", "/console?"} {
		if strings.Contains(page.body, no) {
			t.Errorf("the wall of all periods shows %q", no)
		}
	}
}

// TestTheWallEnds: a screen is listed and can be ended; it ends with its
// period, and with whatever opened it.
func TestTheWallEnds(t *testing.T) {
	o, b := staffed(t, "bob")
	p := o.requireTOTP(operator.Selection{Group: "staff"})
	path := "/console/period/wall?id=" + p.Period.String()
	boss := o.add("boss", directory.Administrator)
	screen := func(w *browser) *browser {
		w.leads(w.post(path), "/wall")
		w.wants(w.get("/wall"), http.StatusOK, "1 of 1 still to do")
		return w
	}
	over := func(w *browser, why string) { w.wants(w.get("/wall"), http.StatusForbidden, why) }

	one := screen(o.signIn(boss))
	list := b.get("/console/periods")
	b.wants(list, http.StatusOK, "Screens on walls", "boss", "Firefox on Linux")
	_, end, _ := strings.Cut(list.body, `href="/console/screen/end?`)
	end, _, _ = strings.Cut(end, `"`)
	b.wants(b.get("/console/screen/end?"+end), http.StatusOK, "End the screen that boss opened")
	b.leads(b.post("/console/screen/end?"+end), "/console/periods")
	over(one, "it was ended")
	b.wants(b.post("/console/screen/end?"+end), http.StatusNotFound)
	b.wants(b.get("/console/changes"), http.StatusOK, "Opened a screen for the wall", "Ended a screen on a wall", "opened by boss")

	two := screen(o.signIn(boss))
	if err := o.GrantRole(t.Context(), local, "boss", directory.HelpDesk, "moved"); err != nil {
		t.Fatal(err)
	}
	over(two, "shows nothing")
	for _, name := range []string{"auditor", "desk"} {
		role := map[string]directory.Role{"auditor": directory.Auditor, "desk": directory.HelpDesk}[name]
		who := o.signIn(o.add(name, role))
		who.wants(who.post(path), http.StatusForbidden)
		if strings.Contains(who.get("/console/period?id="+p.Period.String()).body, "/console/period/wall") {
			t.Errorf("%s is offered a screen", name)
		}
		who.wants(who.post("/console/screen/end?"+end), http.StatusForbidden)
	}
	if err := o.GrantRole(t.Context(), local, "boss", directory.Administrator, "back"); err != nil {
		t.Fatal(err)
	}
	three := screen(o.signIn(boss))
	if err := o.DisableUser(t.Context(), local, "boss", "left"); err != nil {
		t.Fatal(err)
	}
	over(three, "shows nothing")

	four := screen(b)
	if err := o.DiscardPeriod(t.Context(), local, p.Period); err != nil {
		t.Fatal(err)
	}
	over(four, "The period that it showed is out of force")
	o.stranger().wants(o.stranger().get("/wall"), http.StatusForbidden, "shows nothing any more")
}

// TestWhatAPageAsksByItselfIsNoActivity: a page that stays current does not
// keep its visitor signed in.
func TestWhatAPageAsksByItselfIsNoActivity(t *testing.T) {
	o, b := staffed(t, "bob")
	p := o.requireTOTP(operator.Selection{Group: "staff"})
	path := "/console/period?id=" + p.Period.String() + "&live=1"
	began := o.now
	for o.now.Sub(began) < session.Idle-2*time.Minute {
		o.now = o.now.Add(time.Minute)
		b.wants(b.get(path), http.StatusOK)
	}
	o.now = began.Add(session.Idle)
	if a := b.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin") {
		t.Errorf("still signed in: %d", a.status)
	}
}
