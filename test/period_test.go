//go:build system

package test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// ahead is an installation whose clock a test moves on.
type ahead struct {
	*testkit.Muster

	t     *testing.T
	file  string
	by    time.Duration
	began time.Time
}

func serveAhead(t *testing.T, settings testkit.Settings) *ahead {
	a := &ahead{t: t, file: filepath.Join(testkit.Scratch(t), "clock"), began: time.Now()}
	testkit.WriteFile(t, a.file, "+0s", 0o600)
	settings.Build, settings.Env = testkit.TestClock, []string{"MUSTER_CLOCK_FILE=" + a.file}
	a.Muster = testkit.Serve(t, settings)
	return a
}

// to moves the clock to an instant after the beginning.
func (a *ahead) to(since time.Duration) {
	a.by = since - time.Since(a.began)
	testkit.WriteFile(a.t, a.file, fmt.Sprintf("+%s", a.by.Round(time.Second)), 0o600)
}

// at moves the clock to an instant.
func (a *ahead) at(instant time.Time) { a.to(instant.Sub(a.began)) }

func (a *ahead) now() time.Time { return time.Now().Add(a.by) }

// restart makes what is due be told at once: a leader begins with it.
func (a *ahead) restart() {
	a.Server().Stop()
	a.Start()
}

// TestAPeriodFromBeginningToEnd goes through a period as a person meets it: by
// mail, at the VPN and in the portal; put off, reminded, shut out, asking for
// help, given more time, and done.
func TestAPeriodFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	server, settings := postOffice(t)
	m := serveAhead(t, testkit.Settings{Mail: strings.Replace(settings, "on_setup: true", "on_setup: false", 1), Brand: "Example"})
	m.Run("user", "add", "alice", "--email", "alice@example.com", "--password-file", m.Secret(password))
	m.Run("user", "add", "desk", "--email", "desk@example.com", "--password-file", m.Secret(password), "--totp-secret-file", m.Secret(rfcSecret))
	m.Run("admin", "grant", "desk", "--role", "help-desk")
	vpn := testkit.Radclient{Server: m.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
	addClient(t, m.Muster, "vpn", vpn.Source)
	got := func(to string) (subjects map[string]int) {
		subjects = map[string]int{}
		for _, mail := range server.Mails() {
			if mail.To == to {
				subjects[mail.Header("Subject")]++
			}
		}
		return subjects
	}
	arrives := func(to, subject string) {
		t.Helper()
		testkit.Eventually(t, 10*time.Second, "a mail arrives: "+subject, func() error {
			for s := range got(to) {
				if strings.Contains(s, subject) {
					return nil
				}
			}
			return fmt.Errorf("%v", got(to))
		})
	}
	connect := func() testkit.Answer {
		t.Helper()
		return vpn.Ask(t, `User-Name="alice"`, `User-Password="`+password+`"`)
	}

	// The first mail comes at once, and at the VPN the rest of the time is said.
	m.Run("require", "--factor", "totp", "--days", "7", "--user", "alice", "--reason", "audit")
	arrives("alice@example.com", "please set up your second step")
	answer := connect()
	if said := answer.Attributes["Reply-Message"]; answer.Code != "Access-Challenge" || !strings.Contains(said, "7 days left") {
		t.Fatalf("in the period the VPN says:\n%s", answer.Output)
	}
	answer = vpn.Ask(t, `User-Name="alice"`, `User-Password=""`, "State="+answer.Attributes["State"])
	if answer.Code != "Access-Accept" {
		t.Fatalf("pressing OK:\n%s", answer.Output)
	}
	browser := testkit.NewBrowser(t, m.Site())
	signIn := func() {
		t.Helper()
		browser.Open("/signin")
		browser.Type("username", "alice")
		browser.Type("password", password)
		browser.Enter()
	}
	signIn()
	browser.Expect("7 days left")
	browser.CheckAccessibility()
	browser.Click(`button[formaction="/enroll/later"]`)
	browser.Expect("Where you are signed in")

	// The server is off when the reminder is due; it comes once all the same.
	m.Server().Stop()
	m.to(6*day + time.Hour)
	m.Start()
	arrives("alice@example.com", "about to end")
	m.restart()

	// Whoever is signed in at the end is out at the next click.
	m.to(7*day - 5*time.Minute)
	signIn()
	browser.Click(`button[formaction="/enroll/later"]`)
	browser.Expect("Where you are signed in")
	m.to(7*day + time.Minute)
	browser.Open("/security")
	browser.Expect("your time to set up your second step is over")
	browser.CheckAccessibility()
	signIn()
	browser.Expect("Your time to set up is over")
	browser.CheckAccessibility()
	if answer := connect(); answer.Code != "Access-Reject" || answer.Attributes["Reply-Message"] != "Your time to set up is over. Ask your help desk." {
		t.Errorf("after the end the VPN says:\n%s", answer.Output)
	}
	guess := vpn.Ask(t, `User-Name="alice"`, `User-Password="a guess"`)
	if guess.Code != "Access-Reject" || !strings.HasPrefix(guess.Attributes["Reply-Message"], "Sign-in was not possible") {
		t.Errorf("after the end a guess hears:\n%s", guess.Output)
	}
	m.restart()
	arrives("alice@example.com", "you can no longer sign in")

	// Help is asked for, with the state attached.
	browser.Click(`a[href="/help"]`)
	browser.Click(`form[action="/help"] .button--main`)
	browser.Expect("You asked for help")
	arrives("desk@example.com", "somebody asks for help")
	if mails := server.Mails(); !slices.ContainsFunc(mails, func(r testkit.ReceivedMail) bool {
		return r.To == "desk@example.com" && strings.Contains(string(r.Raw), "State: expired")
	}) {
		t.Error("the help desk does not hear where she stands")
	}

	closesInTheConsole(t, m)

	// More time, set up at last, and in with a code.
	m.Run("period", "extend", "--user", "alice", "--days", "2", "--reason", "on leave")
	arrives("alice@example.com", "has changed")
	signIn()
	browser.Expect("47 hours left")
	browser.Click(`form[action="/enroll"] .button--main`)
	browser.Await("#totp-key")
	app := testkit.NewAuthenticator(strings.ReplaceAll(browser.TextOf("#totp-key"), " ", ""))
	browser.Click(`a[href="/enroll/check"]`)
	browser.Type("code", app.At(t, m.now()))
	browser.Await("#recovery-codes")
	arrives("alice@example.com", "was added")
	m.to(7*day + 10*time.Minute) // the code of the set-up is spent
	answer = connect()
	answer = vpn.Ask(t, `User-Name="alice"`, `User-Password="`+app.At(t, m.now())+`"`, "State="+answer.Attributes["State"])
	if answer.Code != "Access-Accept" {
		t.Errorf("with a code:\n%s", answer.Output)
	}
	var counts map[string]int
	m.JSON(&counts, "status", "--factor", "totp")
	if counts["enrolled"] != 2 || counts["expired"]+counts["in-period"] != 0 {
		t.Errorf("in the end: %v", counts)
	}
	m.to(9*day + time.Hour)
	m.restart() // the end of the extended period, for somebody who has done it
	m.Server().Stop()
	for subject, times := range got("alice@example.com") {
		if times != 1 {
			t.Errorf("%q came %d times", subject, times)
		}
	}
	if n := len(got("alice@example.com")); n != 5 {
		t.Errorf("%d mails: %q", n, slices.Sorted(maps.Keys(got("alice@example.com"))))
	}
}

