package portal

import (
	"net/http"
	"net/url"
	"testing"
)

// TestTheChosenLanguageStays: who switches the language reads on in it, in the
// next visits too; it is kept for the mails of somebody who has none, and
// stands over the one that somebody has.
func TestTheChosenLanguageStays(t *testing.T) {
	s := newStage(t)
	s.person.Language = ""
	s.expect(s.get("/signin"), http.StatusOK, "", "User name")
	s.expect(s.get("/signin?lang=de&next=%2Fsecurity"), http.StatusSeeOther, "/signin?next=%2Fsecurity")
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, c := range s.browser.Jar.Cookies(at) {
		found = found || c.Name == "__Host-language" && c.Value == "de"
	}
	if !found {
		t.Error("the browser does not keep the language")
	}
	s.expect(s.get("/signin"), http.StatusOK, "", "Benutzername")
	s.signedIn()
	s.expect(s.get("/security"), http.StatusOK, "", "Ihre Anmeldung")
	if s.script.kept != "de" {
		t.Errorf("mails speak %q", s.script.kept)
	}
	s.person.Language = "en"
	s.expect(s.get("/security"), http.StatusOK, "", "Ihre Anmeldung")
	s.expect(s.get("/security?lang=de"), http.StatusSeeOther, "/security")
	if s.person.Language != "en" || len(s.script.choosers) != 0 {
		t.Errorf("a link from elsewhere has mails speak %q", s.person.Language)
	}
	s.expect(s.pick("/security?lang=de"), http.StatusSeeOther, "/security")
	s.expect(s.pick("/security?lang=de"), http.StatusSeeOther, "/security")
	if s.person.Language != "de" || len(s.script.choosers) != 1 || s.script.choosers[0].Person != s.person.ID {
		t.Errorf("picked while signed in: mails speak %q, by %v", s.person.Language, s.script.choosers)
	}
	s.expect(s.post("/signout"), http.StatusSeeOther, "/signin")
	s.expect(s.pick("/signin?lang=en"), http.StatusSeeOther, "/signin")
	s.expect(s.pick("/signin?lang=de"), http.StatusSeeOther, "/signin")
	if len(s.script.choosers) != 1 {
		t.Error("mails follow what somebody picks who is not signed in")
	}
	s.expect(s.get("/signin"), http.StatusOK, "", "Benutzername")
}
