// Package storetest is the definition of storage: what a store must do under
// contention, at the exact instant, after a crash and with many rows. SQLite
// and PostgreSQL both run it.
//
// It also opens stores for the tests of other packages: SQLite in a scratch
// folder, which is the product. It must not know tables or SQL.
package storetest

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/internal/keyring"
	"example.com/muster/internal/store"
)

// Database is one database, empty at first.
type Database struct {
	// Options open it.
	Options store.Options
	// Shared says that it can be opened several times at once.
	Shared bool
}

// Open opens the database and closes it when the test ends, unless the test
// has closed it.
func (d Database) Open(t testing.TB, with ...func(*store.Options)) *store.Store {
	t.Helper()
	o := d.Options
	for _, change := range with {
		change(&o)
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // closed already, or of no more interest
	return s
}

// SQLite returns a new database in a scratch folder.
func SQLite(t testing.TB) Database {
	t.Helper()
	return Database{Options: store.Options{
		File: filepath.Join(t.TempDir(), "muster.db"),
		Keys: keyring.Ephemeral(Start), Now: later, Log: slog.New(slog.DiscardHandler),
	}}
}

// Postgres returns the database behind a connection string, which must be
// empty.
func Postgres(_ testing.TB, dsn string) Database {
	return Database{Shared: true, Options: store.Options{
		Postgres: dsn, Keys: keyring.Ephemeral(Start), Now: later, Log: slog.New(slog.DiscardHandler),
	}}
}

// New returns an open, empty store.
func New(t testing.TB) *store.Store {
	t.Helper()
	return SQLite(t).Open(t)
}

// Start is when the fixtures were made.
var Start = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// later is the clock of the stores: an hour after the fixtures were made.
func later() time.Time { return Start.Add(time.Hour) }

// Run holds a kind of database to the definition. fresh makes an empty one.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	for _, part := range []struct {
		name string
		test func(t *testing.T, d Database)
	}{
		{"a person is what was put in", testPerson},
		{"one winner for each version", testContention},
		{"a change is written whole or not at all", testWhole},
		{"a bad change harms nobody else", testIsolation},
		{"questions of nobody are answered once", testDecoys},
		{"the log is a chain", testChain},
		{"what is remembered is current", testMemory},
		{"what is read ahead is current", testWarm},
		{"an amendment does what it says", testAmend},
		{"stored passwords are gone through", testPasswords},
		{"one set of keys is the right one", testKeysHeld},
		{"queued mail is told of", testMailTold},
		{"an amendment ends what it says", testEnds},
		{"the last administrator stays", testLastAdministrator},
		{"a local administrator stays", testBreakGlass},
		{"the last administrator of a directory stays", testLastOfDirectory},
		{"who is kept out", testExcluded},
		{"who is kept out is counted in a period", testExcludedInPeriod},
		{"an import says what became of each", testImport},
		{"people are found", testFind},
		{"sessions last as long as they should", testSessions},
		{"a session that has ended stays so", testSessionsStayEnded},
		{"a screen is a session of its own", testScreens},
		{"no session for who was dismissed", testSessionsOfTheDismissed},
		{"a password alone begins no session of the enrolled", testSessionsOfAPassword},
		{"an enrollment is completed once", testEnrollment},
		{"a passkey is one person's", testPasskeys},
		{"a suspension stops every way in", testSuspension},
		{"one open request for help", testHelp},
		{"a message is claimed by one", testOutbox},
		{"what may wait is put off", testPostpone},
		{"a mail is sent again", testResend},
		{"a newer mail takes the place of one that waits", testTopics},
		{"a mail tells how things stand when it leaves", testPresent},
		{"a person's mails leave in their order", testInTurn},
		{"templates are kept", testTemplates},
		{"instructions are kept", testInstructions},
		{"a period takes effect all at once", testPeriods},
		{"what is due to be told is called for", testDutiesDue},
		{"putting off", testPuttingOff},
		{"what is required twice", testRequiredTwice},
		{"a start that begins again", testRestart},
		{"who is exempt before the mail leaves", testExemptBeforeTheMail},
		{"while mail is off", testMailOff},
		{"whose clock is stopped before the mail leaves", testStoppedBeforeTheMail},
		{"what no server has taken is not taken back", testTakenBackUntaken},
		{"reminded once of each end", testRemindedOnce},
		{"how far people have come is known", testProgress},
		{"how far people have come with all periods is known", testProgressOfAll},
		{"a period is counted by manager", testManagers},
		{"people pick their language", testLanguages},
		{"people are found by what is known of them", testFilters},
		{"lists by any two filters are what the facts say", testLists},
		{"what is granted once is used once", testBypass},
		{"more time while signing in", testGivenMoreTime},
		{"what a group requires follows its members", testMembers},
		{"clocks of those who left a group stand still", testAway},
		{"what an import item requires is a period", testItemPeriod},
		{"an import item locks nobody out who administers alone", testItemSparesAdministrator},
		{"of two that require the same the first is told", testHeard},
		{"what is done to a group counts for whoever joins it later", testTerms},
		{"what undoes a start ends its period for good", testEndsForGood},
		{"of many amendments each stands by itself", testAmendMany},
		{"an act on many is done by whoever holds it, for each once", testBulk},
		{"a start says how far it has come", testNotedBulk},
		{"a step leaves somebody who administers", testGuardedStep},
		{"nobody is told twice", testTold},
		{"one node leads", testLeader},
		{"a leader that was replaced writes nothing", testFence},
		{"the last runs of a job are kept", testRuns},
		{"clients are unique", testClients},
		{"what counts at a client follows its name, and ends with it", testPlaces},
		{"the logs are searched", testLogs},
		{"what is over is removed", testRemains},
		{"a canceled request writes nothing", testCancel},
		{"100,000 people are no trouble", testMany},
		{"people come from somewhere", testOrigin},
		{"a group of a directory gives roles", testAdminGroups},
		{"entries are taken over", testTakeEntries},
		{"groups of a directory are known by their objects", testSetGroups},
		{"what names a group follows it to another name", testFollowGroups},
		{"principal names follow their entries", testPrincipals},
		{"two people may have each other's names", testSwaps},
		{"runs are written down", testSyncRuns},
		{"directories and items are kept", testDirectories},
		{"a backup is one state", testBackup},
		{"a rotation reseals while others write", testReseal},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, fresh(t)) })
	}
}
