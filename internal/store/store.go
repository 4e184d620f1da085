// Package store owns everything Muster remembers between two requests, in
// SQLite or in PostgreSQL, behind one behaviour. What that behaviour is, is
// defined by the suite in storetest, which both databases pass.
//
// A method is as big as its use case: a transaction never leaves the package.
// Whatever is written about a person that a decision looks at raises the
// version in their row of table standing, and a decision holds only if that
// version is still the one it was made on. Everything that may be used once is
// used up by such a compare-and-set, and the log is written in the same
// transaction.
//
// The package must not know any rule about who gets in, nor any protocol. Its
// rows are its own: no other package sees them.
//
// Instants are stored as Unix microseconds UTC; 0 is the zero time. Secrets
// arrive sealed and leave sealed; only the bodies of messages are sealed here.
package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

// Options say which database to open, and with what. Keys, Now and Log must be
// set.
type Options struct {
	// File is the path of an SQLite database, which is made if there is none.
	// Empty: PostgreSQL is used.
	File string
	// Postgres is a connection string without a password.
	Postgres string
	// Password is for PostgreSQL; empty: as the connection string says.
	Password secret.Text

	// Program is the version of the program, as backups name it.
	Program string
	// Keys seal the bodies of messages.
	Keys *keyring.Ring
	Now  func() time.Time
	// Log is told of trouble in the background.
	Log *slog.Logger
	// MailQueued is called after messages were queued by a change that is not
	// a decision; nil: nobody is told.
	MailQueued func()
	// MailOff says that no mail leaves this installation: whoever there is a
	// message for counts as not told.
	MailOff bool
	// DutiesDue is called after what is required of people has changed, here or
	// on another node that brought a period into force: from then on there may
	// be something to tell them. Nil: nobody is told.
	DutiesDue func(then time.Time)
	// Remember is how many people's records are kept in memory; 0: 200,000.
	// One takes about 300 octets.
	Remember int
}

const defaultRemember = 200_000

// Store is an open database. It is safe for concurrent use.
type Store struct {
	db      database
	keys    *keyring.Ring
	program string
	now     func() time.Time
	log     *slog.Logger
	memory  *memory
	asked   questions
	mailed  func()
	mailOff bool
	dutyDue func(then time.Time)
	periods periods
	pace    pace
	ids     id.Source // for the few records that are made here

	queue   chan *pendingChange
	closing chan struct{} // closed to end the committer
	ended   chan struct{} // closed when it has ended
	close   func() error  // once
}

// database is what SQLite and PostgreSQL do not share.
type database interface {
	dialect

	// reader is for reading outside a transaction.
	reader() querier
	// snapshot runs fn in a transaction that reads one state and writes
	// nothing, however long it takes.
	snapshot(ctx context.Context, fn func(querier) error) error
	// transact runs fn in one transaction. An error of fn rolls back and is
	// returned as it is.
	transact(ctx context.Context, d durable, fn func(querier) error) error
	// commitGroup writes many changes in one transaction and tells each
	// whether it won. It may let others join them. After an error nothing of any of them is written, or, if
	// the connection broke during COMMIT, perhaps all.
	commitGroup(ctx context.Context, g *group) error
	// wanted reports whether a sign-in waits for the one who writes.
	wanted() bool
	// sole reports whether nothing else writes to the database while it is
	// open, so that what is remembered is current.
	sole() bool
	// close waits for what is under way.
	close() error
}

// durable says when a transaction survives a loss of power.
type durable int

const (
	// atOnce: when it is committed.
	atOnce durable = iota
	// withTheNext: with the next one that is durable at once, or before. Until
	// then it may be lost, and all that was committed after it with it.
	withTheNext
)

// querier is what runs a statement: a pool, or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens the database, makes its tables if it has none, and brings older
// ones up to date. For SQLite the caller makes sure that no other process has
// the file open. Errors are problems: Unavailable if the database cannot be
// reached, Invalid if it cannot be trusted with a commit.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Remember == 0 {
		o.Remember = defaultRemember
	}
	if o.MailQueued == nil {
		o.MailQueued = func() {}
	}
	if o.DutiesDue == nil {
		o.DutiesDue = func(time.Time) {}
	}
	db, err := openDatabase(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Store{
		db: db, keys: o.Keys, program: o.Program, now: o.Now, log: o.Log, memory: newMemory(o.Remember), mailed: o.MailQueued, mailOff: o.MailOff,
		dutyDue: o.DutiesDue,
		queue:   make(chan *pendingChange, queueLength), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	s.close = sync.OnceValue(func() error {
		close(s.closing)
		<-s.ended
		return s.db.close()
	})
	go s.commitAll()
	if err := s.beginPeriods(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openDatabase(ctx context.Context, o Options) (database, error) {
	if o.File != "" {
		return openSQLite(ctx, o)
	}
	return openPostgres(ctx, o)
}

// Close closes the database after the commit under way; who waits for the next
// one is refused. No other method may be called afterwards.
func (s *Store) Close() error { return s.close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return trouble(s.db.reader().QueryRowContext(ctx, "SELECT 1").Scan(&one))
}
