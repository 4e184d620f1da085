package store

import (
	"context"
	"database/sql"
	"os"
	"time"
)

const (
	checkpointEvery        = 250 * time.Millisecond // how often the log is looked at
	checkpointAfterTrouble = 5 * time.Second
	checkpointAt           = 32 << 20 // octets of log beyond which it is moved into the file; one that started over has as many
	checkpointRest         = 256      // pages that may be left to move while the writer waits
	checkpointTries        = 8        // before the writer is made to wait, however many are left
)

// checkpoint moves the log into the file now and then, beside the commits: a
// commit never waits for the bulk of it. SQLite starts its log over only once
// all of it was moved, so when little is left the writer waits for the rest;
// that keeps the log near checkpointAt even when commits never pause. A page is
// moved once however often the log has it, so a longer log is less work.
func (db *sqliteDB) checkpoint() {
	defer db.checkpoints.Done()
	own, err := sql.Open("sqlite", sqliteDSN(db.file, false))
	if err != nil {
		db.log.Error("the database log will grow: no connection for checkpoints", "error", err)
		return
	}
	defer own.Close() //nolint:errcheck // nothing is lost with it
	own.SetMaxOpenConns(1)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-db.closing:
			return
		case <-tick.C:
		}
		if info, err := os.Stat(db.file + "-wal"); err != nil || info.Size() <= checkpointAt {
			continue
		}
		tick.Reset(checkpointEvery)
		if err := db.moveLog(own); err != nil {
			db.log.Warn("the database log could not be moved into the file", "error", err)
			tick.Reset(checkpointAfterTrouble)
		}
	}
}

func (db *sqliteDB) moveLog(own *sql.DB) error {
	for range checkpointTries {
		left, err := passive(own)
		if err != nil {
			return err
		}
		if left < checkpointRest {
			break
		}
	}
	db.turn.take()
	defer db.turn.pass()
	_, err := passive(own)
	return err
}

// passive moves what it can without making anyone wait, and returns how many
// pages are left.
func passive(own *sql.DB) (left int, err error) {
	var busy, pages, moved int
	err = own.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved)
	return pages - moved, err
}
