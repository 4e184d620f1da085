//go:build system

package test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// tolerated is how long somebody may stay whom a directory keeps out, and some
// seconds for the test itself.
const tolerated = 65 * time.Second

// home is a directory server, as these tests need it.
type home struct {
	name, password string
	add            []string // the flags of directory add
	stop, start    func()
	disable        func(disabled bool)
	remove         func(name string)
	leave          func() // nobody is in the group "desk" any more
	injection      string
	principal      func(name, principal string) // nil: there are no such names
	aways          []*away
}

func slapdHome(t *testing.T, m *testkit.Muster) home {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{})
	s.AddPerson("alice", "mail: alice@example.com")
	s.AddPerson("bob", "mail: bob@example.com")
	s.AddPerson("carol", "mail: carol@example.com")
	s.AddGroup("desk", "uid=carol,"+testkit.SlapdPeople)
	s.AddGroup("admins", "cn=desk,"+testkit.SlapdGroups)
	return home{
		name: "staff", password: testkit.SlapdPassword, stop: s.Stop, start: s.Start, injection: "*)(uid=alice",
		add: []string{
			"--preset", "openldap", "--url", s.URL, "--base", testkit.SlapdBase, "--bind-dn", testkit.SlapdService,
			"--bind-password-file", m.Secret(testkit.SlapdServicePassword), "--ca-file", s.PKI.CAFile, "--domain", "example.com,EXAMPLE",
		},
		disable: func(disabled bool) {
			change := "delete: pwdAccountLockedTime\n"
			if disabled {
				change = "add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n"
			}
			s.Modify("dn: uid=alice," + testkit.SlapdPeople + "\nchangetype: modify\n" + change)
		},
		remove: func(name string) { s.Delete("uid=" + name + "," + testkit.SlapdPeople) },
		leave: func() {
			s.Modify("dn: cn=desk," + testkit.SlapdGroups + "\nchangetype: modify\nreplace: member\nmember: " + testkit.SlapdPeople + "\n")
		},
	}
}

func sambaHome(t *testing.T, m *testkit.Muster) home {
	s := testkit.StartSamba(t)
	s.AddPerson("alice", testkit.SambaPassword, "mail: alice@example.com")
	s.AddPerson("bob", testkit.SambaPassword, "mail: bob@example.com")
	s.AddPerson("carol", testkit.SambaPassword, "mail: carol@example.com")
	s.AddPerson("msmith", testkit.SambaPassword)
	s.AddGroup("desk", "CN=carol,"+testkit.SambaPeople)
	s.AddGroup("admins", "CN=desk,"+testkit.SambaPeople)
	return home{
		name: "corp", password: testkit.SambaPassword, stop: s.Stop, start: s.Start, injection: "*)(sAMAccountName=alice",
		add: []string{
			"--preset", "ad", "--url", s.URL, "--base", testkit.SambaBase, "--bind-dn", testkit.SambaService,
			"--bind-password-file", m.Secret(testkit.SambaServicePassword), "--ca-file", s.PKI.CAFile,
			"--domain", "example.com,people.example.com", // and EXAMPLE, as it says itself
		},
		principal: principals(s),
		aways:     sambaAway(s),
		disable: func(disabled bool) {
			control := 512
			if disabled {
				control = 514
			}
			s.Modify(fmt.Sprintf("dn: CN=alice,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %d\n", testkit.SambaPeople, control))
		},
		remove: func(name string) { s.Delete("CN=" + name + "," + testkit.SambaPeople) },
		leave: func() {
			s.Modify("dn: CN=desk," + testkit.SambaPeople + "\nchangetype: modify\ndelete: member\nmember: CN=carol," + testkit.SambaPeople + "\n")
		},
	}
}

