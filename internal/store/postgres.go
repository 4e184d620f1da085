package store

import (
	"context"
	"database/sql"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"example.com/muster/internal/problem"
)

const (
	postgresConnections = 16 // more cost it throughput
	postgresConnectIn   = 5 * time.Second
	postgresCommitIn    = 10 * time.Second
	// postgresIdle is how long a transaction may wait for its process: one that
	// hangs in the middle of it would keep others from taking over.
	postgresIdle = 10 * time.Second
)

// postgresSession is how the server treats our connections. What it believes of
// a table may be from when the table was empty, or before everybody was written
// anew, and its plans are kept: so that none of them reads a whole table for a
// page of it, what has an index goes by the index.
var postgresSession = map[string]string{
	"application_name":                    "muster",
	"idle_in_transaction_session_timeout": strconv.FormatInt(postgresIdle.Milliseconds(), 10),
	"plan_cache_mode":                     "force_generic_plan", // planning a group takes longer than running it
	"jit":                                 "off",                // no statement runs for as long as it takes to compile
	"random_page_cost":                    "1.1",                // for memory and flash, which have no heads to move
	"enable_seqscan":                      "off",
}

// postgresDB is a PostgreSQL database that other nodes may use as well.
type postgresDB struct {
	pool *pgxpool.Pool
	sql  *sql.DB // over pool

	tidying sync.WaitGroup
	stop    context.CancelFunc // ends the tidying
}

func openPostgres(ctx context.Context, o Options) (*postgresDB, error) {
	config, err := pgxpool.ParseConfig(o.Postgres)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the PostgreSQL connection string cannot be read")
	}
	if !o.Password.Empty() {
		config.ConnConfig.Password = o.Password.Reveal()
	}
	config.ConnConfig.ConnectTimeout = postgresConnectIn
	maps.Copy(config.ConnConfig.RuntimeParams, postgresSession)
	config.MaxConns = postgresConnections
	config.AfterConnect = demandDurability
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, trouble(err)
	}
	tidying, stop := context.WithCancel(context.WithoutCancel(ctx))
	db := &postgresDB{pool: pool, sql: stdlib.OpenDBFromPool(pool), stop: stop}
	if err := db.prepare(ctx); err != nil {
		_ = db.close()
		return nil, err
	}
	tidier := tidier{config: config.ConnConfig.Copy(), log: o.Log}
	db.tidying.Go(func() { tidier.follow(tidying) })
	return db, nil
}

func (db *postgresDB) prepare(ctx context.Context) error {
	if err := db.sql.PingContext(ctx); err != nil {
		return trouble(err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	return migrate(ctx, db.sql, goose.DialectPostgres, "postgres", goose.WithSessionLocker(locker))
}

// demandDurability refuses a server that may forget a commit: an accepted
// code could then be used again.
func demandDurability(ctx context.Context, conn *pgx.Conn) error {
	var fsync, commit, pages string
	err := conn.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes')`).Scan(&fsync, &commit, &pages)
	if err != nil {
		return err
	}
	for _, setting := range [][2]string{{"fsync", fsync}, {"synchronous_commit", commit}, {"full_page_writes", pages}} {
		if setting[1] == "off" {
			return problem.New(problem.Invalid, "PostgreSQL has %s off: it may forget that a code was used", setting[0]).
				WithHint("turn %s on", setting[0])
		}
	}
	return nil
}

func (db *postgresDB) reader() querier { return db.sql }

func (db *postgresDB) sole() bool { return false }

// wanted for PostgreSQL: many write at a time.
func (db *postgresDB) wanted() bool { return false }

func (db *postgresDB) snapshot(ctx context.Context, fn func(querier) error) error {
	return inTransaction(ctx, db.sql, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sql.Tx) error { return fn(tx) })
}

func (db *postgresDB) transact(ctx context.Context, d durable, fn func(querier) error) error {
	return inTransaction(ctx, db.sql, nil, func(tx *sql.Tx) error {
		if d == withTheNext {
			if _, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
				return trouble(err)
			}
		}
		return fn(tx)
	})
}

func (db *postgresDB) close() error {
	db.stop()
	db.tidying.Wait()
	err := db.sql.Close()
	db.pool.Close()
	return err
}
