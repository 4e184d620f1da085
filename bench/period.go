package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// What tables call the databases.
const (
	onSQLite   = "SQLite"
	onPostgres = "PostgreSQL"
)

// database is what the program keeps its data in, and what tables call it.
type database struct{ name, address string }

// databases are those of the names, new and empty.
func databases(pg *testkit.Postgres, name string, names []string) (list []database) {
	for _, kind := range names {
		db := database{name: kind}
		if kind == onPostgres {
			db.address = pg.Database(name)
		}
		list = append(list, db)
	}
	return list
}

// periodStarts measures how long it takes to bring a period into force for
// everybody, and how long whoever signs in waits meanwhile, against when
// nothing else goes on.
func periodStarts(t testing.TB, report *table, on []string, rounds int, people []person) {
	const inFlight, calm, pause = 4, 5000, 4 * time.Millisecond // some 800 a second
	pg := testkit.StartPostgres(t, "shared_buffers=256MB")
	took, waits := map[string][]float64{}, map[string][]float64{}
	var last int64
	for round := range min(rounds, 3) {
		for _, db := range databases(pg, fmt.Sprintf("start%d", round), on) {
			m := newMuster(t, db.address, people)
			m.Start()
			m.codes.inFlight, m.codes.pause = inFlight, pause
			last = freshStep(last, 25*time.Second)
			alone := m.signIn(t, people[:calm], last)
			over := make(chan struct{})
			m.codes.until = over
			go func() {
				defer close(over)
				took[db.name] = append(took[db.name], timed(func() {
					m.Run("require", "--factor", "passkey", "--days", "14", "--all")
				}).Seconds())
			}()
			meanwhile := m.signIn(t, people[calm:], last)
			<-over
			waits[db.name] = append(waits[db.name], float64(meanwhile.percentile(0.99))/float64(alone.percentile(0.99)))
			report.line("| p99 of code sign-ins on %s, %.0f a second: %.2f ms alone, %.2f ms during the start of a period | | | | | |",
				db.name, meanwhile.rate(), milliseconds(alone.percentile(0.99)), milliseconds(meanwhile.percentile(0.99)))
			m.Server().Stop()
		}
	}
	for _, name := range on {
		report.atMost("start of a period for all people, "+name, " s", 10, 5, median(took[name], itself))
		report.atMost("p99 of code sign-ins during it against before, "+name, "×", 3, 2, median(waits[name], itself))
	}
}

// Sweeps look through so many times as many people as sign in, of whom so many
// are due at once.
const (
	sweptTimes = 10
	sweptDue   = 1000
)

// periodSweeps measures how long a sweep takes, by the program's own metrics,
// that finds a thousand people of a million due, as the first thing that a
// server does: once with all in memory that fits, and once from a disk of which
// nothing is cached.
func periodSweeps(t testing.TB, report *table, on []string, people int) {
	pg := testkit.StartPostgres(t, "shared_buffers=256MB")
	for _, db := range databases(pg, "sweep", on) {
		s := &swept{t: t, people: people, address: testkit.Loopback(t), reminded: map[string]bool{}}
		s.Muster = testkit.NewMuster(t, testkit.Settings{
			Database: db.address, Address: s.address, Patience: 15 * time.Minute, Mail: mailsWait(s.address, time.Now()),
		})
		s.fill()
		measure := "sweep of %d people in a period, %d of them due, as the first thing that a server does, "
		s.fallDue(0)
		report.atMost(fmt.Sprintf(measure+db.name, people, sweptDue), " s", 2, 0.5, s.sweep())
		report.line("| sweep with nobody due, %s: %.3f s | | | | | |", db.name, s.sweep())
		s.fallDue(people / sweptDue / 2)
		if db.name == onPostgres {
			pg.Query("sweep", "CHECKPOINT")
			pg.Stop()
		}
		forgetFiles(t)
		if db.name == onPostgres {
			pg.Start()
		}
		report.atMost(fmt.Sprintf(measure+db.name+", nothing cached", people, sweptDue), " s", 2, 0.5, s.sweep())
	}
}

// swept is an installation with many people in a period, who are told.
type swept struct {
	*testkit.Muster

	t        testing.TB
	people   int
	address  string
	reminded map[string]bool // who should be, so far
}

