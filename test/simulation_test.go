//go:build system

package test

import (
	"encoding/json"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/test/testkit"
)

var (
	keptFolder   = flag.String("kept", "", "check what a simulation has left in this folder rather than a small one")
	keptPrintout = flag.String("printout", "", "with -kept: the file with what that simulation has printed with --json")
)

// printout is what a simulation says of itself.
type printout struct {
	Users    int
	Told     int
	Reminded int
	Enrolled int
	Locked   int
	Twice    int `json:"told_twice"`
	EndTold  int `json:"told_of_the_end"`
	SignedIn int `json:"signed_in"`
	Away     int `json:"turned_away"`
	Sent     int `json:"mail_sent"`
	Unsent   int `json:"mail_unsent"`
	Statuses map[string]int
}

// TestASimulationIsWhatItSays opens what a simulation has left with the
// ordinary command line, serves it, and looks at it in the console: all count
// the same as the printout. With -args -kept and -printout it is one of a
// million people.
func TestASimulationIsWhatItSays(t *testing.T) {
	t.Parallel()
	m := testkit.NewMuster(t, testkit.Settings{})
	said, folder := simulated(t)
	for _, name := range []string{"muster.db", "keys"} {
		copyFile(t, filepath.Join(folder, name), filepath.Join(m.DataDir, name))
	}
	if said.Told != said.Users || said.Twice != 0 || said.Enrolled+said.Locked != said.Users || said.SignedIn != said.Enrolled ||
		said.Away != said.Locked || said.EndTold != said.Locked || said.Sent != said.Told+said.Reminded+said.EndTold+said.Enrolled || said.Unsent != 0 {
		t.Errorf("the printout contradicts itself: %+v", said)
	}

	// The command line, by itself.
	var statuses map[string]int
	if m.JSON(&statuses, "status", "--factor", "totp"); !maps.Equal(statuses, said.Statuses) {
		t.Errorf("muster status: %v, the printout: %v", statuses, said.Statuses)
	}
	locked := countListed(m, "--status", "expired", "--factor", "totp")
	if never := countListed(m, "--last-sign-in", "never"); locked != said.Locked || never != said.Locked {
		t.Errorf("muster user list: %d locked, %d never let in, the printout: %d", locked, never, said.Locked)
	}
	if sent := countSent(m, said); sent != said.Sent {
		t.Errorf("muster mail list: %d sent, the printout: %d", sent, said.Sent)
	}
	var periods []struct{ ID string }
	m.JSON(&periods, "period", "list")
	var shown struct {
		People, Told, Verified, Left int
		SignedIn                     int `json:"signed_in"`
	}
	m.JSON(&shown, "period", "show", periods[0].ID)
	if shown.People != said.Users || shown.Told != said.Told || shown.Verified != said.Enrolled || shown.SignedIn != said.SignedIn || shown.Left != said.Locked {
		t.Errorf("muster period show: %+v, the printout: %+v", shown, said)
	}

	// The console, of a server.
	m.Start()
	browser := testkit.NewBrowser(t, m.Site())
	administer(t, m, browser)
	browser.Open("/console/period?id=" + periods[0].ID)
	for what, count := range map[string]int{"told": said.Told, "enrolled": said.Enrolled, "signed in": said.SignedIn, "locked": said.Locked} {
		if !shows(browser.Text(), count) {
			t.Errorf("the page of the period does not say that %d are %s:\n%s", count, what, browser.Text())
		}
	}
	browser.Open("/console/users?status=expired&period=" + periods[0].ID)
	if text := browser.Text(); !shows(text, said.Locked) && !shows(text, 1000) {
		t.Errorf("the list of those who are locked out:\n%s", text)
	}
}

// simulated runs a simulation, or takes the one that was asked for.
func simulated(t *testing.T) (said printout, folder string) {
	t.Helper()
	var (
		out []byte
		err error
	)
	if folder = *keptFolder; folder != "" {
		out, err = os.ReadFile(*keptPrintout)
	} else {
		folder = filepath.Join(testkit.Scratch(t), "kept")
		out, err = exec.CommandContext(t.Context(), testkit.Binary(t, testkit.Ordinary),
			"simulate", "period", "--users", "600", "--days", "14", "--json", "--keep", folder).Output()
	}
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		t.Fatal(err)
	}
	return said, folder
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// countListed counts the people of a list, on all its pages.
func countListed(m *testkit.Muster, filters ...string) (count int) {
	for after := ""; ; {
		var page []struct{ Username string }
		m.JSON(&page, append([]string{"user", "list", "--limit", "1000", "--after", after}, filters...)...)
		if count += len(page); len(page) < 1000 {
			return count
		}
		after = page[len(page)-1].Username
	}
}

// countSent counts the mails of the list that were sent.
func countSent(m *testkit.Muster, said printout) int {
	var sent []struct{ ID string }
	m.JSON(&sent, "mail", "list", "--state", "sent", "--limit", strconv.Itoa(said.Sent+1))
	return len(sent)
}

var numeral = regexp.MustCompile(`[0-9]{1,3}(?:[,.]?[0-9]{3})*`)

// shows reports whether a page says a number.
func shows(page string, number int) bool {
	for _, found := range numeral.FindAllString(page, -1) {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, found)
		if digits == strconv.Itoa(number) {
			return true
		}
	}
	return false
}