// TestPasswordsOfADirectory: people of a real OpenLDAP and of a real Active
// Directory sign in at RADIUS and in the portal with the password they have
// there; whoever is disabled there is out; and a directory that is down lets
// nobody in, and nobody has to do anything when it is back.
func TestPasswordsOfADirectory(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		name string
		open func(*testing.T, *testkit.Muster) home
	}{{"OpenLDAP", slapdHome}, {"Active Directory", sambaHome}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			m := testkit.Serve(t, testkit.Settings{Brand: company})
			h := kind.open(t, m)
			m.Run(append([]string{"directory", "add", h.name}, h.add...)...)
			client := testkit.Radclient{Server: m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
			addClient(t, m, "radclient", client.Source)
			v := &visitor{t: t, m: m, home: h, client: client}
			m.Run("user", "add", "root", "--password-file", m.Secret(password), "--totp-secret-file", m.Secret(rfcSecret))
			m.Run("admin", "grant", "root", "--role", "administrator")
			m.Run("admin", "group", "add", "admins", "--directory", h.name, "--role", "administrator")
			v.signsIn()
			v.isNobodyElse()
			v.isCalledOtherwise()
			v.administers()
			v.isDisabled()
			v.findsItDown()
			if kind.name == "OpenLDAP" {
				v.hearsOfNobodyElse()
			}
		})
	}
}

// visitor is alice, who comes from the directory, as bob and carol do.
type visitor struct {
	t      *testing.T
	m      *testkit.Muster
	home   home
	client testkit.Radclient
	app    *testkit.Authenticator
	others []*leaving
}

// leaving is somebody who is going to have to go.
type leaving struct {
	name  string
	app   *testkit.Authenticator
	guest *guest
}

func (v *visitor) asks(name, password string) testkit.Answer {
	v.t.Helper()
	return v.client.Ask(v.t, fmt.Sprintf("User-Name=%q", name), fmt.Sprintf("User-Password=%q", password))
}

// reason is why the last attempt ended as it did.
func (v *visitor) reason() string {
	v.t.Helper()
	var list []struct{ Reason, User string }
	v.m.JSON(&list, "signin", "list", "--limit", "1")
	if len(list) == 0 {
		v.t.Fatal("nothing is in the log")
	}
	return list[0].Reason
}

// signsIn: the record is made with the first right password.
func (v *visitor) signsIn() {
	t := v.t
	t.Helper()
	if a := v.asks("alice", "wrong"); a.Code != "Access-Reject" || v.reason() != "password-wrong" {
		t.Fatalf("a wrong password without a record (%s):\n%s", v.reason(), a.Output)
	}
	if a := v.asks("alice", v.home.password); a.Code != "Access-Challenge" || !strings.Contains(a.Output, "and enter") {
		t.Fatalf("the first sign-in (%s):\n%s", v.reason(), a.Output)
	}
	v.app = v.enrolls("alice")
	for _, name := range []string{"alice", `EXAMPLE\\alice`, "alice@example.com"} {
		challenge := v.client.Ask(t, `User-Name="`+name+`"`, `User-Password="`+v.home.password+`"`)
		if challenge.Code != "Access-Challenge" {
			t.Fatalf("%s (%s):\n%s", name, v.reason(), challenge.Output)
		}
		answer := v.client.Ask(t, `User-Name="`+name+`"`, `User-Password="`+v.app.Next(t)+`"`, "State="+challenge.Attributes["State"])
		if answer.Code != "Access-Accept" {
			t.Fatalf("%s (%s):\n%s", name, v.reason(), answer.Output)
		}
	}
}

// enrolls gives somebody an authenticator.
func (v *visitor) enrolls(name string) *testkit.Authenticator {
	v.t.Helper()
	var key struct{ Secret string }
	v.m.JSON(&key, "factor", "enroll", name, "totp")
	app := testkit.NewAuthenticator(key.Secret)
	v.m.Run("factor", "confirm", name, "--code", app.Next(v.t))
	return app
}

