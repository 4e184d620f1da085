//go:build system

package test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// administer makes root the first administrator, in the browser.
func administer(t *testing.T, m *testkit.Muster, browser *testkit.Browser) {
	t.Helper()
	var link struct{ URL string }
	m.JSON(&link, "admin", "invite", "root", "--email", "root@example.com")
	browser.Open(link.URL)
	browser.Enter()
	browser.Await(`[name="again"]`)
	browser.Type("password", password)
	browser.Type("again", password)
	browser.Enter()
	browser.Click(`form[action="/enroll"] button`)
	browser.Await("#totp-key")
	app := testkit.NewAuthenticator(strings.ReplaceAll(browser.TextOf("#totp-key"), " ", ""))
	browser.Click(`a[href="/enroll/check"]`)
	browser.Await(`[name="code"]`)
	browser.Type("code", app.Next(t))
	browser.Enter()
	browser.Await("#recovery-codes")
}

// TestDirectoriesInTheConsole is what an administrator does with an Active
// Directory and an OpenLDAP, all of it in the browser: connect, find out what
// is wrong, import some people, keep all in step, let go whom a run held back.
func TestDirectoriesInTheConsole(t *testing.T) {
	t.Parallel()
	ldap := testkit.StartSlapd(t, testkit.SlapdOptions{People: 40})
	ldap.AddGroup("vpn", "uid=u000001,"+testkit.SlapdPeople, "uid=u000002,"+testkit.SlapdPeople)
	samba := testkit.StartSamba(t)
	samba.AddPerson("alice", "Correct-horse-1", "displayName: Alice Example", "mail: alice@example.com")
	samba.AddPerson("bob", "Correct-horse-1")
	m := testkit.Serve(t, testkit.Settings{Brand: company})
	browser := testkit.NewBrowser(t, m.Site())
	administer(t, m, browser)
	look := func(says ...string) {
		t.Helper()
		for _, text := range says {
			browser.Expect(text)
		}
		for _, width := range []int{320, 1440} {
			browser.Look(width, width == 320)
			if width == 320 {
				browser.CheckAccessibility()
			}
			if over := browser.Overflow(); over > 0 {
				t.Errorf("%s scrolls sideways by %d px at %d", browser.Location(), over, width)
			}
		}
	}

	browser.Open("/console/directories")
	look("No directory yet")
	browser.Click(`a[href="/console/directories/add"]`)
	connect := func(name, url, base, account, typed, ca string) {
		browser.Await(`[name="bind_dn"]`)
		for field, value := range map[string]string{
			"name": name, "servers": url, "base": base, "bind_dn": account, "password": typed, "ca": ca,
		} {
			browser.Type(field, value)
		}
		browser.Click(`.form .button--main`)
	}
	ca, err := os.ReadFile(samba.PKI.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	connect("corp", samba.URL, testkit.SambaBase, testkit.SambaService, testkit.SambaServicePassword, "")
	look("Not everything works yet", "Give the certificate of the authority")
	connect("corp", samba.URL, testkit.SambaBase, testkit.SambaService, testkit.SambaServicePassword, string(ca))
	look("The directory is added", "sAMAccountName")

	browser.Open("/console/browse?name=corp&q=alice")
	look("Alice Example", "No record yet")
	browser.Click(`input[name="object"]`)
	browser.Click(`form[action^="/console/directory/import"] .button--main`)
	look("Import 1 person")
	samba.Stop()
	browser.Click(`form .button--main`)
	look("corp does not answer", "connection refused", "Try again")
	samba.Start()
	browser.Click(`form .button--main`)
	look("Imported")
	browser.Open("/console/user?name=alice")
	look("CN=alice," + testkit.SambaPeople)

	browser.Open("/console/directories/add")
	if ca, err = os.ReadFile(ldap.PKI.CAFile); err != nil {
		t.Fatal(err)
	}
	browser.Choose("preset", "OpenLDAP")
	connect("staff", ldap.URL, testkit.SlapdBase, testkit.SlapdService, testkit.SlapdServicePassword, string(ca))
	look("Another directory has one of these domains") // both bases spell it
	browser.Type("domains", "staff.example.com")
	browser.Type("password", testkit.SlapdServicePassword)
	browser.Enter()
	look("The directory is added", "OpenLDAP")
	browser.Open("/console/browse?name=staff")
	look("people", "groups")
	browser.Open("/console/unrecorded?name=staff")
	look("u000039")

	browser.Open("/console/directory?name=staff")
	browser.Click(`a[href="/console/sync/add?directory=staff"]`)
	browser.Type("name", "everybody")
	browser.Enter()
	look("Saved")
	run := func(button, badge string) {
		browser.Open("/console/runs?item=everybody")
		browser.Click(button)
		browser.Await("tbody tr:first-child .badge--" + badge) // the page looks again by itself
		browser.Click(`tbody tr:first-child th a`)
	}
	run(`.actions form:first-child button`, "good")
	look("A run of everybody")
	var gone []string
	for i := range 30 {
		gone = append(gone, fmt.Sprintf("uid=u%06d,%s", i, testkit.SlapdPeople))
	}
	ldap.Delete(gone...)
	run(`.actions form:last-child button`, "caution")
	look("Would be shut out", "Show all")
	browser.Click(`.work__head .button--main`)
	look("30 people would lose access")
	browser.Type("reason", "they left")
	browser.Click(`button[value="approve"]`)
	browser.Expect("Approved")
	testkit.Eventually(t, 30*time.Second, "they are shut out", func() error {
		var list []syncRun
		m.JSON(&list, "sync", "runs", "--limit", "1")
		if list[0].Removed != 30 {
			return fmt.Errorf("the last run is %+v", list[0])
		}
		return nil
	})

	browser.Open("/console/directory/edit?name=staff")
	look("Attributes")
	browser.Type("attribute_mobile", "pager")
	browser.Click(`.form .button--main`)
	look("The directory is changed")
	browser.Open("/console/user/test")
	browser.Type("username", "u000035")
	browser.Type("password", testkit.SlapdPassword)
	browser.Enter()
	look("The password is right")
}
