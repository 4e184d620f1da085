//go:build system

package test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// cluster is two nodes at one database, whose common clock a test moves, and a
// mail server that counts.
type cluster struct {
	t      *testing.T
	clock  string
	nodes  []*testkit.Muster
	server *testkit.MailServer
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	server, mail := postOffice(t)
	c := &cluster{t: t, clock: filepath.Join(testkit.Scratch(t), "clock"), server: server}
	c.ahead(0)
	database := testkit.StartPostgres(t).Database("muster")
	for range 2 {
		c.nodes = append(c.nodes, testkit.NewMuster(t, testkit.Settings{
			Mail: strings.Replace(mail, "on_setup: true", "on_setup: false", 1), Database: database,
			Build: testkit.TestClock, Env: []string{"MUSTER_CLOCK_FILE=" + c.clock},
		}))
	}
	c.nodes[0].Start()
	testkit.WriteFile(t, keysOf(c.nodes[1]), testkit.ReadFile(t, keysOf(c.nodes[0])), 0o600)
	c.nodes[1].Start()
	return c
}

func (c *cluster) ahead(by time.Duration) {
	testkit.WriteFile(c.t, c.clock, fmt.Sprintf("+%s", by), 0o600)
}

// told counts what of one kind the outbox has for each person, and how much of
// it has left.
func (c *cluster) told(node int, kind string) (rows map[string]int, sent int) {
	c.t.Helper()
	rows = map[string]int{}
	for _, mail := range mailsOf(c.nodes[node], "--limit", "100000") {
		if mail.Kind == kind {
			rows[mail.User]++
		}
		if mail.Kind == kind && mail.State == "sent" {
			sent++
		}
	}
	return rows, sent
}

// each waits until each of so many people has one mail of a kind, which has
// left; longer than a claim, for some may be with a process that was stopped.
func (c *cluster) each(node int, kind string, people int) {
	c.t.Helper()
	testkit.Eventually(c.t, 3*time.Minute, "each has one "+kind, func() error {
		if rows, sent := c.told(node, kind); len(rows) != people || sent != people {
			return fmt.Errorf("%d people are told, %d mails have left", len(rows), sent)
		}
		return nil
	})
}

// received counts, for each person, how often they got each mail whose subject
// has these words.
func (c *cluster) received(subject string) map[string]map[string]int {
	people := map[string]map[string]int{}
	for _, mail := range c.server.Mails() {
		if !strings.Contains(mail.Header("Subject"), subject) {
			continue
		}
		if people[mail.To] == nil {
			people[mail.To] = map[string]int{}
		}
		people[mail.To][mail.Header("Message-ID")]++
	}
	return people
}

// once wants one mail for each, twice at most for as many as were on their way
// when a process died, and then the same.
func (c *cluster) once(subject string, people, again int) {
	c.t.Helper()
	got := c.received(subject)
	twice := 0
	for to, mails := range got {
		if len(mails) != 1 {
			c.t.Errorf("%s got %d different mails: %s", to, len(mails), subject)
		}
		for _, times := range mails {
			twice += times - 1
		}
	}
	if len(got) != people || twice > again {
		c.t.Errorf("%d of %d got a mail, %d of them again: %s", len(got), people, twice, subject)
	}
}

// TestTwoNodesSweep: of two nodes at one database, one dies in the middle of a
// sweep and of mails, and one is stopped while the other takes over and then
// goes on as if nothing had happened: each person hears of each thing once.
func TestTwoNodesSweep(t *testing.T) {
	t.Parallel()
	const (
		people  = 400
		day     = 24 * time.Hour
		workers = 4 // of a node, each with a mail at a time
	)
	c := newCluster(t)
	var csv strings.Builder
	csv.WriteString("username,email\n")
	for i := range people {
		fmt.Fprintf(&csv, "user%d,user%d@example.com\n", i, i)
	}
	c.nodes[0].Run("user", "import", testkit.WriteFile(t, filepath.Join(testkit.Scratch(t), "people.csv"), csv.String(), 0o600))

	// The leader is killed while the server has mails that it has not confirmed.
	const heldUp = 50
	var (
		mu        sync.Mutex
		arrived   int
		unnoticed int
		amid      = make(chan struct{})
		release   = make(chan struct{})
	)
	c.server.OnContent = func(testkit.ReceivedMail) error {
		mu.Lock()
		arrived++
		held := arrived >= heldUp
		if arrived == heldUp {
			close(amid)
		}
		if held {
			unnoticed++
		}
		mu.Unlock()
		if held {
			<-release
		}
		return nil
	}
	c.nodes[1].Run("require", "--factor", "totp", "--days", "3", "--all", "--reason", "audit")
	<-amid
	c.nodes[0].Server().Kill()
	mu.Lock()
	again := unnoticed + workers // at most: some are the other node's; each worker may have one that is confirmed and not yet noted
	mu.Unlock()
	close(release)
	c.ahead(3 * time.Minute) // what the dead process had claimed is free again
	c.each(1, "period-started", people)
	c.once("second step", people, again)

	// At the reminder the second is stopped in the middle of its sweep; the first
	// takes over, and then both are there.
	c.nodes[0].Start()
	c.ahead(2*day + 5*time.Minute)
	testkit.Eventually(t, 2*time.Minute, "the reminders begin", func() error {
		if rows, _ := c.told(0, "period-reminder"); len(rows) == 0 {
			return errors.New("none yet")
		}
		return nil
	})
	c.signal(1, syscall.SIGSTOP)
	testkit.Eventually(t, 40*time.Second, "the other one leads", func() error {
		if !strings.Contains(c.nodes[0].Server().Output(), "this node leads") {
			return errors.New("nobody leads")
		}
		return nil
	})
	c.signal(1, syscall.SIGCONT)
	c.each(0, "period-reminder", people)
	c.once("about to end", people, workers) // it may have been stopped amid the replies to them

	// The end comes while nobody is there at all.
	c.nodes[0].Server().Kill()
	c.nodes[1].Server().Kill()
	c.ahead(4 * day)
	c.nodes[0].Launch()
	c.nodes[1].Launch()
	c.nodes[0].AwaitReady()
	c.nodes[1].AwaitReady()
	c.each(1, "period-expired", people)
	c.once("no longer sign in", people, 0)
	for _, kind := range []string{"period-started", "period-reminder", "period-expired"} {
		rows, _ := c.told(0, kind)
		for user, n := range rows {
			if n != 1 {
				t.Errorf("%s is told %d times: %s", user, n, kind)
			}
		}
	}
	for _, m := range c.nodes {
		m.Server().Stop() // PostgreSQL ends only once nobody is connected
	}
}

func (c *cluster) signal(node int, signal syscall.Signal) {
	c.t.Helper()
	if err := syscall.Kill(c.nodes[node].Server().Pid(), signal); err != nil {
		c.t.Fatal(err)
	}
}