// administers: a group within a group gives carol a role from the first
// moment, so that her password alone enrolls nothing. With a factor she is in
// the console; bob is in the portal.
func (v *visitor) administers() {
	t := v.t
	t.Helper()
	if a := v.asks("carol", v.home.password); a.Code != "Access-Reject" || v.reason() != "needs-invitation" {
		t.Errorf("an administrator's password alone (%s):\n%s", v.reason(), a.Output)
	}
	var carol struct{ Role string }
	v.m.JSON(&carol, "user", "show", "carol")
	if carol.Role != "administrator" {
		t.Errorf("carol's role is %q", carol.Role)
	}
	testkit.Eventually(t, tolerated, "it is known by which group", func() error { return v.rolesByGroup("[carol]", "[admins]") })
	v.asks("bob", v.home.password) // makes the record
	for name, page := range map[string]string{"bob": "/security", "carol": "/console"} {
		l := &leaving{name: name, app: v.enrolls(name)}
		l.guest = v.signIn(name, v.home.password, l.app, page)
		v.others = append(v.others, l)
	}
}

// rolesByGroup compares who is in the group that gives a role, and what gives
// carol hers.
func (v *visitor) rolesByGroup(people, by string) error {
	v.t.Helper()
	var groups []struct{ People []string }
	var holders []struct {
		Username   string
		RoleGroups []string `json:"role_groups"`
	}
	v.m.JSON(&groups, "admin", "group", "list")
	v.m.JSON(&holders, "admin", "list")
	given := []string{}
	for _, h := range holders {
		for _, dn := range h.RoleGroups {
			name, _, _ := strings.Cut(dn, ",")
			given = append(given, strings.ToLower(name[len("cn="):]))
		}
	}
	if len(groups) != 1 || fmt.Sprint(groups[0].People) != people || fmt.Sprint(given) != by {
		return fmt.Errorf("in the groups are %v, roles are by %v", groups, given)
	}
	return nil
}

// isNobodyElse: what a name holds means nothing to the directory.
func (v *visitor) isNobodyElse() {
	for name, reason := range map[string]string{
		"*": "unknown-user", v.home.injection: "unknown-user", "alice*": "unknown-user", "nobody": "unknown-user",
		"alice@evil.example.com": "foreign-domain",
	} {
		if a := v.asks(name, v.home.password); a.Code != "Access-Reject" || v.reason() != reason {
			v.t.Errorf("%s (%s):\n%s", name, v.reason(), a.Output)
		}
	}
}

