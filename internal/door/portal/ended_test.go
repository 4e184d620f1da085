package portal

import (
	"strings"
	"testing"

	"example.com/muster/internal/session"
)

// TestWhoeverWasSignedOutHearsWhy, once, in the browser in which they were
// signed in; nobody else does.
func TestWhoeverWasSignedOutHearsWhy(t *testing.T) {
	for why, says := range map[session.Ending]string{
		session.EndedPeriod:  "your time to set up your second step is over",
		session.EndedShutOut: "your account is switched off",
		session.EndedChanged: "something about your account was changed",
	} {
		s := newStage(t)
		s.signedIn()
		s.stay, s.ending = session.StayOut, why
		s.expect(s.get("/security"), elsewhere, "/signin?next=%2Fsecurity")
		s.expect(s.get("/signin?next=%2Fsecurity"), ok, "", says)
		s.without(s.get("/signin?next=%2Fsecurity"), "signed out")
		s.forgetCookies()
		s.without(s.get("/signin"), "signed out")
		s.plant(sessionCookie, "a guess")
		s.expect(s.get("/signin"), ok, "", "nothing happened for a while")
	}
}

func TestAfterAWhileOneIsSignedOut(t *testing.T) {
	s := newStage(t)
	s.signedIn()
	s.now = s.now.Add(session.Idle)
	s.expect(s.get("/"), ok, "", "nothing happened for a while", `name="password"`)
}

// without fails the test if a page says something.
func (s *stage) without(p page, says string) {
	s.t.Helper()
	if strings.Contains(p.body, says) {
		s.t.Errorf("the page says %q:\n%s", says, p.body)
	}
}
