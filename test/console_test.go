//go:build system

package test

import (
	"strings"
	"testing"

	"example.com/muster/test/testkit"
)

// TestTheFirstAdministrator follows the set-up link: until it is used the
// console offers nothing; with it somebody chooses a password, sets up an
// authenticator, and administers.
func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	m := testkit.Serve(t, testkit.Settings{Brand: company})
	m.Run("user", "add", "alice", "--password-file", m.Secret(password))
	browser := testkit.NewBrowser(t, m.Site())
	browser.Open(m.PublicURL() + "/console")
	browser.Expect("muster admin invite")
	browser.CheckAccessibility()

	var link struct{ URL, Code string }
	m.JSON(&link, "admin", "invite", "root", "--email", "root@example.com")
	browser.Open(link.URL)
	browser.Enter()
	browser.Await(`[name="again"]`)
	if strings.Contains(browser.Location(), link.Code) {
		t.Errorf("the code is in the address: %s", browser.Location())
	}
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

	browser.Open(m.PublicURL() + "/console")
	browser.Expect("People")
	browser.CheckAccessibility()
	browser.Open(m.PublicURL() + "/console/users")
	browser.Expect("alice")

	var admins []struct{ Username, Role string }
	m.JSON(&admins, "admin", "list")
	if len(admins) != 1 || admins[0].Username != "root" || admins[0].Role != "administrator" {
		t.Errorf("the administrators are %+v", admins)
	}
	campaignInTheConsole(t, m, browser)
}