// fill brings everybody under a period and has them told.
func (s *swept) fill() {
	const atOnce = 250_000
	for first := 0; first < s.people; first += atOnce {
		file := testkit.WriteFile(s.t, filepath.Join(s.Dir, "people.csv"), addressedCSV(first, min(atOnce, s.people-first)), 0o600)
		s.Run("user", "import", file)
	}
	s.Run("require", "--factor", "totp", "--days", "14", "--all")
	awaitForce(s.Muster)
	s.Start()
	defer s.Server().Stop()
	awaitSweep(s.t, s.Muster, s.address, 20*time.Minute)
}

// fallDue gives people less time, so that they are to be reminded: one of so
// many, from the nth on.
func (s *swept) fallDue(first int) {
	var due strings.Builder
	for i := range sweptDue {
		name := addressedName(first + i*(s.people/sweptDue))
		s.reminded[name] = true
		fmt.Fprintln(&due, name)
	}
	file := testkit.WriteFile(s.t, filepath.Join(s.Dir, "due"), due.String(), 0o600)
	s.Run("period", "extend", "--users", file, "--until", time.Now().Add(12*time.Hour).UTC().Format(time.RFC3339))
}

// sweep starts a server and stops it when it has swept. It returns how long
// that took, in seconds, and wants a reminder for each of those who should be
// reminded so far, and for nobody else: the newest mails are looked through,
// twice as many as there may be.
func (s *swept) sweep() float64 {
	s.t.Helper()
	s.Start()
	took := awaitSweep(s.t, s.Muster, s.address, time.Minute)
	s.Server().Stop()
	var mails []struct{ Kind, User string }
	s.JSON(&mails, "mail", "list", "--limit", strconv.Itoa(4*len(s.reminded)))
	reminded := map[string]int{}
	for _, mail := range mails {
		if mail.Kind == "period-reminder" {
			reminded[mail.User]++
		}
	}
	for name := range s.reminded {
		if reminded[name] != 1 {
			s.t.Errorf("%s was reminded %d times", name, reminded[name])
		}
	}
	if len(reminded) != len(s.reminded) {
		s.t.Errorf("%d people were reminded, want %d", len(reminded), len(s.reminded))
	}
	return took
}

// mailsWait are the settings of a server that sends no mail for now, or files
// would be written for everybody meanwhile, and that tells of its sweeps.
func mailsWait(address string, now time.Time) string {
	hours := now.Add(-4*time.Hour).Format("15:04") + "-" + now.Add(8*time.Hour).Format("15:04")
	return fmt.Sprintf("mail: {quiet_hours: %q}\nmetrics: {listen: %q}\n", hours, address+":9090")
}

// awaitForce waits until the newest period is in force: where there may be
// other nodes, that is a moment after its start.
func awaitForce(m *testkit.Muster) {
	var periods []struct {
		StartedAt time.Time `json:"started_at"`
	}
	m.JSON(&periods, "period", "list")
	time.Sleep(time.Until(periods[0].StartedAt))
}

var (
	sweepRuns = regexp.MustCompile(`(?m)^muster_job_runs_total\{job="enrollment-periods",result="good"\} (\S+)$`)
	sweepTook = regexp.MustCompile(`(?m)^muster_job_last_duration_seconds\{job="enrollment-periods"\} (\S+)$`)
)

// awaitSweep waits for the first sweep of a server and returns how long it
// took, in seconds.
func awaitSweep(t testing.TB, m *testkit.Muster, address string, patience time.Duration) (took float64) {
	t.Helper()
	client := m.Client()
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address+":9090")
	}
	testkit.Eventually(t, patience, "a sweep has ended", func() error {
		response, err := client.Get(m.PublicURL() + "/metrics")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var page bytes.Buffer
		if _, err := page.ReadFrom(response.Body); err != nil {
			return err
		}
		runs, last := sweepRuns.FindStringSubmatch(page.String()), sweepTook.FindStringSubmatch(page.String())
		if runs == nil || last == nil || runs[1] == "0" {
			return fmt.Errorf("no run has ended yet")
		}
		took, err = strconv.ParseFloat(last[1], 64)
		return err
	})
	return took
}

func addressedName(i int) string { return fmt.Sprintf("member%07d", i) }

// addressedCSV are people without a factor who have an address and are in a
// group or two.
func addressedCSV(first, count int) string {
	var b strings.Builder
	b.WriteString("username,display_name,email,groups\n")
	for i := first; i < first+count; i++ {
		name := addressedName(i)
		fmt.Fprintf(&b, "%s,Member Number %d,%s@example.com,staff;team %d\n", name, i, name, i%100)
	}
	return b.String()
}
