package testkit

import (
	"github.com/chromedp/cdproto/webauthn"
)

// PasskeyDevice is an authenticator in software, built into a browser.
type PasskeyDevice struct {
	browser *Browser
	id      webauthn.AuthenticatorID
}

// AddPasskeyDevice gives the browser's tab an authenticator that recognises
// its user. It does nothing until it is touched: see [PasskeyDevice.Touch].
func (b *Browser) AddPasskeyDevice() *PasskeyDevice {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	made := call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
		},
	})
	return &PasskeyDevice{browser: b, id: made.AuthenticatorID}
}

// Touch says whether somebody touches the device whenever it asks for it. A
// page that offers passkeys in its fields then signs in at once.
func (d *PasskeyDevice) Touch(touched bool) {
	d.browser.t.Helper()
	call(d.browser, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{
		AuthenticatorID: d.id, Enabled: touched,
	})
}

// Recognise says whether the device recognises its user.
func (d *PasskeyDevice) Recognise(recognised bool) {
	d.browser.t.Helper()
	call(d.browser, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{
		AuthenticatorID: d.id, IsUserVerified: recognised,
	})
}

// Passkeys is how many the device holds.
func (d *PasskeyDevice) Passkeys() int {
	d.browser.t.Helper()
	return len(call(d.browser, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: d.id}).Credentials)
}
