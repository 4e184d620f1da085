//go:build system

package test

import (
	"errors"
	"strings"
	"time"

	"example.com/muster/test/testkit"
)

var errNoAnswer = errors.New("no answer")

// away is somebody whom the directory shuts out while Muster cannot reach it.
type away struct {
	name  string
	shut  func() // done to the directory's database while its server is down
	guest *guest
}

// sambaAway has erin and frank of whom one is disabled and one deleted.
func sambaAway(s *testkit.Samba) []*away {
	for _, name := range []string{"erin", "frank"} {
		s.AddPerson(name, testkit.SambaPassword)
	}
	return []*away{
		{name: "erin", shut: func() {
			s.ModifyRaw("dn: CN=erin," + testkit.SambaPeople + "\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n")
		}},
		{name: "frank", shut: func() { s.ModifyRaw("dn: CN=frank," + testkit.SambaPeople + "\nchangetype: delete\n") }},
	}
}

// goAway: they have open sessions when the directory goes.
func (v *visitor) goAway() {
	v.t.Helper()
	apps := map[string]*testkit.Authenticator{}
	for _, a := range v.home.aways {
		v.asks(a.name, v.home.password) // makes the record
		apps[a.name] = v.enrolls(a.name)
	}
	for _, a := range v.home.aways {
		a.guest = v.signIn(a.name, v.home.password, apps[a.name], "/security")
	}
}

// areAway: while the directory is down their passwords get no answer; and there
// they are shut out.
func (v *visitor) areAway() {
	v.t.Helper()
	for _, a := range v.home.aways {
		if answer := v.asks(a.name, v.home.password); answer.Code != "" {
			v.t.Errorf("%s is answered while the directory is down:\n%s", a.name, answer.Output)
		}
		a.shut()
	}
}

// areOut: when it is back they are refused at once, and their sessions end
// within a minute.
func (v *visitor) areOut() {
	t := v.t
	t.Helper()
	since := time.Now()
	for _, a := range v.home.aways {
		testkit.Eventually(t, tolerated, a.name+" is refused", func() error {
			answer := v.asks(a.name, v.home.password)
			switch {
			case answer.Code == "":
				return errNoAnswer // the server's pause after failures is not over
			case answer.Code != "Access-Reject" || !strings.HasSuffix(v.reason(), "-directory"):
				t.Fatalf("%s (%s):\n%s", a.name, v.reason(), answer.Output)
			}
			return nil
		})
		for !a.guest.isOut() {
			if time.Since(since) > tolerated {
				t.Fatalf("the session of %s goes on", a.name)
			}
			time.Sleep(time.Second)
		}
		t.Logf("%s is refused and out %v after the directory came back", a.name, time.Since(since).Round(time.Second))
	}
}
