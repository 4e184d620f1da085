//go:build system

package test

import (
	"fmt"
	"strings"

	"example.com/muster/test/testkit"
)

// atTheGate is a device at which people of the directory sign in by password
// alone, while their period runs.
type atTheGate struct {
	*syncing
	device testkit.Radclient
}

func (m *syncing) gate() *atTheGate {
	g := &atTheGate{m, testkit.Radclient{Server: m.RADIUS, Secret: secret, Source: testkit.Loopback(m.t)}}
	addClient(m.t, m.Muster, "gate", g.device.Source, "--unenrolled", "pass")
	return g
}

// signsIn reports what came of a sign-in: the code, the text, the reason.
func (g *atTheGate) signsIn(name, password string) (code, output, reason string) {
	g.t.Helper()
	a := g.device.Ask(g.t, `User-Name="`+name+`"`, fmt.Sprintf("User-Password=%q", password))
	var list []struct{ Reason string }
	g.JSON(&list, "signin", "list", "--limit", "1")
	if len(list) > 0 {
		reason = list[0].Reason
	}
	return a.Code, a.Output, reason
}

func (g *atTheGate) expect(name, password, code, reason, text string) {
	g.t.Helper()
	if c, out, why := g.signsIn(name, password); c != code || why != reason || !strings.Contains(out, text) {
		g.t.Errorf("%s is answered %s (%s); want %s (%s) %q:\n%s", name, c, why, code, reason, text, out)
	}
}

func (g *atTheGate) getsIn(name, password string) {
	g.t.Helper()
	if c, out, why := g.signsIn(name, password); c != "Access-Accept" {
		g.t.Errorf("%s is answered %s (%s):\n%s", name, c, why, out)
	}
}

const neutral, notIncluded = "Sign-in was not possible", "not set up for this"

// isOutOfScope: whom no item includes gets no record by a right password, and
// not theirs back; a wrong password hears what anybody's does. Included again,
// they are who they were.
func (g *atTheGate) isOutOfScope(s *testkit.Slapd) {
	t := g.t
	t.Helper()
	const filter = "(&(objectClass=inetOrgPerson)(!(title=left)))"
	title := func(name, change string) {
		s.Modify("dn: uid=" + name + "," + testkit.SlapdPeople + "\nchangetype: modify\n" + change)
	}
	g.Run("sync", "set", "everybody", "--filter", filter)
	g.getsIn("u000001", testkit.SlapdPassword)
	was := g.person("u000001").Origin.Object
	title("u000001", "replace: title\ntitle: left\n")
	s.AddPerson("visitor", "title: left")
	s.AddPerson("newcomer")
	if r := g.run(); r.Removed != 1 {
		t.Fatalf("out of the filter: %+v", r)
	}
	for _, name := range []string{"u000001", "visitor"} {
		g.expect(name, testkit.SlapdPassword, "Access-Reject", "out-of-scope", notIncluded)
		g.expect(name, "wrong", "Access-Reject", "password-wrong", neutral)
	}
	if out, code := g.TryRun("user", "show", "visitor"); code == 0 {
		t.Errorf("visitor has a record: %v", out)
	}
	if p := g.person("u000001"); p.Origin.Object != was || p.Origin.Barred != "gone" {
		t.Errorf("out of scope: %+v", p)
	}
	g.expect("stranger", "wrong", "Access-Reject", "unknown-user", neutral)
	out, _ := g.TryRun("user", "test", "visitor", "--password-file", g.Secret(testkit.SlapdPassword))
	if !strings.Contains(out.Output, "no item includes them") || !strings.Contains(out.Output, "The password is right") {
		t.Errorf("the test of a sign-in says\n%s", out.Output)
	}
	title("u000001", "delete: title\n")
	g.getsIn("u000001", testkit.SlapdPassword)
	if p := g.person("u000001"); p.Origin.Object != was || p.Disabled {
		t.Errorf("included again: %+v", p)
	}
	g.getsIn("newcomer", testkit.SlapdPassword) // the run has made this record
	s.AddPerson("early")
	early := "dn: uid=early," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: pwdReset\n"
	s.Modify(early + "pwdReset: TRUE\n")
	g.expect("early", testkit.SlapdPassword, "Access-Reject", "password-must-change", "Change your password first")
	g.expect("early", "wrong", "Access-Reject", "password-wrong", neutral)
	s.Modify(early)
	g.getsIn("early", testkit.SlapdPassword) // and no run this one
	s.Delete("uid=newcomer,"+testkit.SlapdPeople, "uid=visitor,"+testkit.SlapdPeople)
	g.Run("sync", "set", "everybody", "--filter", "(objectClass=inetOrgPerson)")
	g.run()
}

// areSwapped: two people have each other's names in the directory. A password
// opens at no time what the name means to another.
func (g *atTheGate) areSwapped(s *testkit.Slapd, one, other string) {
	t := g.t
	t.Helper()
	for name, password := range map[string]string{one: "of the one", other: "of the other"} {
		dn := "dn: uid=" + name + "," + testkit.SlapdPeople + "\nchangetype: modify\n"
		s.Modify(dn + "replace: userPassword\nuserPassword: " + password + "\n")
		s.Modify(dn + "replace: pwdReset\n") // nobody has to change it
		g.getsIn(name, password)
	}
	was := map[string]string{one: g.person(other).Origin.Object, other: g.person(one).Origin.Object}
	for _, step := range [][2]string{{one, "swapping"}, {other, one}, {"swapping", other}} {
		s.Modify(fmt.Sprintf("dn: uid=%s,%s\nchangetype: modrdn\nnewrdn: uid=%s\ndeleteoldrdn: 1\n", step[0], testkit.SlapdPeople, step[1]))
	}
	// Until a run has seen it, neither name opens anything.
	g.expect(one, "of the one", "Access-Reject", "unknown-user", neutral)
	g.expect(one, "of the other", "Access-Reject", "unknown-user", neutral)
	if r := g.run(); r.Changed != 2 || r.Refused != 0 {
		t.Errorf("names swapped: %+v", r)
	}
	for name, object := range was {
		if p := g.person(name); p.Origin.Object != object || p.Username != name {
			t.Errorf("%s is %+v, not %s", name, p, object)
		}
	}
	g.expect(one, "of the one", "Access-Reject", "password-wrong", neutral)
	g.getsIn(one, "of the other")
	g.getsIn(other, "of the one")
}