// isDisabled: at once where the password is checked, within a minute for an
// open session.
func (v *visitor) isDisabled() {
	t := v.t
	t.Helper()
	browser := testkit.NewBrowser(t, v.m.Site())
	browser.Open(v.m.PublicURL() + "/signin")
	browser.Type("username", "alice")
	browser.Type("password", v.home.password)
	browser.Enter()
	browser.Await(`[name="code"]`)
	browser.Type("code", v.app.Next(t))
	browser.Enter()
	browser.Expect("Recent sign-ins")

	v.home.disable(true)
	v.home.remove("bob")
	v.home.leave()
	since := time.Now()
	if a := v.asks("alice", v.home.password); a.Code != "Access-Reject" || !strings.HasSuffix(v.reason(), "-in-directory") {
		t.Errorf("disabled in the directory (%s):\n%s", v.reason(), a.Output)
	}
	for !strings.Contains(browser.Location(), "/signin") {
		if time.Since(since) > tolerated {
			t.Fatal("the session of somebody who is disabled goes on")
		}
		time.Sleep(2 * time.Second)
		browser.Open(v.m.PublicURL() + "/security")
	}
	t.Logf("the session ended after %v", time.Since(since).Round(time.Second))
	for _, l := range v.others {
		for !l.guest.isOut() {
			if time.Since(since) > tolerated {
				status, where, page := l.guest.look()
				t.Fatalf("the session of %s goes on: %d to %q\n%s", l.name, status, where, page)
			}
			time.Sleep(time.Second)
		}
		t.Logf("the session of %s had ended after %v", l.name, time.Since(since).Round(time.Second))
	}
	gateway := testkit.Radclient{Server: v.m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
	addClient(t, v.m, "gateway", gateway.Source, "--first-factor", "none", "--code", "append")
	time.Sleep(2 * time.Second)
	for _, l := range v.others {
		want := map[string]string{"bob": "Access-Reject", "carol": "Access-Accept"}[l.name]
		a := gateway.Ask(t, fmt.Sprintf("User-Name=%q", l.name), fmt.Sprintf("User-Password=%q", l.app.Next(t)))
		if a.Code != want {
			t.Errorf("%s with a code alone (%s):\n%s", l.name, v.reason(), a.Output)
		}
	}
	if err := v.rolesByGroup("[]", "[]"); err != nil {
		t.Error(err)
	}
	v.home.disable(false)
	v.comesBack()
}

// comesBack: who is let in again by the directory is so here, by itself: at
// once where the password is checked, and by the next poll in the record.
func (v *visitor) comesBack() {
	v.t.Helper()
	testkit.Eventually(v.t, tolerated, "alice is let in again", func() error {
		if a := v.asks("alice", v.home.password); a.Code != "Access-Challenge" {
			return fmt.Errorf("%s:\n%s", v.reason(), a.Output)
		}
		return nil
	})
	testkit.Eventually(v.t, tolerated, "her record knows", func() error {
		var person struct{ Origin struct{ Barred string } }
		v.m.JSON(&person, "user", "show", "alice")
		if person.Origin.Barred != "" {
			return errors.New(person.Origin.Barred)
		}
		return nil
	})
}

// posts sends a form to the portal, as a browser does.
func (v *visitor) posts(path string, form url.Values) (status int, page string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.m.PublicURL()+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", v.m.PublicURL())
	answer, err := v.m.Client().Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// findsItDown: silence at RADIUS, an outage in the portal, and no right code
// helps; then all is as before.
func (v *visitor) findsItDown() {
	t := v.t
	t.Helper()
	challenge := v.asks("alice", v.home.password)
	v.goAway()
	open := v.signIn("alice", v.home.password, v.app, "/security")
	v.home.stop()
	for _, name := range []string{"alice", "nobody"} {
		if a := v.asks(name, v.home.password); a.Code != "" {
			t.Errorf("%s is answered while the directory is down:\n%s", name, a.Output)
		}
	}
	if status, page := v.posts("/signin", url.Values{"username": {"alice"}, "password": {v.home.password}}); status != http.StatusServiceUnavailable ||
		!strings.Contains(page, "We cannot reach something we need") {
		t.Errorf("the portal says %d:\n%s", status, page)
	}
	v.signIn("root", password, testkit.NewAuthenticator(rfcSecret), "/console") // nobody needs a directory to break the glass
	time.Sleep(tolerated)
	if status, where, page := open.look(); status != http.StatusServiceUnavailable || strings.Contains(page, "Recent sign-ins") {
		t.Errorf("an open session shows %d to %q while the directory is down:\n%s", status, where, page)
	}
	code := v.app.Next(t)
	answer := []string{`User-Name="alice"`, `User-Password="` + code + `"`, "State=" + challenge.Attributes["State"]}
	if a := v.client.Ask(t, answer...); a.Code != "" {
		t.Errorf("the right code is answered while the directory is down (%s):\n%s", v.reason(), a.Output)
	}
	var list []struct{ User, Client, Source, Reason string }
	v.m.JSON(&list, "signin", "list", "--result", "unanswered", "--user", "alice")
	if len(list) < 2 || list[0].Client != "radclient" || list[0].Reason != "directory-not-answering" || list[0].Source == "" {
		t.Errorf("of what was given no answer the log has %+v", list)
	}
	v.areAway()
	v.seesTheDoctor(false)
	v.home.start()
	v.areOut()
	v.comesBack()
	v.seesTheDoctor(true)
	if status, where, _ := open.look(); status != http.StatusOK {
		t.Errorf("the session is not there again: %d to %q", status, where)
	}
}
