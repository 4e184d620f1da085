//go:build system

package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// TestKilledAmidAnAct: an act on many whose process is killed is finished after
// the restart, for each once; the log names it for each, and an undo takes all
// of it back.
func TestKilledAmidAnAct(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killedAmidAnAct(t, testkit.Settings{})
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		database := testkit.StartPostgres(t).Database("muster")
		killedAmidAnAct(t, testkit.Settings{Database: database})
	})
}

func killedAmidAnAct(t *testing.T, settings testkit.Settings) {
	const people = 2000
	settings.Mail = fmt.Sprintf("mail: {file: %s, on_setup: false}\n", t.TempDir())
	m := testkit.Serve(t, settings)
	var csv strings.Builder
	csv.WriteString("username,email\n")
	for i := range people {
		fmt.Fprintf(&csv, "user%04d,user%04d@example.com\n", i, i)
	}
	m.Run("user", "import", testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), csv.String(), 0o600))
	m.Run("require", "--factor", "totp", "--days", "7", "--all")

	told := func(kind string, waiting bool) map[string]int {
		users := map[string]int{}
		for _, mail := range mailsOf(m, "--limit", "100000") {
			if mail.Kind == kind && (waiting || mail.State != "queued") { // one that waits takes up what comes after it
				users[mail.User]++
			}
		}
		return users
	}
	testkit.Eventually(t, time.Minute, "everybody is told of the beginning", func() error {
		if n := len(told("period-started", false)); n != people {
			return fmt.Errorf("%d", n)
		}
		return nil
	})

	type entry struct{ Action, Subject, Detail string }
	log := func(args ...string) (list []entry) {
		m.JSON(&list, append([]string{"audit", "list"}, args...)...)
		return list
	}
	acts := make(chan int, 1)
	go func() {
		_, code := m.TryRun("period", "extend", "--all", "--days", "3", "--reason", "holiday")
		acts <- code
	}()
	testkit.Eventually(t, 30*time.Second, "the act changes somebody", func() error {
		for _, e := range log("--user", "user0000") {
			if e.Action == "period.extend" {
				return nil
			}
		}
		return fmt.Errorf("%d entries", len(log()))
	})
	m.Server().Kill()
	if code := <-acts; code == 0 {
		t.Fatal("it was over before the kill: there are too few people")
	}
	m.Start()
	testkit.Eventually(t, time.Minute, "the act is finished", func() error {
		for _, e := range log() {
			if e.Action == "bulk.end" && strings.HasPrefix(e.Detail, "period.extend") && strings.Contains(e.Detail, fmt.Sprintf("done for %d of %d", people, people)) {
				return nil
			}
		}
		return fmt.Errorf("%+v", log())
	})
	mails := told("period-extended", true)
	if len(mails) != people {
		t.Errorf("%d people are told, want %d", len(mails), people)
	}
	for user, n := range mails {
		if n != 1 {
			t.Errorf("%s was told %d times", user, n)
		}
	}
	for _, user := range []string{"user0000", fmt.Sprintf("user%04d", people-1)} {
		if list := log("--user", user); len(list) == 0 || list[0].Action != "period.extend" || !strings.HasPrefix(list[0].Detail, "until ") {
			t.Errorf("log of %s: %+v", user, list)
		}
	}
	var undone struct{ Chosen, Done int }
	m.JSON(&undone, "period", "undo")
	if undone.Chosen != people || undone.Done != people {
		t.Errorf("undone: %+v", undone)
	}
	threeOfFiveHundred(t, m)
}

// threeOfFiveHundred gives 500 people more time, of whom three are not there:
// the command line says so and why, and the log has the count.
func threeOfFiveHundred(t *testing.T, m *testkit.Muster) {
	t.Helper()
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("user%04d", i))
	}
	m.Run("user", "remove", "user0400", "--reason", "left")
	names[100], names[200] = "ghost", "not a name"
	file := testkit.WriteFile(t, filepath.Join(m.Dir, "names"), strings.Join(names, "\n")+"\n", 0o600)
	out, code := m.TryRun("period", "extend", "--users", file, "--days", "1", "--reason", "fair")
	said := out.Output + out.Errors
	if code != 1 || !strings.Contains(said, "497") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
	for _, part := range []string{"user0400", "ghost", "not a name"} {
		if strings.Count(said, part) == 0 {
			t.Errorf("nothing is said of %s:\n%s", part, said)
		}
	}
	var log []struct{ Action, Detail string }
	m.JSON(&log, "audit", "list", "--limit", "1")
	if len(log) != 1 || log[0].Action != "bulk.end" || !strings.HasSuffix(log[0].Detail, "done for 497 of 500") {
		t.Errorf("%+v", log)
	}
}
