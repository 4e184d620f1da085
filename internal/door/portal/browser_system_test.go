//go:build system

package portal

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// chromium opens a browser before the stage.
func (s *stage) chromium() *testkit.Browser {
	s.t.Helper()
	address := strings.TrimPrefix(s.url, "https://")
	sum := sha256.Sum256(s.certificate.RawSubjectPublicKeyInfo)
	return testkit.NewBrowser(s.t, testkit.Site{
		Host: "127.0.0.1:" + address[strings.LastIndex(address, ":")+1:], Address: address,
		SPKI: base64.StdEncoding.EncodeToString(sum[:]),
	})
}

func (s *stage) enrollsWell() {
	s.invite(enrollment.FromDoor)
	s.mayEnroll()
	s.results = []enrollment.Result{{
		Verdict: enrollment.Complete, Codes: []secret.Text{secret.New("5hk2m-8qxw3"), secret.New("t7rb2-vcp9f")},
		Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, At: storyTime},
	}}
}

// TestSettingUpByKeyboardWithoutScripts goes all the way with the tabulator
// and the Enter key, in a browser that runs no scripts.
func TestSettingUpByKeyboardWithoutScripts(t *testing.T) {
	s := newStage(t)
	s.enrollsWell()
	browser := s.chromium()
	browser.ForbidScripts()
	browser.Look(320, false)
	browser.Open("/e")
	browser.Type("invite", "K7MPQ2XR")
	browser.Enter()
	browser.Expect("Enter your password")
	browser.Type("password", "right")
	browser.Enter()
	browser.Expect("Is this you, now?")
	browser.PressUntil(kb.Tab, "Yes, it is me")
	browser.Enter()
	browser.Expect("Add the account to your app")
	if uri := browser.ReadQR(); uri != "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ" {
		t.Errorf("the QR code says %s", uri)
	}
	browser.PressUntil(kb.Tab, "Continue")
	browser.Enter()
	browser.Expect("Enter the first code")
	browser.Type("code", "123456")
	browser.Enter()
	browser.Expect("5hk2m-8qxw3")
	browser.PressUntil(kb.Tab, "I have kept them")
	browser.Enter()
	browser.Expect("Now go back to Office VPN")
}

// TestScriptsHelp sees what scripts add: the code of a link stays out of
// addresses, a full code is sent by itself, the last page notices the person's
// arrival, and times are told in the zone of the browser.
func TestScriptsHelp(t *testing.T) {
	s := newStage(t)
	s.enrollsWell()
	browser := s.chromium()
	browser.MoveTo("America/New_York")
	browser.Open("/e#K7MPQ2XR")
	browser.Await("html.scripted")
	if at := browser.Location(); at != "/e" {
		t.Errorf("the address is %s", at)
	}
	browser.Enter()
	browser.Expect("Enter your password")
	browser.Type("password", "right")
	browser.Enter()
	browser.Expect("Is this you, now?")
	browser.Click("form[action='/enroll'] .button--main")
	browser.Expect("Add the account to your app")
	browser.Click("a[href='/enroll/check']")
	browser.Type("code", "123 456")
	browser.Expect("Keep your recovery codes")
	browser.Click("[href='/enroll/done']")
	browser.Expect("Now go back to Office VPN")
	s.arrive("Office VPN")
	browser.Expect("You are signed in to Office VPN")

	s.account = owing(policy.StandPeriod, policy.InPeriod, -1)
	s.decides(allow(factor.MethodHardwareKey, factor.MethodMultiFactor))
	browser.Open("/signin")
	browser.Type("username", "alice")
	browser.Type("password", "right")
	browser.Enter()
	browser.Expect("until Saturday, 12 December, 04:30 EST")
	if s.keptZone != "America/New_York" {
		t.Errorf("mails tell times in %q", s.keptZone)
	}
}

// TestACodeIsSentOnce: the page sends a full code by itself, and the person
// presses Enter at the same moment. The recovery codes are shown, and it is not
// the answer to a second sending that is.
func TestACodeIsSentOnce(t *testing.T) {
	s := newStage(t)
	s.enrollsWell()
	s.checkTakes = 500 * time.Millisecond
	browser := s.chromium()
	browser.Open("/e#K7MPQ2XR")
	browser.Await("html.scripted")
	browser.Enter()
	browser.Expect("Enter your password")
	browser.Type("password", "right")
	browser.Enter()
	browser.Expect("Is this you, now?")
	browser.Click("form[action='/enroll'] .button--main")
	browser.Expect("Add the account to your app")
	browser.Click("a[href='/enroll/check']")
	browser.Await("[name='code']")
	browser.Type("code", "123456"+kb.Enter+kb.Enter)
	browser.Expect("5hk2m-8qxw3")
	time.Sleep(2 * s.checkTakes) // whatever else was sent would be answered by now
	if text := browser.Text(); !strings.Contains(text, "5hk2m-8qxw3") || !strings.Contains(text, "t7rb2-vcp9f") {
		t.Errorf("the recovery codes are gone:\n%s", text)
	}
	if n := s.checked.Load(); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
}

// TestAPasskeyWithoutScripts: the pages say what a passkey needs, and offer
// what works without.
func TestAPasskeyWithoutScripts(t *testing.T) {
	s := newStage(t)
	s.mayEnroll()
	browser := s.chromium()
	browser.ForbidScripts()
	browser.Open("/signin")
	browser.Type("username", "alice")
	browser.Type("password", "right")
	browser.Enter()
	browser.Click(`input[value="passkey"]`)
	browser.Click(`form[action="/enroll"] .button--main`)
	browser.Expect("Passkeys need a script")
	browser.Click(`a[href="/enroll/scan"]`)
	browser.Expect("Add the account to your app")
}
