//go:build system

package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"example.com/muster/test/testkit"
)

// campaignInTheConsole goes on as an administrator who runs a period: what is
// behind a status shows to whoever points, goes or taps; all who match are
// acted on without a mouse; the page for the wall stays current and lets people
// be.
func campaignInTheConsole(t *testing.T, m *testkit.Muster, browser *testkit.Browser) {
	t.Helper()
	m.Run("user", "add", "bob", "--email", "bob@example.com")
	m.Run("require", "--factor", "totp", "--days", "7", "--all")
	browser.Open("/console/users")
	browser.Expect("7 days left")

	const status = `tr:has(a[href="/console/user?name=alice"]) .state`
	detail := func(shown bool) {
		t.Helper()
		testkit.Eventually(t, 5*time.Second, fmt.Sprintf("the detail is shown: %v", shown), func() error {
			said := browser.Evaluate(`document.querySelector("[popover]:popover-open")?.innerText ?? ""`)
			if (said != "") != shown || shown && !strings.Contains(said, "Required: Authenticator app") {
				return fmt.Errorf("it says %q", said)
			}
			return nil
		})
	}
	browser.Point(status)
	detail(true)
	browser.CheckAccessibility()
	browser.Point("h1")
	detail(false)
	browser.GoTo(kb.Tab, status)
	detail(true)
	browser.Press(kb.Escape)
	detail(false)
	browser.Press(kb.Enter)
	detail(true)
	browser.Press(kb.Tab)
	detail(false)
	browser.Tap(status)
	detail(true)
	browser.Tap("h1")
	detail(false)

	// By keyboard alone, of all who match.
	browser.Open("/console/users?status=in-period")
	browser.GoTo(kb.Tab, `[name="match"]`)
	browser.Press(" ")
	browser.GoTo(kb.Tab, "#act")
	browser.Choose("act", "Extend")
	browser.Press(kb.Tab)
	browser.Enter()
	browser.Expect("All 2 people")
	browser.GoTo(kb.Tab, `[name="days"]`)
	browser.Type("days", "3")
	browser.Type("reason", "holidays")
	browser.Enter() // looks first
	browser.Expect("It would be done for 2 people")
	browser.GoTo(kb.Tab, `main form .button--main`)
	browser.Enter()
	browser.Expect("Done for 2 people")
	browser.Open("/console/users?status=in-period")
	browser.Expect("10 days left")

	// What changes on the wall moves nothing.
	browser.Open("/console/period?id=all&live=1")
	browser.Expect("2 of 2 still to do")
	browser.CheckAccessibility()
	browser.GoTo(kb.Tab, `a[href="/console/period?id=all"]`)
	browser.Evaluate(`scrollTo(0, 150); window.stays = String(scrollY); ""`)
	m.Run("require", "remove", "--user", "bob")
	browser.Evaluate(`document.dispatchEvent(new Event("visibilitychange")); ""`)
	browser.Expect("1 of 1 still to do")
	if stays := browser.Evaluate(`window.stays === String(scrollY) ? document.activeElement.getAttribute("href") : "no: " + scrollY`); stays != "/console/period?id=all" {
		t.Errorf("something has moved: %s", stays)
	}
}
