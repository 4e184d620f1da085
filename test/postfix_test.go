//go:build system

package test

import (
	"fmt"
	"mime"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// throughPostfix is how mail leaves by Postfix.
func throughPostfix(p *testkit.Postfix, caFile, passwordFile, mail string) string {
	return fmt.Sprintf("smtp: {host: %q, port: 587, tls: starttls, ca_file: %q, username: %s, password_file: %q, from: mfa@example.com}\nmail: {%s}\n",
		p.Host, caFile, p.Username, passwordFile, mail)
}

// TestMailThroughPostfix: STARTTLS and AUTH with a server that is not ours; a
// period's mails in German, at working hours only; the week's digest; and an
// address that bounces.
func TestMailThroughPostfix(t *testing.T) {
	t.Parallel()
	p := testkit.StartPostfix(t, "anna", "root")
	dir := testkit.Scratch(t)
	right := testkit.WriteFile(t, filepath.Join(dir, "password"), p.Password+"\n", 0o600)
	wrong := testkit.WriteFile(t, filepath.Join(dir, "wrong"), "a guess\n", 0o600)
	m := serveAhead(t, testkit.Settings{
		Brand: "Example", Extra: "time_zone: Europe/Berlin\n",
		Mail: throughPostfix(p, p.CAFile, right, `quiet_hours: "20:00-07:00", working_days: [monday, tuesday, wednesday, thursday, friday]`),
	})
	out := m.Run("mail", "test", "anna@example.com")
	for _, part := range []string{"TLS 1.3", "Example test authority", "AUTH", "as muster, by PLAIN", "has taken it"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	another := testkit.NewPKI(t, filepath.Join(dir, "another"), p.Host)
	stranger := testkit.NewMuster(t, testkit.Settings{Mail: throughPostfix(p, another.CAFile, right, "on_setup: false")})
	if out, code := stranger.TryRun("mail", "test", "anna@example.com"); code != 1 || !strings.Contains(out.Output, "ca_file") || strings.Contains(out.Output, "AUTH") {
		t.Errorf("of an authority that nobody knows: exit code %d\n%s", code, out.Output)
	}

	m.Run("user", "add", "anna", "--email", "anna@example.com", "--language", "de")
	m.Run("user", "add", "gone", "--email", "gone@example.com")
	m.Run("user", "add", "root", "--email", "root@example.com", "--totp-secret-file", m.Secret(rfcSecret), "--password-file", m.Secret(password))
	m.Run("admin", "grant", "root", "--role", "administrator")
	subjects := func(name string) (list []string) {
		for _, mail := range p.Mails(name) {
			subject, err := new(mime.WordDecoder).DecodeHeader(mail.Header("Subject"))
			if err != nil {
				t.Error(err)
			}
			list = append(list, subject)
		}
		return list
	}
	arrives := func(name, subject string) {
		t.Helper()
		testkit.Eventually(t, 20*time.Second, subject+" arrives", func() error {
			if list := subjects(name); !slices.Contains(list, subject) {
				return fmt.Errorf("%s has %q", name, list)
			}
			return nil
		})
	}

	// On a Saturday a period is begun: its mails wait for Monday, seven o'clock;
	// a link that somebody waits for does not.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	saturday := time.Now().In(berlin)
	for saturday.Weekday() != time.Saturday || !saturday.After(time.Now()) {
		saturday = time.Date(saturday.Year(), saturday.Month(), saturday.Day()+1, 10, 0, 0, 0, berlin)
	}
	monday := time.Date(saturday.Year(), saturday.Month(), saturday.Day()+2, 7, 0, 0, 0, berlin)
	m.at(saturday)
	m.Run("require", "--factor", "totp", "--days", "14", "--user", "anna", "--user", "gone", "--reason", "audit")
	m.Run("enroll", "link", "anna", "--mail")
	arrives("anna", "Example: Richten Sie Ihren zweiten Schritt ein")
	told := func() (list []mailLine) {
		return slices.DeleteFunc(mailsOf(m.Muster), func(l mailLine) bool { return l.Kind != "period-started" })
	}
	testkit.Eventually(t, 20*time.Second, "the mails are put off", func() error {
		if list := told(); len(list) != 2 || list[0].State != "queued" || list[1].State != "queued" {
			return fmt.Errorf("%+v", list)
		}
		return nil
	})
	m.at(monday.Add(-time.Minute))
	m.restart()
	if list := told(); len(list) != 2 || list[0].State != "queued" || list[1].State != "queued" {
		t.Errorf("in quiet hours: %+v", list)
	}
	m.at(monday.Add(time.Second))
	m.restart()
	arrives("anna", "Example: Bitte richten Sie Ihren zweiten Schritt ein")
	for _, mail := range p.Mails("anna") {
		subject := mail.Header("Subject")
		if length := strings.Contains(subject, "Bitte"); mail.Header("Content-Language") != "de" && length {
			t.Errorf("%s is in %q", subject, mail.Header("Content-Language"))
		}
	}

	// What bounces is a row that somebody can act on.
	testkit.Eventually(t, 20*time.Second, "the other one bounces", func() error {
		list := mailsOf(m.Muster, "--trouble")
		if len(list) != 1 || list[0].State != "bounced" || list[0].User != "gone" || !strings.Contains(list[0].Problem, "550 5.1.1") {
			return fmt.Errorf("%+v", list)
		}
		return nil
	})
	p.AddMailbox("gone")
	m.Run("mail", "resend", mailsOf(m.Muster, "--trouble")[0].ID)
	arrives("gone", "Example: please set up your second step")
	if list := mailsOf(m.Muster, "--trouble"); len(list) != 0 {
		t.Errorf("it is settled and still there: %+v", list)
	}

	// The week's digest comes on Monday at eight.
	before := len(subjects("root"))
	m.at(monday.Add(time.Hour + time.Minute))
	m.restart()
	testkit.Eventually(t, 20*time.Second, "the digest arrives", func() error {
		if list := subjects("root"); len(list) != before+1 || !strings.Contains(list[len(list)-1], "enrollment") {
			return fmt.Errorf("%q", list)
		}
		return nil
	})
	m.restart()
	if log := p.Log(); strings.Count(log, "sasl_method=PLAIN, sasl_username=muster") == 0 || strings.Contains(log, "authentication failed") {
		t.Errorf("Postfix has seen\n%s", log)
	}
	if n := len(subjects("root")); n != before+1 {
		t.Errorf("the digest came %d times", n-before)
	}

	refused := testkit.Serve(t, testkit.Settings{Mail: throughPostfix(p, p.CAFile, wrong, "on_setup: true")})
	refusesThePassword(t, p, refused)
}

// refusesThePassword: thirty mails wait, and the password is tried once. What
// is the matter is said wherever somebody looks.
func refusesThePassword(t *testing.T, p *testkit.Postfix, m *testkit.Muster) {
	t.Helper()
	const people = 30
	var csv strings.Builder
	csv.WriteString("username,email\n")
	for i := range people {
		fmt.Fprintf(&csv, "user%d,anna@example.com\n", i)
	}
	m.Run("user", "import", testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), csv.String(), 0o600))
	const reason = "does not accept the user name and the password"
	testkit.Eventually(t, 30*time.Second, "each mail says what is the matter", func() error {
		list := mailsOf(m, "--limit", "100")
		for _, l := range list {
			if l.State != "retrying" || !strings.Contains(l.Problem, reason) {
				return fmt.Errorf("%+v", l)
			}
		}
		if len(list) != people {
			return fmt.Errorf("%d mails", len(list))
		}
		return nil
	})
	failures := func() int { return strings.Count(p.Log(), "SASL PLAIN authentication failed") }
	if n := failures(); n != 1 {
		t.Errorf("the password was tried %d times for %d mails", n, people)
	}
	if out, code := m.TryRun("doctor"); code == 0 || !strings.Contains(out.Output, reason) {
		t.Errorf("doctor, exit code %d:\n%s", code, out.Output)
	}
	browser := testkit.NewBrowser(t, m.Site())
	administer(t, m, browser)
	browser.Open("/console")
	browser.Expect("mails could not be sent yet")
	browser.Click(`a[href="/console/mails?state=retrying"]`)
	browser.Expect("Trying again")
	browser.Expect(reason + ": 535")
	browser.Expect("check smtp.username and smtp.password_file")
	if n := failures(); n > 2 {
		t.Errorf("the password was tried %d times", n)
	}
}
