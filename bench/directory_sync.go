package bench

import (
	"fmt"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// directorySyncs measures what the program does to keep all people of a
// directory in step: the first time, into SQLite, once more with nothing
// changed, and the changes alone, of which there are none; each with the
// command that asks for it, against ldapsearch in pages in the same round,
// which only writes a file. And by how much it grows meanwhile, against a
// directory with a tenth as many.
func directorySyncs(t testing.TB, report *table, rounds, people int) {
	large, small := testkit.StartSlapd(t, testkit.SlapdOptions{People: people}), testkit.StartSlapd(t, testkit.SlapdOptions{People: people / 10})
	var theirs, first, again, changes, grown, grownSmall []float64
	for range rounds {
		theirs = append(theirs, timed(func() { large.Ldapsearch(twelve...) }).Seconds())
		m := syncing(t, large, nil)
		grown = append(grown, memoryDuring(t, m.Server(), func() {
			first = append(first, timed(func() { m.Run("sync", "run", "everybody") }).Seconds())
		}))
		again = append(again, timed(func() { m.Run("sync", "run", "everybody", "--full") }).Seconds())
		changes = append(changes, timed(func() { m.Run("sync", "run", "everybody") }).Seconds())
		m.Server().Stop()
		m = syncing(t, small, nil)
		grownSmall = append(grownSmall, memoryDuring(t, m.Server(), func() { m.Run("sync", "run", "everybody") }))
		m.Server().Stop()
	}
	search := median(theirs, itself)
	report.line("| first synchronisation into SQLite | %.0f | | | | |", float64(people)/median(first, itself))
	report.line("| full synchronisation, nothing changed | %.0f | | | | |", float64(people)/median(again, itself))
	report.atMost("first full synchronisation into SQLite against ldapsearch in pages", "×", 8, 3, median(first, itself)/search)
	report.atMost("full synchronisation with nothing changed against ldapsearch in pages", "×", 6, 3, median(again, itself)/search)
	report.atMost("synchronisation of changes, of which there are none", " s", 1, 0.3, median(changes, itself))
	report.atMost("memory over idle during the first synchronisation", " MB", 120, 60, median(grown, itself))
	report.line("| memory over idle: %.0f MB with %d people, %.0f MB with %d | | | | | |",
		median(grown, itself), people, median(grownSmall, itself), people/10)
}

// directorySyncsOfAD measures what the program does to keep all people of an
// Active Directory in step, the first time into SQLite and once more with
// nothing changed, against ldapsearch in pages in the same round.
func directorySyncsOfAD(t testing.TB, report *table, rounds, people int) {
	samba := testkit.StartSamba(t)
	samba.Fill(people, "")
	var theirs, first, again []float64
	for range rounds {
		theirs = append(theirs, timed(func() { samba.Ldapsearch() }).Seconds())
		m := newMuster(t, "", nil)
		m.Start()
		m.Run("directory", "add", "corp", "--preset", "ad", "--url", samba.URL, "--base", testkit.SambaBase,
			"--bind-dn", testkit.SambaService, "--bind-password-file", m.Secret(testkit.SambaServicePassword),
			"--ca-file", samba.PKI.CAFile, "--region", "DE")
		m.Run("sync", "add", "everybody", "--directory", "corp", "--enabled", "no")
		first = append(first, timed(func() { m.Run("sync", "run", "everybody") }).Seconds())
		again = append(again, timed(func() { m.Run("sync", "run", "everybody", "--full") }).Seconds())
		m.Server().Stop()
	}
	search := median(theirs, itself)
	report.line("| first synchronisation of Active Directory into SQLite | %.0f | | | | |", float64(people)/median(first, itself))
	report.atMost("first full synchronisation of a tenth as many people of Active Directory against ldapsearch in pages", "×", 3, 1.5,
		median(first, itself)/search)
	report.atMost("the same with nothing changed", "×", 3, 1.5, median(again, itself)/search)
}

// syncing is an installation that serves, knows a directory, and has people
// with an authenticator of its own.
func syncing(t testing.TB, s *testkit.Slapd, people []person) *muster {
	t.Helper()
	m := newMuster(t, "", people)
	m.Start()
	m.Run("directory", "add", "staff", "--preset", "openldap", "--url", s.URL, "--base", testkit.SlapdPeople,
		"--bind-dn", testkit.SlapdService, "--bind-password-file", m.Secret(testkit.SlapdServicePassword),
		"--ca-file", s.PKI.CAFile, "--region", "DE")
	m.Run("sync", "add", "everybody", "--directory", "staff", "--enabled", "no")
	return m
}

// directoryWaits measures how long whoever signs in waits while all people of a
// directory come for the first time, against when nothing else goes on. Each
// answer waits for its own commit, and the same two cores do everything.
func directoryWaits(t testing.TB, report *table, rounds int, people []person) {
	const inFlight, calm = 4, 4000
	slapd := testkit.StartSlapd(t, testkit.SlapdOptions{People: len(people)})
	var alone, meanwhile, longest []float64
	var last int64
	for range min(rounds, 3) {
		m := syncing(t, slapd, people)
		m.codes.inFlight = inFlight
		last = freshStep(last, 20*time.Second)
		seen := m.signIn(t, people[:calm], last)
		alone = append(alone, milliseconds(seen.percentile(0.99)))
		over := make(chan struct{})
		m.codes.until = over
		go func() {
			defer close(over)
			m.Run("sync", "run", "everybody")
		}()
		seen = m.signIn(t, people[calm:], last)
		meanwhile = append(meanwhile, milliseconds(seen.percentile(0.99)))
		longest = append(longest, milliseconds(seen.percentile(1)))
		<-over
		m.Server().Stop()
	}
	report.line("| p99 of code sign-ins, %d in flight: %.1f ms alone, %.1f ms during a first synchronisation, the longest %.0f ms | | | | | |",
		inFlight, median(alone, itself), median(meanwhile, itself), median(longest, itself))
	report.atMost("p99 of code sign-ins during a first synchronisation, 4 in flight", " ms", 50, 25, median(meanwhile, itself))
}

// signIn lets people sign in with their codes. Every one of them is to be
// accepted.
func (m *muster) signIn(t testing.TB, people []person, counter int64) *result {
	t.Helper()
	seen, err := m.codes.run(signInsAt(people, counter))
	if err == nil && seen.refused+seen.lost > 0 {
		err = fmt.Errorf("%d were refused, %d not answered", seen.refused, seen.lost)
	}
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
