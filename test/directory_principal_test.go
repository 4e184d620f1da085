//go:build system

package test

import (
	"fmt"
	"time"

	"example.com/muster/test/testkit"
)

// principals changes the userPrincipalName of somebody, where the directory has
// such names; the suffix need not be its DNS domain.
func principals(s *testkit.Samba) func(name, principal string) {
	return func(name, principal string) {
		s.Modify("dn: CN=" + name + "," + testkit.SambaPeople +
			"\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: " + principal + "\n")
	}
}

// isCalledOtherwise: in Active Directory msmith is Mary.Smith@people.example.com
// too. Every spelling is one person with one counter, also the first time.
func (v *visitor) isCalledOtherwise() {
	t := v.t
	t.Helper()
	if v.home.principal == nil {
		return
	}
	hall := testkit.Radclient{Server: v.m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
	addClient(t, v.m, "hall", hall.Source, "--unenrolled", "pass")
	asks := func(name, password string) testkit.Answer {
		return hall.Ask(t, `User-Name="`+name+`"`, fmt.Sprintf("User-Password=%q", password))
	}
	getsIn := func(name string) {
		t.Helper()
		if a := asks(name, v.home.password); a.Code != "Access-Accept" {
			t.Errorf("%s (%s):\n%s", name, v.reason(), a.Output)
		}
	}
	refused := func(name, reason string) {
		t.Helper()
		if a := asks(name, v.home.password); a.Code != "Access-Reject" || v.reason() != reason {
			t.Errorf("%s (%s):\n%s", name, v.reason(), a.Output)
		}
	}
	const upn, implied = "Mary.Smith@people.example.com", "msmith@people.example.com"
	v.home.principal("msmith", upn)
	time.Sleep(2 * time.Second) // the device is known by then
	getsIn(upn)
	if p := (&syncing{v.m, t}).person("mary.smith@people.example.com"); p.Username != "msmith" {
		t.Fatalf("the record made by a principal name is %+v", p)
	}
	spellings := []string{upn, `EXAMPLE\\msmith`, "msmith", "msmith@example.com", implied}
	for _, name := range spellings {
		getsIn(name)
	}
	var list []struct{ User string }
	if v.m.JSON(&list, "signin", "list", "--user", "msmith"); len(list) != 1+len(spellings) {
		t.Errorf("of one person the log has %v", list)
	}

	// A name that is one's principal name and another's user name is nobody's,
	// and one that was given away not its old owner's, whatever the records say.
	v.home.principal("bob", implied)
	refused(implied, "ambiguous-name")
	getsIn("msmith")
	v.home.principal("msmith", "mary@example.com")
	getsIn("mary@example.com")
	refused(upn, "unknown-user")
	v.home.principal("bob", upn)
	refused(upn, "ambiguous-name")
	getsIn("bob") // who has a record from now on, that knows better
	refused(upn, "ambiguous-name")

	// The real test of the console, and one counter.
	app := v.enrolls("msmith")
	var trial struct{ Passed bool }
	v.m.JSON(&trial, "user", "test", "MARY@example.com", "--password-file", v.m.Secret(v.home.password), "--code", app.Next(t))
	if !trial.Passed {
		t.Error("the test of a sign-in by principal name did not pass")
	}
	spellings[0], spellings[4] = "mary@example.com", "Mary@EXAMPLE.com"
	for _, name := range spellings {
		asks(name, "wrong")
	}
	for _, name := range spellings {
		refused(name, "password-locked")
	}
}
