//go:build bench

package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

var (
	rounds     = flag.Int("rounds", 5, "how many interleaved rounds to measure")
	population = flag.Int("people", 100_000, "how many people have an authenticator")
	oneBase    = flag.String("database", "", "measure starts, sweeps and lists of people on this one alone: SQLite or PostgreSQL")
	only       = flag.String("only", "", "measure only these parts: signin, disk, page, directory, sync, start, sweep, people, mail (comma separated)")
)

// TestMain lets the test binary serve the ready-made page in a process of its
// own.
func TestMain(m *testing.M) {
	if files := os.Getenv("BENCH_READY_MADE"); files != "" {
		part := strings.Split(files, ",")
		fmt.Fprintln(os.Stderr, serveReadyMade(part[0], part[1], part[2], part[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestTable measures all rows of the table and prints it. It fails when a
// sign-in that must be accepted is not, never for being slow.
func TestTable(t *testing.T) {
	people := populate(*population)
	report := &table{}
	parts := []struct {
		name    string
		measure func(*testing.T, *table, []person)
	}{{"signin", measureSignIns}, {"disk", measureSlowDisk}, {"page", measurePage}, {"directory", measureDirectory}, {"sync", measureSync}, {"start", measureStart}, {"sweep", measureSweep}, {"people", measurePeople}, {"mail", measureMail}}
	before := speed()
	for _, part := range parts {
		if *only == "" || strings.Contains(","+*only+",", ","+part.name+",") {
			part.measure(t, report, people)
		}
	}
	fmt.Printf("\n%d cores, %d people, %d rounds; a fixed HMAC took %.0f ns before, %.0f ns after\n\n%s\n",
		runtime.NumCPU(), *population, *rounds, before, speed(), report)
}

// measureSignIns loads the program, on both databases, and both peers.
func measureSignIns(t *testing.T, report *table, people []person) {
	file := startFreeRADIUSFile(t, people)
	pg := testkit.StartPostgres(t, "shared_buffers=256MB")
	sql := startFreeRADIUSPostgres(t, pg, people)
	ours := newMuster(t, "", people)
	start := time.Now()
	ours.Launch()
	awaitAnswer(t, ours.codes, ours.Server())
	firstAnswer := time.Since(start)
	ours.AwaitReady()
	onPostgres := newMuster(t, pg.Database("muster"), people)
	onPostgres.Start()

	// Each uses people of its own in a round, so that all share one step. The
	// peers come first: they know no window.
	share := len(people) / 10
	process := func(p *testkit.Process) func() []int { return func() []int { return []int{p.Pid()} } }
	withPostgres := func() []int { return []int{sql.process.Pid(), pg.Pid()} }
	challenged := ours.codes
	challenged.challenge = true
	var (
		peer       = &subject{name: "FreeRADIUS rlm_totp, users file", load: file.load, to: 6 * share, processes: process(file.process)}
		peerSQL    = &subject{name: "FreeRADIUS rlm_totp, users and audit row in PostgreSQL", load: sql.load, to: share, processes: withPostgres}
		codes      = &subject{name: "codes, SQLite", load: ours.codes, to: 6 * share, processes: ours.processes(nil)}
		postgres   = &subject{name: "codes, PostgreSQL", load: onPostgres.codes, to: 6 * share, processes: onPostgres.processes(pg)}
		challenges = &subject{name: "challenges, SQLite", load: challenged, from: 6 * share, to: 8 * share, processes: ours.processes(nil)}
		crowded    = &subject{name: "codes, SQLite, passwords saturated", load: ours.codes, from: 8 * share, to: len(people), processes: ours.processes(nil)}
		passwords  = &subject{name: "local passwords, SQLite", load: ours.passwords, processes: ours.processes(nil)}
	)
	passwords.load.inFlight = 8
	var last int64
	var passwordShare, growth []float64
	var peerMemory, memory float64 // after the same number of sign-ins with a code
	for range *rounds {
		last = freshStep(last, 27*time.Second)
		peer.round(t, people, last)
		peerMemory = megabytes(t, file.process)
		peerSQL.round(t, people, last)
		codes.round(t, people, last)
		memory = megabytes(t, ours.Server())
		postgres.round(t, people, last)
		challenges.round(t, people, last)
		saturated(t, ours, func() { crowded.round(t, people, last) })
		// The machine's speed changes: bare is measured on both sides.
		bare := bareArgon2id(runtime.NumCPU(), time.Second)
		growth = append(growth, memoryDuring(t, ours.Server(), func() { passwords.measure(t, passwordSignIns()) }))
		bare = (bare + bareArgon2id(runtime.NumCPU(), time.Second)) / 2
		passwordShare = append(passwordShare, passwords.lastRate()/bare)
	}
	report.raw(peer, peerSQL, codes, postgres, challenges, crowded, passwords)
	report.atLeast("code sign-ins against FreeRADIUS rlm_totp with a users file, which keeps nothing", "×", 0.6, 0.9, codes.rate()/peer.rate())
	report.atMost("server CPU ÷ generator CPU", "", 3.3, 2.4, codes.overGenerator())
	report.atLeast("code sign-ins against FreeRADIUS with users and an audit row in PostgreSQL", "×", 5, 8, codes.rate()/peerSQL.rate())
	report.atLeast("PostgreSQL as our store against SQLite as our store", "×", 0.6, 0.85, postgres.rate()/codes.rate())
	report.atMost("p99 at full load against FreeRADIUS rlm_totp with a users file", "×", 3, 1.9, codes.p99()/peer.p99())
	report.atLeast("challenge sign-ins (two exchanges) against code sign-ins", "×", 0.4, 0.5, challenges.rate()/codes.rate())
	report.atLeast("local passwords alone against bare argon2id on all cores", "×", 0.65, 0.85, median(passwordShare, itself))
	report.atMost("memory over idle while checking passwords", " MB", float64(runtime.NumCPU()*19+30), float64(runtime.NumCPU()*19+30), median(growth, itself))
	report.atLeast("code sign-ins while password checks are saturated, against without", "×", 0.5, 0.7, crowded.rate()/codes.rate())
	report.line("| resident after %d code sign-ins: FreeRADIUS with a users file %.0f MB, SQLite %.0f MB | | | | | |",
		*rounds*6*share, peerMemory, memory)
	report.atMost("resident memory after the same code sign-ins against FreeRADIUS's", "×", 0.6, 0.4, memory/peerMemory)
	report.atMost("resident memory after them", " MB", 0.6*332, 0.4*332, memory)
	report.atMost("start to first answered request", " s", 1, 0.3, firstAnswer.Seconds())
	report.atMost("import of all people with TOTP secrets", " s", 20, 5, ours.imported.Seconds())
}

// saturated does something while password checks keep all cores busy.
func saturated(t *testing.T, m *muster, do func()) {
	t.Helper()
	stop, done := make(chan struct{}), make(chan error)
	background := m.passwords
	background.inFlight, background.until = 8, stop
	go func() {
		var endless []signIn
		for range 20 {
			endless = append(endless, passwordSignIns()...)
		}
		_, err := background.run(endless)
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	do()
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// measureSlowDisk adds 5 ms to each flush, from outside, and compares many
// requests in flight with few: commits must be shared.
func measureSlowDisk(t *testing.T, report *table, people []person) {
	ours := newMuster(t, "", people)
	ours.Launch("strace", "-f", "--seccomp-bpf", "-qq", "-o", os.DevNull,
		"-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=5000")
	ours.AwaitReady()
	share := len(people) / 10
	few := &subject{name: "codes, SQLite, slow disk, 64 in flight", load: ours.codes, to: 2 * share, processes: ours.processes(nil)}
	many := &subject{name: "codes, SQLite, slow disk, 256 in flight", load: ours.codes, from: 2 * share, to: 6 * share, processes: ours.processes(nil)}
	many.load.inFlight = 4 * inFlight
	var last int64
	for range *rounds {
		last = freshStep(last, 20*time.Second)
		few.round(t, people, last)
		many.round(t, people, last)
	}
	report.raw(few, many)
	report.atLeast("5 ms added to each flush: rate at 256 in flight against 64", "×", 2.5, 3.3, many.rate()/few.rate())
}

// measurePage compares the portal's first page with the same bytes ready made.
func measurePage(t *testing.T, report *table, _ []person) {
	ours := testkit.Serve(t, testkit.Settings{})
	total := weight{}
	page := testkit.WriteFile(t, filepath.Join(ours.Dir, "page"), total.fetch(t, ours, ours.PublicURL()+"/"), 0o600)
	pki := testkit.NewPKI(t, testkit.Scratch(t), testkit.PublicHost)
	address := testkit.Loopback(t) + ":443"
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "BENCH_READY_MADE="+strings.Join([]string{address, page, pki.CertFile, pki.KeyFile}, ","))
	testkit.Start(t, "ready-made page", cmd)
	testkit.Listening(t, address, 10*time.Second)

	var rendered, ready []float64
	for range *rounds {
		rendered = append(rendered, pageRate(t, ours.HTTPS(), 2*time.Second))
		ready = append(ready, pageRate(t, address, 2*time.Second))
	}
	report.line("| portal page over TLS, rendered | %.0f | | | | |", median(rendered, itself))
	report.line("| the same bytes ready made | %.0f | | | | |", median(ready, itself))
	report.atLeast("portal sign-in page over TLS against the same bytes ready made", "×", 0.25, 0.5, median(rendered, itself)/median(ready, itself))
	visit := firstVisit(t, ours)
	report.atMost("first visit of the portal: files", "", 4, 3, float64(visit.files))
	report.atMost("first visit of the portal: script, gzipped", " kB", 30, 15, float64(visit.script)/1000)
	report.atMost("first visit of the portal: all, gzipped", " kB", 50, 35, float64(visit.all)/1000)
}

// measureDirectory reads and binds, against the tools of OpenLDAP and go-ldap.
func measureDirectory(t *testing.T, report *table, people []person) {
	directoryReads(t, report, *rounds, len(people))
	directoryBinds(t, report, *rounds)
}

// measureSync keeps everybody in step, alone and while others sign in.
func measureSync(t *testing.T, report *table, people []person) {
	directorySyncs(t, report, *rounds, len(people))
	directorySyncsOfAD(t, report, *rounds, len(people)/10)
	directoryWaits(t, report, *rounds, people)
}

// measured are the databases to measure on.
func measured() []string {
	if *oneBase != "" {
		return []string{*oneBase}
	}
	return []string{onSQLite, onPostgres}
}

// measureStart brings a period into force while people sign in.
func measureStart(t *testing.T, report *table, people []person) {
	periodStarts(t, report, measured(), *rounds, people)
}

// measureSweep looks who of ten times as many people is due.
func measureSweep(t *testing.T, report *table, people []person) {
	periodSweeps(t, report, measured(), sweptTimes*len(people))
}

// measurePeople shows lists of people in the console.
func measurePeople(t *testing.T, report *table, people []person) {
	peopleLists(t, report, measured(), people)
}

// measureMail sends a mail to each of a few thousand people.
func measureMail(t *testing.T, report *table, _ []person) {
	mailQueue(t, report, 3000)
}
