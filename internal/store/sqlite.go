package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver

	"example.com/muster/internal/problem"
)

const (
	sqliteReaders     = 4
	sqliteWriterCache = 8_000 // KiB of pages
	sqliteReaderCache = 2_000
)

// sqliteDB is an SQLite database with one writer and several readers. It is in
// WAL mode with synchronous=FULL: a COMMIT returns after fsync.
type sqliteDB struct {
	file   string
	log    *slog.Logger
	writer *preparedWriter // one connection, for all but groups
	pool   *sql.DB         // read-only connections

	turn  turn // whoever has it writes
	group *groupConn
	read  preparedReader // over pool

	checkpoints sync.WaitGroup
	closing     chan struct{}
}

func openSQLite(ctx context.Context, o Options) (*sqliteDB, error) {
	if err := prepareFile(o.File); err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "the database file cannot be opened")
	}
	db := &sqliteDB{file: o.File, log: o.Log, closing: make(chan struct{})}
	if err := db.open(ctx); err != nil {
		_ = db.closePools()
		return nil, err
	}
	db.checkpoints.Add(1)
	go db.checkpoint()
	return db, nil
}

func (db *sqliteDB) open(ctx context.Context) (err error) {
	writer, err := sql.Open("sqlite", sqliteDSN(db.file, false))
	if err != nil {
		return trouble(err)
	}
	writer.SetMaxOpenConns(1)
	db.writer = newPreparedWriter(writer)
	if db.pool, err = sql.Open("sqlite", sqliteDSN(db.file, true)); err != nil {
		return trouble(err)
	}
	db.pool.SetMaxOpenConns(sqliteReaders)
	db.pool.SetMaxIdleConns(sqliteReaders)
	if err := migrate(ctx, writer, goose.DialectSQLite3, "sqlite"); err != nil {
		return err
	}
	if db.group, err = openGroupConn(writer.Driver(), sqliteDSN(db.file, false)); err != nil {
		return err
	}
	known, err := prepare(ctx, db.pool, readQueries)
	db.read = preparedReader{db.pool, known}
	return err
}

// prepareFile makes the folder and the file for their owner alone; SQLite
// gives its other files the same mode.
func prepareFile(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteDSN has every pragma, so that every connection has them. Checkpoints
// are made by the checkpointer, never within a commit.
func sqliteDSN(file string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
		"wal_autocheckpoint(0)",
		fmt.Sprintf("journal_size_limit(%d)", checkpointAt), // a log that had grown is short again
		"temp_store(MEMORY)", // what is sorted goes into no file of another folder
		"trusted_schema(0)",
	}}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", sqliteReaderCache))
	} else {
		q.Set("_txlock", "immediate")
		q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", sqliteWriterCache))
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}

func (db *sqliteDB) reader() querier { return &db.read }

func (db *sqliteDB) sole() bool { return true }

func (db *sqliteDB) wanted() bool { return db.turn.wanted() }

// snapshot has a connection of its own, so that a long one takes none from
// those who answer.
func (db *sqliteDB) snapshot(ctx context.Context, fn func(querier) error) error {
	own, err := sql.Open("sqlite", sqliteDSN(db.file, true))
	if err != nil {
		return trouble(err)
	}
	defer own.Close() //nolint:errcheck // it has only read
	return inTransaction(ctx, own, nil, func(tx *sql.Tx) error { return fn(tx) })
}

func (db *sqliteDB) transact(ctx context.Context, d durable, fn func(querier) error) error {
	if err := db.turn.takeLater(ctx); err != nil {
		return trouble(err)
	}
	defer db.turn.pass()
	return db.writer.transact(ctx, d, fn)
}

func (db *sqliteDB) close() error {
	close(db.closing)
	db.checkpoints.Wait()
	return db.closePools()
}

// closePools closes the writer last: whoever closes the last connection moves
// what is left in the log into the file.
func (db *sqliteDB) closePools() error {
	var err error
	if db.group != nil {
		err = db.group.close()
	}
	if db.pool != nil {
		err = errors.Join(err, db.pool.Close())
	}
	if db.writer != nil {
		err = errors.Join(err, db.writer.close())
	}
	return err
}

// inTransaction runs fn in a transaction on pool.
func inTransaction(ctx context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		return trouble(err)
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the connection is closed if that fails
		return err
	}
	return trouble(tx.Commit())
}
