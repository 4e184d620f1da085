//go:build system

package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// syncRun is what the command line tells of a run.
type syncRun struct {
	ID        string
	State     string
	Full      bool
	Added     int
	Changed   int
	Disabled  int
	Removed   int
	Back      int
	Unchanged int
	Refused   int
	Problem   string
	Rows      []struct{ Kind, Username, Reason string }
}

// syncing is an installation with a directory.
type syncing struct {
	*testkit.Muster
	t *testing.T
}

// run runs the item, after the server if that runs it by itself right now.
func (m *syncing) run(args ...string) (r syncRun) {
	m.t.Helper()
	testkit.Eventually(m.t, 30*time.Second, "the item is run", func() error {
		out, code := m.TryRun(append([]string{"sync", "run", "everybody", "--json"}, args...)...)
		if strings.Contains(out.Errors, "is being run right now") {
			return errors.New(out.Errors)
		}
		if err := json.Unmarshal([]byte(out.Output), &r); code != 0 || err != nil {
			m.t.Fatalf("sync run: exit code %d, %v: %v", code, err, out)
		}
		return nil
	})
	return r
}

// addSlapd adds a directory "staff".
func addSlapd(m *testkit.Muster, s *testkit.Slapd, more ...string) {
	m.Run(append([]string{
		"directory", "add", "staff", "--preset", "openldap", "--url", s.URL, "--base", testkit.SlapdBase,
		"--bind-dn", testkit.SlapdService, "--bind-password-file", m.Secret(testkit.SlapdServicePassword), "--ca-file", s.PKI.CAFile,
	}, more...)...)
}

// person is what the command line tells of a person.
type person struct {
	Origin          struct{ Directory, Object, Barred string }
	Username, Phone string
	Disabled        bool
	Status          string
	Groups          []string
}

func (m *syncing) person(name string) (p person) {
	m.t.Helper()
	m.JSON(&p, "user", "show", name)
	return p
}

