//go:build system

package test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

const (
	// company would break the form of a VPN client that puts texts into markup.
	company  = "Smith & <Sons>"
	password = "correct horse battery staple"
	secret   = "a-secret-shared-with-the-gateway" // without blanks: clients keep it in files that blanks divide
	soon     = 15 * time.Second
)

// TestUserEnrollsAtTheVPN is the main job: someone who has never enrolled
// connects to the VPN, is led to the portal by what the VPN client prints,
// sets up an authenticator there, types its code at the prompt that still
// waits, and is in. The next time she is asked for a code only.
// With PostgreSQL she comes from a directory, and nobody has added her.
func TestUserEnrollsAtTheVPN(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			settings := testkit.Settings{Brand: company}
			if database == "PostgreSQL" {
				settings.Database = testkit.StartPostgres(t).Database("muster")
			}
			m := testkit.Serve(t, settings)
			vpn := testkit.StartVPN(t, m.RADIUS, secret)
			addClient(t, m, "vpn", vpn.Address, "--message-authenticator", "accept")
			if database == "SQLite" {
				m.Run("user", "add", "alice", "--password-file", m.Secret(password))
			} else {
				staff := testkit.StartSlapd(t, testkit.SlapdOptions{})
				staff.Add("dn: uid=alice," + testkit.SlapdPeople + "\nobjectClass: inetOrgPerson\nuid: alice\ncn: alice\nsn: alice\nuserPassword: " + password + "\n")
				addSlapd(m, staff)
			}

			client := vpn.Connect(t, "alice")
			client.Expect(`Password:`, soon)
			client.Type(password)
			invitation := client.Expect(`Open (\S+) and enter (\S+), then press OK`, soon)
			client.Expect(`Password\d*:`, soon)

			app := enroll(t, m, invitation[1], invitation[2])

			client.Type(app.Next(t))
			client.Expect(`COOKIE='[^']+'`, soon)
			if code := client.Wait(soon); code != 0 {
				t.Errorf("openconnect ends with %d", code)
			}

			client = vpn.Connect(t, "alice")
			client.Expect(`Password:`, soon)
			client.Type(password)
			client.Expect(`Smith \+ \(Sons\): enter the code from your app`, soon)
			client.Expect(`Password\d*:`, soon)
			client.Type(app.Next(t))
			client.Expect(`COOKIE='[^']+'`, soon)
			if strings.Contains(client.Screen(), invitation[1]) {
				t.Errorf("someone with an authenticator is led to the portal:\n%s", client.Screen())
			}
		})
	}
}

// enroll does in the browser what a person does with a link and a code that
// she reads elsewhere. It returns her authenticator app, which has read the QR
// code from the screen.
func enroll(t *testing.T, m *testkit.Muster, link, invite string) *testkit.Authenticator {
	t.Helper()
	browser := testkit.NewBrowser(t, m.Site())
	browser.Open("https://" + link)
	browser.Type("invite", invite)
	browser.Enter()
	browser.Await(`[name="password"]`)
	browser.Type("password", password)
	browser.Enter()
	browser.Expect("Is this you, now?")
	browser.CheckAccessibility()
	browser.Click(`form[action="/enroll"] button`)

	browser.Await("#totp-qr")
	browser.CheckAccessibility()
	scanned, err := url.Parse(browser.ReadQR())
	if err != nil {
		t.Fatal(err)
	}
	if scanned.Scheme != "otpauth" || scanned.Query().Get("issuer") != company || !strings.HasSuffix(scanned.Path, ":alice") {
		t.Errorf("the QR code says %v", scanned)
	}
	key := scanned.Query().Get("secret")
	if shown := strings.ReplaceAll(browser.TextOf("#totp-key"), " ", ""); shown != key {
		t.Errorf("the page shows the key %s, the QR code holds another", shown)
	}
	app := testkit.NewAuthenticator(key)

	browser.Click(`a[href="/enroll/check"]`)
	browser.Await(`[name="code"]`)
	browser.Type("code", app.Next(t))
	browser.Enter()
	browser.Await("#recovery-codes")
	browser.CheckAccessibility()
	browser.Click(`a.button--main`)
	browser.Expect("vpn")
	return app
}

// addClient tells the program of a machine that asks it over RADIUS.
func addClient(t *testing.T, m *testkit.Muster, name, address string, options ...string) {
	t.Helper()
	m.Run(append([]string{"radius", "client", "add", name, "--address", address + "/32", "--secret-file", m.Secret(secret)}, options...)...)
}