// closesInTheConsole closes the request for help as the help desk, who proved
// their second step a while ago: what they typed waits until they have again.
func closesInTheConsole(t *testing.T, m *ahead) {
	t.Helper()
	desk, browser := testkit.NewAuthenticator(rfcSecret), testkit.NewBrowser(t, m.Site())
	browser.Open("/signin?next=/console/help")
	browser.Type("username", "desk")
	browser.Type("password", password)
	browser.Enter()
	browser.Await(`[name="code"]`)
	browser.Type("code", desk.At(t, m.now()))
	browser.Enter()
	browser.Click(`td a[href^="/console/help/close"]`)
	browser.Type("reason", "spoke with her")
	m.to(7*24*time.Hour + 8*time.Minute)
	browser.Click(`.button--main`)
	browser.Expect("goes on as soon as you have confirmed")
	browser.CheckAccessibility()
	browser.Type("code", desk.At(t, m.now()))
	browser.Enter()
	browser.Expect("request is closed")
	var list []struct{ Action, Reason string }
	m.JSON(&list, "audit", "list", "--limit", "1")
	if len(list) != 1 || list[0].Action != "help-request.close" || list[0].Reason != "spoke with her" {
		t.Errorf("the request was closed: %+v", list)
	}
}

// TestKilledAmidAPeriod: while a period is being written it means nothing to
// anybody, and goes on when somebody says so; while people are told of it, each
// is told once.
func TestKilledAmidAPeriod(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killedAmidAPeriod(t, testkit.Settings{})
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		killedAmidAPeriod(t, testkit.Settings{Database: testkit.StartPostgres(t).Database("muster")})
	})
}