// TestLifeInOpenLDAP: people of a real directory come, change, are disabled,
// go and come back, by commands to a running server.
func TestLifeInOpenLDAP(t *testing.T) {
	t.Parallel()
	ldap := testkit.StartSlapd(t, testkit.SlapdOptions{People: 25})
	m := &syncing{testkit.Serve(t, testkit.Settings{}), t}
	addSlapd(m.Muster, ldap, "--region", "DE")
	if out := m.Run("directory", "test", "staff"); strings.Contains(out, "failed") || !strings.Contains(out, "paging") {
		t.Errorf("the test says\n%s", out)
	}
	m.Run("user", "add", "u000003") // a local one
	m.Run("sync", "add", "everybody", "--directory", "staff", "--enabled", "no",
		"--require", "yes", "--method", "totp", "--period", "14d", "--mail", "yes")
	if r := m.run(); r.State != "done" || r.Added != 24 || r.Refused != 1 || !r.Full {
		t.Fatalf("at first: %+v", r)
	}
	if p := m.person("u000007"); p.Phone == "" {
		t.Errorf("u000007 has no telephone number: %+v", p)
	}
	m.welcomes("u000007")
	m.asksTogether("at first", 24, 0)
	if r := m.run(); r.Added+r.Changed+r.Removed != 0 || r.Full {
		t.Errorf("without a change: %+v", r)
	}
	if r := m.run("--full"); r.Unchanged != 24 || r.Refused != 1 || r.Changed != 0 {
		t.Errorf("read again: %+v", r)
	}
	fifth := m.person("u000005").Origin.Object

	dn := func(i int) string { return fmt.Sprintf("uid=u%06d,%s", i, testkit.SlapdPeople) }
	ldap.Modify(fmt.Sprintf("dn: %s\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n", dn(5)))
	ldap.Modify(fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: mobile\nmobile: not a number\n", dn(6)))
	ldap.Delete(dn(8))
	ldap.AddPerson("fresh")
	if r := m.run(); r.Added != 1 || r.Changed != 2 || r.Removed != 1 {
		t.Errorf("after changes: %+v", r)
	}
	m.asksTogether("after changes", 24, 1)
	if p := m.person("renamed"); p.Username != "renamed" || p.Origin.Object != fifth || p.Origin.Directory != "staff" {
		t.Errorf("renamed: %+v", p)
	}
	if _, code := m.TryRun("user", "show", "u000005"); code == 0 {
		t.Error("the old name is still somebody's")
	}

	gate := m.gate()
	gate.areSwapped(ldap, "u000020", "u000021")
	gate.isOutOfScope(ldap)

	gone := []string{dn(10), dn(11), dn(12), dn(13), dn(14), dn(15), dn(16)}
	ldap.Delete(gone...)
	m.run()
	held := m.waiting() // the server may have seen them go first, and run by itself
	if held.Removed != 0 {
		t.Fatalf("seven gone at once: %+v", held)
	}
	var list syncRun
	m.JSON(&list, "sync", "show", held.ID)
	if len(list.Rows) != 7 {
		t.Errorf("held are %v", list.Rows)
	}
	ldap.Stop()
	if out, code := m.TryRun("sync", "approve", held.ID); code == 0 || !strings.Contains(out.Errors, "could not be read") {
		t.Errorf("approved without a directory: %v", out)
	}
	ldap.Start()
	m.Run("sync", "approve", held.ID)
	if out := m.Run("audit", "list", "--json"); strings.Count(out, `"user.gone"`) != 10 {
		t.Errorf("the log does not know ten who are gone:\n%s", out)
	}

	m.asksSomethingElse(ldap)
	m.groupIsRenamed(ldap, dn(17), dn(18))
	m.isRenamed(ldap)
	m.isRefused(ldap)
	ldap.Stop()
	m.Server().Stop()
	m.Start() // with the directory down
	if out, code := m.TryRun("sync", "run", "everybody"); code == 0 {
		t.Errorf("it ran without a directory: %v", out)
	}
	var runs []syncRun
	m.JSON(&runs, "sync", "runs", "everybody", "--limit", "1")
	if len(runs) != 1 || runs[0].State != "failed" || runs[0].Problem == "" || runs[0].Removed != 0 {
		t.Errorf("the record is %+v", runs)
	}
}

// welcomes: somebody new has what the item says.
func (m *syncing) welcomes(name string) {
	m.t.Helper()
	if p := m.person(name); p.Status != "in-period" {
		m.t.Errorf("%s is %s", name, p.Status)
	}
	m.got(name, "enroll-link")
}

// groupIsRenamed: what is required of a group is so by whatever name it has, and
// where it is dissolved that is said.
func (m *syncing) groupIsRenamed(s *testkit.Slapd, members ...string) {
	m.t.Helper()
	s.AddGroup("crew", members...)
	m.run()
	m.Run("require", "--factor", "passkey", "--days", "30", "--group", "crew")
	type period struct {
		ID, State, Chosen string
		People            int
		Emptied           bool
	}
	var list []period
	stands := func(when, chosen string, people int, emptied bool) {
		m.t.Helper()
		m.JSON(&list, "period", "list")
		var shown period
		m.JSON(&shown, "period", "show", list[0].ID)
		if p := list[0]; p.Chosen != chosen || p.Emptied != emptied || shown.People != people || shown.Emptied != emptied {
			m.t.Errorf("%s: %+v, %+v", when, p, shown)
		}
	}
	stands("at first", "group crew", len(members), false)
	s.Modify("dn: cn=crew," + testkit.SlapdGroups + "\nchangetype: modrdn\nnewrdn: cn=crew-emea\ndeleteoldrdn: 1\n")
	m.run()
	stands("renamed", "group crew-emea", len(members), false)
	if out := m.Run("audit", "list", "--json"); strings.Count(out, `"group.rename"`) != 1 || strings.Contains(out, `"require.end"`) {
		m.t.Errorf("the log says\n%s", out)
	}
	s.Delete("cn=crew-emea," + testkit.SlapdGroups)
	m.run()
	stands("dissolved", "group crew-emea", 0, true)
	if out, _ := m.TryRun("doctor"); !strings.Contains(out.Output, "nobody is in group crew-emea any more") {
		m.t.Errorf("doctor: %v", out)
	}
}

// isRenamed: a part of the tree has another name. Everybody in it stays who
// they are, and an item that looks below the old name fails and shuts nobody
// out.
func (m *syncing) isRenamed(s *testkit.Slapd) {
	m.t.Helper()
	before := m.person("fresh").Origin.Object
	s.Modify("dn: " + testkit.SlapdPeople + "\nchangetype: modrdn\nnewrdn: ou=staff\ndeleteoldrdn: 1\n")
	if r := m.run("--full"); r.State != "done" || r.Added+r.Removed+r.Disabled != 0 || r.Changed == 0 || m.person("fresh").Origin.Object != before {
		m.t.Errorf("after people was renamed: %+v", r)
	}
	m.Run("sync", "set", "everybody", "--base", testkit.SlapdPeople)
	if out, code := m.TryRun("sync", "run", "everybody"); code == 0 {
		m.t.Errorf("it ran below a base that is not there: %v", out)
	}
	var runs []syncRun
	m.JSON(&runs, "sync", "runs", "everybody", "--limit", "1")
	if len(runs) != 1 || runs[0].State != "failed" || runs[0].Removed != 0 || m.person("fresh").Disabled {
		m.t.Errorf("below a base that is not there: %+v", runs)
	}
	m.Run("sync", "set", "everybody", "--base", testkit.SlapdBase)
	if r := m.run("--full"); r.State != "done" || r.Removed+r.Disabled != 0 {
		m.t.Errorf("below the base that is there: %+v", r)
	}
}

// isRefused: the directory no longer accepts the account that reads it, and
// administrators hear once; when it does again, a test makes all go on.
func (m *syncing) isRefused(s *testkit.Slapd) {
	m.t.Helper()
	m.Run("user", "add", "root", "--email", "root@example.com", "--totp-secret-file", m.Secret(rfcSecret))
	m.Run("admin", "grant", "root", "--role", "administrator")
	password := func(password string) {
		s.Modify("dn: " + testkit.SlapdService + "\nchangetype: modify\nreplace: userPassword\nuserPassword: " + password + "\n")
		s.Modify("dn: " + testkit.SlapdService + "\nchangetype: modify\nreplace: pwdReset\n") // nobody has to change it
	}
	refused := func(want bool) error {
		var list []struct {
			Problem        string
			AccountRefused bool `json:"account_refused"`
		}
		if m.JSON(&list, "directory", "list"); list[0].AccountRefused != want || (list[0].Problem != "") != want {
			return fmt.Errorf("the directory is %+v", list[0])
		}
		return nil
	}
	password("another one")
	testkit.Eventually(m.t, 45*time.Second, "the account is refused", func() error { return refused(true) })
	if out, code := m.TryRun("sync", "run", "everybody"); code == 0 || !strings.Contains(out.Errors, "refuses the service account") {
		m.t.Errorf("a run with a refused account: %v", out)
	}
	password(testkit.SlapdServicePassword)
	m.Run("directory", "test", "staff")
	testkit.Eventually(m.t, 45*time.Second, "the account is accepted", func() error { return refused(false) })
	m.got("root", "directory-refused")
}

// got: one mail of a kind went to somebody.
func (m *syncing) got(name, kind string) {
	m.t.Helper()
	mails := mailsOf(m.Muster, "--user", name)
	if of := slices.DeleteFunc(slices.Clone(mails), func(l mailLine) bool { return l.Kind != kind }); len(of) != 1 {
		m.t.Errorf("%s got %+v, not one %s", name, mails, kind)
	}
}

// TestItemsRunByThemselves: what changes in the directory is here an interval
// later, somebody disabled there within a minute, and somebody deleted there as
// soon as anybody asks for them.
func TestItemsRunByThemselves(t *testing.T) {
	t.Parallel()
	samba := testkit.StartSamba(t)
	samba.AddPerson("alice", "Correct-horse-1")
	samba.AddPerson("bob", "Correct-horse-1")
	m := &syncing{testkit.Serve(t, testkit.Settings{}), t}
	m.Run("directory", "add", "corp", "--preset", "ad", "--url", samba.URL, "--base", testkit.SambaBase,
		"--bind-dn", testkit.SambaService, "--bind-password-file", m.Secret(testkit.SambaServicePassword), "--ca-file", samba.PKI.CAFile)
	m.Run("sync", "add", "everybody", "--directory", "corp", "--base", testkit.SambaPeople)
	testkit.Eventually(t, 30*time.Second, "people come", func() error {
		if out := m.Run("user", "list"); !strings.Contains(out, "alice") || !strings.Contains(out, "bob") {
			return fmt.Errorf("there are\n%s", out)
		}
		return nil
	})
	samba.Modify(fmt.Sprintf("dn: cn=bob,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n", testkit.SambaPeople))
	testkit.Eventually(t, time.Minute, "bob is shut out", func() error {
		if out := m.Run("audit", "list", "--json"); !strings.Contains(out, `"user.barred"`) {
			return fmt.Errorf("the log says\n%s", out)
		}
		return nil
	})
	samba.Modify(fmt.Sprintf("dn: cn=bob,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 512\n", testkit.SambaPeople))
	if r := m.run(); r.State != "done" || r.Back > 1 {
		t.Errorf("enabled again: %+v", r)
	}
	samba.Modify(fmt.Sprintf("dn: cn=alice,%s\nchangetype: modrdn\nnewrdn: cn=alicia\ndeleteoldrdn: 1\n", testkit.SambaPeople))
	if r := m.run(); r.Changed != 1 || r.Added+r.Removed != 0 {
		t.Errorf("moved: %+v", r)
	}
	samba.Delete("cn=alicia," + testkit.SambaPeople)
	out, _ := m.TryRun("user", "test", `EXAMPLE\alice`, "--password-file", m.Secret("Correct-horse-1"), "--json")
	if !strings.Contains(out.Output, "gone-from-directory") {
		t.Errorf("who is gone is told %v", out)
	}
	testkit.Eventually(t, 30*time.Second, "the record knows", func() error { // though the next run is due in an hour
		if out := m.Run("audit", "list", "--json"); strings.Count(out, `"user.gone"`) != 1 {
			return fmt.Errorf("the log says\n%s", out)
		}
		return nil
	})
}

// waiting waits for the run that holds people back, whoever began it.
func (m *syncing) waiting() (held syncRun) {
	m.t.Helper()
	testkit.Eventually(m.t, 30*time.Second, "a run holds people back", func() error {
		var runs []syncRun
		m.JSON(&runs, "sync", "runs", "everybody")
		i := slices.IndexFunc(runs, func(r syncRun) bool { return r.State == "waiting" })
		if i < 0 {
			return fmt.Errorf("runs are %+v", runs)
		}
		held = runs[i]
		return nil
	})
	return held
}

// TestAServerThatDiesWhileItReads: what it had taken over stays, whole, and
// the next one takes over the rest.
func TestAServerThatDiesWhileItReads(t *testing.T) {
	t.Parallel()
	const people = 20_000
	ldap := testkit.StartSlapd(t, testkit.SlapdOptions{People: people})
	m := &syncing{testkit.Serve(t, testkit.Settings{}), t}
	addSlapd(m.Muster, ldap)
	m.Run("sync", "add", "everybody", "--directory", "staff")
	testkit.Eventually(t, 30*time.Second, "it has begun", func() error {
		var runs []syncRun
		m.JSON(&runs, "sync", "runs")
		if len(runs) == 0 || runs[0].Added == 0 {
			return fmt.Errorf("runs are %+v", runs)
		}
		return nil
	})
	m.Server().Kill()
	m.Start()
	var runs []syncRun
	testkit.Eventually(t, time.Minute, "all have come", func() error {
		m.JSON(&runs, "sync", "runs")
		if runs[0].State != "done" || len(runs) < 2 {
			return fmt.Errorf("runs are %+v", runs)
		}
		return nil
	})
	broken := slices.ContainsFunc(runs, func(r syncRun) bool { return r.State == "interrupted" })
	if r := m.run("--full"); r.Unchanged != people || r.Changed+r.Added+r.Refused+r.Removed != 0 {
		t.Errorf("afterwards: %+v (broken off: %v)", r, broken)
	}
}
