//go:build system

package test

import (
	"testing"

	"example.com/muster/test/testkit"
)

// rfcSecret is the key of RFC 6238, as an administrator would import it.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// TestOtherClients lets someone with an authenticator in through the other
// clients that Debian has: radclient, pam_radius by itself and under sshd.
func TestOtherClients(t *testing.T) {
	t.Parallel()
	m := testkit.Serve(t, testkit.Settings{Brand: company})
	// Each client has its own person, so that none waits for a code another has used.
	for _, name := range []string{"bob", "carol", "dave"} {
		m.Run("user", "add", name, "--password-file", m.Secret(password), "--totp-secret-file", m.Secret(rfcSecret))
	}

	t.Run("radclient", func(t *testing.T) {
		client := testkit.Radclient{Server: m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
		addClient(t, m, "radclient", client.Source)
		challenge := client.Ask(t, `User-Name="bob"`, `User-Password="`+password+`"`)
		if challenge.Code != "Access-Challenge" || challenge.Attributes["State"] == "" {
			t.Fatalf("unexpected answer:\n%s", challenge.Output)
		}
		code := testkit.NewAuthenticator(rfcSecret).Next(t)
		answer := client.Ask(t, `User-Name="bob"`, `User-Password="`+code+`"`, "State="+challenge.Attributes["State"])
		if answer.Code != "Access-Accept" {
			t.Fatalf("unexpected answer:\n%s", answer.Output)
		}
		challenge = client.Ask(t, `User-Name="bob"`, `User-Password="`+password+`"`)
		answer = client.Ask(t, `User-Name="bob"`, `User-Password="`+code+`"`, "State="+challenge.Attributes["State"])
		if answer.Code == "Access-Accept" {
			t.Error("a code is accepted twice")
		}
		if answer = client.AskBare(t, `User-Name="bob"`, `User-Password="`+password+`"`); answer.Code != "" {
			t.Errorf("a request without Message-Authenticator is answered:\n%s", answer.Output)
		}
	})

	host := testkit.NewPAMHost(t, m.RADIUS, secret, "carol", "dave")
	addClient(t, m, "pam", host.Address, "--message-authenticator", "accept")

	t.Run("pam_radius", func(t *testing.T) {
		tester := host.Authenticate("carol")
		tester.Expect(`Password: `, soon)
		tester.Type(password)
		tester.Expect(`enter the code from your app`, soon)
		tester.Type(testkit.NewAuthenticator(rfcSecret).Next(t))
		if code := tester.Wait(soon); code != 0 {
			t.Errorf("pamtester ends with %d", code)
		}
	})

	t.Run("sshd", func(t *testing.T) {
		host.StartSSHD()
		shell := host.SSH("dave", "id -un")
		shell.Expect(`Password: `, soon)
		shell.Type(password)
		shell.Expect(`enter the code from your app`, soon)
		shell.Type(testkit.NewAuthenticator(rfcSecret).Next(t))
		shell.Expect(`(?m)^dave`, soon)
	})
}
