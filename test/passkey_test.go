//go:build system

package test

import (
	"strings"
	"testing"

	"example.com/muster/test/testkit"
)

// factors lists what somebody has, as "kind label".
func factors(m *testkit.Muster, name string) []string {
	var list []struct{ Kind, Label string }
	m.JSON(&list, "factor", "list", name)
	var known []string
	for _, f := range list {
		known = append(known, strings.TrimSpace(f.Kind+" "+f.Label))
	}
	return known
}

// TestPasskeys is the life of one, in a browser with an authenticator in
// software: set up, used after the password and without, renamed, removed.
func TestPasskeys(t *testing.T) {
	m := testkit.Serve(t, testkit.Settings{Brand: company})
	m.Run("user", "add", "alice", "--email", "alice@example.com", "--password-file", m.Secret(password))
	vpn := testkit.Radclient{Server: m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
	addClient(t, m, "vpn", vpn.Source)
	browser := testkit.NewBrowser(t, m.Site())
	device := browser.AddPasskeyDevice()

	// Set up, at the second try: the device does not know its user at first.
	signIn := func() {
		browser.Open("/signin")
		browser.Type("username", "alice")
		browser.Type("password", password)
		browser.Enter()
	}
	signIn() // nothing requires a second step, so the password is enough
	browser.Expect("Not required")
	browser.CheckAccessibility()
	browser.Click(`a[href="/enroll"]`)
	browser.Expect("Nobody requires this of you")
	browser.Click(`input[value="passkey"]`)
	browser.Click(`form[action="/enroll"] .button--main`)
	browser.Expect("Make your passkey")
	browser.CheckAccessibility()
	device.Touch(true)
	device.Recognise(false)
	browser.Click(`form[data-passkey] .button--main`)
	browser.Expect("That did not work")
	device.Recognise(true)
	browser.Click(`form[data-passkey] .button--main`)
	browser.Expect("Your passkey works.")
	if known := factors(m, "alice"); len(known) != 2 || !strings.HasPrefix(known[0], "passkey") || known[1] != "recovery" || device.Passkeys() != 1 {
		t.Errorf("she has %q, the device %d", known, device.Passkeys())
	}

	// After the password.
	signOut := func() {
		device.Touch(false)
		browser.Open("/security")
		browser.Click(`form[action="/signout"] button`)
		browser.Await(`form[action="/signin"]`)
	}
	signOut()
	signIn()
	browser.Expect("Use your passkey")
	browser.CheckAccessibility()
	device.Touch(true)
	browser.Click(`form[data-passkey] .button--main`)
	browser.Expect("Where you are signed in")

	// Without a user name: with the button, and by the browser itself.
	signOut()
	browser.Expect("Sign in with a passkey")
	browser.Click(`form[data-passkey] button`)
	device.Touch(true)
	browser.Expect("Where you are signed in")
	signOut()
	browser.Open("/e") // which asks for no passkey, so that only the next page hears of the touch
	device.Touch(true)
	browser.Open("/security/codes") // by way of the sign-in page
	browser.Expect("The old ones, used or not")

	// Where no browser is, it is no factor that can be asked for.
	if answer := vpn.Ask(t, `User-Name="alice"`, `User-Password="`+password+`"`); answer.Code != "Access-Reject" {
		t.Errorf("the VPN hears:\n%s", answer.Output)
	}
	var signIns []struct{ Reason, Method string }
	m.JSON(&signIns, "signin", "list", "--user", "alice")
	if len(signIns) < 4 || signIns[0].Reason != "factor-not-for-this-door" || signIns[1].Method != "hwk+mfa" || signIns[3].Method != "pwd+hwk" {
		t.Errorf("the log says %+v", signIns)
	}

	renameAndRemove(t, m, browser)
}

// renameAndRemove goes on: the only one cannot be removed, so there is an app
// first.
func renameAndRemove(t *testing.T, m *testkit.Muster, browser *testkit.Browser) {
	browser.Open("/security")
	browser.Expect("Rename")
	if strings.Contains(browser.Text(), "Remove") {
		t.Error("the last one can be removed")
	}
	browser.Click(`a[href^="/security/rename"]`)
	browser.Type("label", "Blue key")
	browser.Enter()
	browser.Expect("Blue key")

	browser.Click(`a[href="/security/add"]`)
	browser.Click(`form[action="/enroll"] .button--main`)
	browser.Await("#totp-key")
	app := testkit.NewAuthenticator(strings.ReplaceAll(browser.TextOf("#totp-key"), " ", ""))
	browser.Click(`a[href="/enroll/check"]`)
	browser.Type("code", app.Next(t))
	browser.Expect("Your second step is set up")
	browser.Open("/security")
	browser.CheckAccessibility()
	browser.Click(`a[aria-label="Remove Blue key"]`)
	browser.Expect("Remove Blue key?")
	browser.CheckAccessibility()
	browser.Click(`form[action="/security/remove"] button`)
	browser.Expect("It is removed.")
	if known := factors(m, "alice"); len(known) != 2 || known[0] != "recovery" || known[1] != "totp" {
		t.Errorf("she has %q", known)
	}
}

// TestTheConsoleByPasskey: an administrator sets up nothing but a passkey, and
// comes back to the console with it alone.
func TestTheConsoleByPasskey(t *testing.T) {
	m := testkit.Serve(t, testkit.Settings{Brand: company})
	browser := testkit.NewBrowser(t, m.Site())
	device := browser.AddPasskeyDevice()
	var link struct{ URL string }
	m.JSON(&link, "admin", "invite", "root", "--email", "root@example.com")
	browser.Open(link.URL)
	browser.Enter()
	browser.Await(`[name="again"]`)
	browser.Type("password", password)
	browser.Type("again", password)
	browser.Enter()
	browser.Click(`input[value="passkey"]`)
	browser.Click(`form[action="/enroll"] .button--main`)
	device.Touch(true)
	browser.Click(`form[data-passkey] .button--main`)
	browser.Await("#recovery-codes")
	browser.Open("/console")
	browser.Expect("People")
	device.Touch(false)
	browser.Open("/security")
	browser.Click(`form[action="/signout"] button`)
	browser.Await(`form[action="/signin"]`)
	browser.Open("/e") // which asks for no passkey, so that only the next page hears of the touch
	device.Touch(true)
	browser.Open("/console/users") // by way of the sign-in page
	browser.Expect("People")
	browser.Await(`a[href^="/console/user?"]`)
}
