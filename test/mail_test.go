//go:build system

package test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/muster/test/testkit"
)

// postOffice is a mail server with its own authority, and the settings of an
// installation that sends through it.
func postOffice(t *testing.T) (*testkit.MailServer, string) {
	dir := testkit.Scratch(t)
	pki := testkit.NewPKI(t, dir, "127.0.0.1", "mail.example.com")
	server := testkit.StartMailServer(t, pki, false)
	server.Username, server.Password = "muster", "s3cret words"
	password := testkit.WriteFile(t, filepath.Join(dir, "password"), "s3cret words\n", 0o600)
	return server, fmt.Sprintf(`smtp: {host: 127.0.0.1, port: %d, tls: starttls, ca_file: %q, username: muster, password_file: %q, from: mfa@example.com}
mail: {on_setup: true}
`, server.Port, pki.CAFile, password)
}

type mailLine struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	User     string `json:"user"`
	State    string `json:"state"`
	Attempts int    `json:"attempts"`
	Problem  string `json:"problem"`
}

func mailsOf(m *testkit.Muster, args ...string) (list []mailLine) {
	m.JSON(&list, append([]string{"mail", "list"}, args...)...)
	return list
}

// TestMailThroughAServer: what arrives, what does not, and what somebody can
// do about it.
func TestMailThroughAServer(t *testing.T) {
	t.Parallel()
	server, settings := postOffice(t)
	server.OnRecipient = func(to string) error {
		if strings.HasPrefix(to, "gone@") {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody is called that"}
		}
		return nil
	}
	m := testkit.Serve(t, testkit.Settings{Mail: settings})
	out := m.Run("mail", "test", "alice@example.com")
	for _, part := range []string{"connection", "TLS 1.3", "Example test authority", "AUTH", "as muster, by PLAIN", "has taken it"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	if out, code := m.TryRun("mail", "test", "gone@example.com"); code != 1 || !strings.Contains(out.Output, "550 5.1.1 nobody is called that") {
		t.Errorf("exit code %d\n%s", code, out.Output)
	}
	if out, _ := m.TryRun("doctor"); !strings.Contains(out.Output, "mail-server") || !strings.Contains(out.Output, "AUTH: as muster") {
		t.Errorf("doctor:\n%s", out.Output)
	}

	m.Run("user", "add", "alice", "--email", "alice@example.com")
	m.Run("user", "add", "bob", "--email", "gone@example.com")
	testkit.Eventually(t, 10*time.Second, "both mails are through", func() error {
		for _, l := range mailsOf(m) {
			if l.State == "queued" || l.State == "retrying" {
				return fmt.Errorf("%+v", l)
			}
		}
		return nil
	})
	trouble := mailsOf(m, "--trouble")
	if len(trouble) != 1 || trouble[0].State != "bounced" || trouble[0].User != "bob" || !strings.Contains(trouble[0].Problem, "nobody is called that") {
		t.Fatalf("%+v", trouble)
	}
	testkit.Eventually(t, 5*time.Second, "alice has her mail", func() error {
		for _, mail := range server.Mails() {
			if mail.To == "alice@example.com" && strings.Contains(mail.Header("Subject"), "second step") && mail.Header("Auto-Submitted") == "auto-generated" {
				return nil
			}
		}
		return os.ErrNotExist
	})
	m.Run("mail", "resend", trouble[0].ID)
	testkit.Eventually(t, 10*time.Second, "it bounces again", func() error {
		if left := mailsOf(m, "--trouble"); len(left) != 1 || left[0].ID == trouble[0].ID {
			return fmt.Errorf("%+v", left)
		}
		return nil
	})
}

// TestKilledInTheMiddleOfAMail: the server has the mail, and nobody has noted
// it. It comes once more, and can be told by its Message-ID.
func TestKilledInTheMiddleOfAMail(t *testing.T) {
	t.Parallel()
	server, settings := postOffice(t)
	arrived := make(chan struct{}, 1)
	release := make(chan struct{})
	var calls atomic.Int32
	server.OnContent = func(testkit.ReceivedMail) error {
		if calls.Add(1) == 1 {
			arrived <- struct{}{}
			<-release // the process dies before it is answered
		}
		return nil
	}
	clock := filepath.Join(testkit.Scratch(t), "clock")
	testkit.WriteFile(t, clock, "+0s", 0o600)
	m := testkit.Serve(t, testkit.Settings{Mail: settings, Build: testkit.TestClock, Env: []string{"MUSTER_CLOCK_FILE=" + clock}})
	m.Run("user", "add", "alice", "--email", "alice@example.com")
	<-arrived
	m.Server().Kill()
	close(release)
	testkit.WriteFile(t, clock, "+3m", 0o600) // the claim of the dead process has lapsed
	m.Start()
	testkit.Eventually(t, 15*time.Second, "the mail is noted", func() error {
		if list := mailsOf(m); len(list) != 1 || list[0].State != "sent" || list[0].Attempts != 2 {
			return fmt.Errorf("%+v", list)
		}
		return nil
	})
	mails := server.Mails()
	if len(mails) != 2 || mails[0].Header("Message-ID") == "" || mails[0].Header("Message-ID") != mails[1].Header("Message-ID") {
		t.Errorf("%d mails, not the same", len(mails))
	}
	time.Sleep(3 * time.Second)
	if again := len(server.Mails()); again != 2 {
		t.Errorf("it came %d times", again)
	}
}

// TestTwoNodesSendEachMailOnce: and one of them leads; when that dies, the
// other one does.
func TestTwoNodesSendEachMailOnce(t *testing.T) {
	t.Parallel()
	const people = 60
	server, settings := postOffice(t)
	database := testkit.StartPostgres(t).Database("muster")
	nodes := []*testkit.Muster{
		testkit.NewMuster(t, testkit.Settings{Mail: settings, Database: database}),
		testkit.NewMuster(t, testkit.Settings{Mail: settings, Database: database}),
	}
	nodes[0].Start()
	keys, err := os.ReadFile(keysOf(nodes[0]))
	if err != nil {
		t.Fatal(err)
	}
	testkit.WriteFile(t, keysOf(nodes[1]), string(keys), 0o600)
	nodes[1].Start()
	var csv strings.Builder
	csv.WriteString("username,email\n")
	for i := range people {
		fmt.Fprintf(&csv, "user%d,user%d@example.com\n", i, i)
	}
	file := testkit.WriteFile(t, filepath.Join(testkit.Scratch(t), "people.csv"), csv.String(), 0o600)
	nodes[0].Run("user", "import", file)
	testkit.Eventually(t, 30*time.Second, "everybody has a mail", func() error {
		if sent := mailsOf(nodes[1], "--state", "sent", "--limit", "1000"); len(sent) != people {
			return fmt.Errorf("%d of %d", len(sent), people)
		}
		return nil
	})
	seen := map[string]int{}
	for _, mail := range server.Mails() {
		seen[mail.To]++
	}
	for to, times := range seen {
		if times != 1 {
			t.Errorf("%s got %d mails", to, times)
		}
	}
	if len(seen) != people {
		t.Errorf("%d of %d got one", len(seen), people)
	}

	leads := func(m *testkit.Muster) bool { return strings.Contains(m.Server().Output(), "this node leads") }
	if !leads(nodes[0]) || leads(nodes[1]) {
		t.Errorf("first %v, second %v", leads(nodes[0]), leads(nodes[1]))
	}
	nodes[0].Server().Kill()
	testkit.Eventually(t, 30*time.Second, "the other one leads", func() error {
		if !leads(nodes[1]) {
			return os.ErrDeadlineExceeded
		}
		return nil
	})
	nodes[1].Server().Stop()
	if lines := strings.Split(nodes[1].Server().Output(), "\n"); slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "s3cret") }) {
		t.Error("the password is in the log")
	}
}