func killedAmidAPeriod(t *testing.T, settings testkit.Settings) {
	const people = 4000
	settings.Mail = "mail: {on_setup: false}\n" // each mail is given up at once
	m := testkit.Serve(t, settings)
	var csv strings.Builder
	csv.WriteString("username,email\n")
	for i := range people {
		fmt.Fprintf(&csv, "user%d,user%d@example.com\n", i, i)
	}
	m.Run("user", "import", testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), csv.String(), 0o600))
	type period struct{ ID, State string }
	periods := func() (list []period) {
		m.JSON(&list, "period", "list")
		return list
	}
	counts := func() (by map[string]int) {
		m.JSON(&by, "status")
		return by
	}

	starts := make(chan int, 1)
	go func() {
		_, code := m.TryRun("require", "--factor", "totp", "--days", "7", "--all")
		starts <- code
	}()
	testkit.Eventually(t, 20*time.Second, "the period is being written", func() error {
		if list := periods(); len(list) == 0 || list[0].State != "starting" {
			return fmt.Errorf("%+v", list)
		}
		return nil
	})
	time.Sleep(50 * time.Millisecond)
	m.Server().Kill()
	if code := <-starts; code == 0 {
		t.Fatal("it was written before the kill: there are too few people")
	}
	m.Start()
	list := periods()
	if by := counts(); list[0].State != "starting" || by["not-required"] != people {
		t.Fatalf("after the kill: %+v, %v", list, by)
	}
	m.Run("period", "run", list[0].ID) // which adds whom the kill has left out
	testkit.Eventually(t, 10*time.Second, "the period holds for everybody", func() error {
		if by := counts(); by["in-period"] != people {
			return fmt.Errorf("%v", by)
		}
		return nil
	})

	told := func() (kinds map[string]int) {
		kinds = map[string]int{}
		for _, mail := range mailsOf(m, "--limit", "100000") {
			kinds[mail.Kind+" "+mail.User]++
		}
		return kinds
	}
	testkit.Eventually(t, time.Minute, "the first are told", func() error { // once the node that was killed does not lead any more
		if n := len(told()); n == 0 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	m.Server().Kill()
	m.Start()
	testkit.Eventually(t, time.Minute, "everybody is told", func() error {
		if n := len(told()); n != people {
			return fmt.Errorf("%d of %d", n, people)
		}
		return nil
	})
	for mail, times := range told() {
		if times != 1 {
			t.Errorf("%s: %d times", mail, times)
		}
	}
}
