package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// After an act on many, PostgreSQL looks for people in the wrong way until it
// knows its tables anew, and past what it has not cleared away. It finds out by
// itself after a minute or more, where that is not turned off; so it is told.
const (
	tidyFirst = time.Second // commands are mostly over by then
	tidyEvery = 5 * time.Second
	// A table has changed much when so many rows have, and so large a share of
	// it. While it goes on changing as fast as that it is left alone: whoever
	// signs in meanwhile needs the machine.
	tidyRows  = 2000
	tidyShare = 0.1
)

// tidier keeps one connection of its own for as long as there is something to
// do. Of several nodes one does it at a time.
type tidier struct {
	config *pgx.ConnConfig
	log    *slog.Logger
	before map[string]int64 // how much each table had changed; nil: nobody has looked
}

// follow looks now and then, until ctx ends.
func (t *tidier) follow(ctx context.Context) {
	next := time.NewTimer(tidyFirst)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if _, err := t.tidy(ctx); err != nil && ctx.Err() == nil {
			t.log.Debug("PostgreSQL cannot be told to look through its tables", "error", err)
		}
		next.Reset(tidyEvery)
	}
}

// tidyLock is the advisory lock of whoever does it.
const tidyLock = 7208261640215771

// muchChanged lists tables of which much has changed, and how much.
const muchChanged = `SELECT s.relname, greatest(s.n_mod_since_analyze, s.n_dead_tup, s.n_ins_since_vacuum) AS changes,
		greatest($1, $2 * greatest(c.reltuples, 0)) AS much
	FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
	WHERE s.schemaname = current_schema() AND pg_has_role(c.relowner, 'USAGE')
		AND greatest(s.n_mod_since_analyze, s.n_dead_tup, s.n_ins_since_vacuum) > greatest($1, $2 * greatest(c.reltuples, 0))`

// tidy clears away and looks through the tables of which much has changed, and
// returns which.
func (t *tidier) tidy(ctx context.Context) (tables []string, err error) {
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is under way on it
	var alone bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(tidyLock)).Scan(&alone); err != nil || !alone {
		return nil, err
	}
	list, err := t.changed(ctx, conn)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	// Between two stretches of work it rests, as autovacuum does.
	if _, err := conn.Exec(ctx, `SELECT set_config('vacuum_cost_delay', '2ms', false), set_config('vacuum_cost_limit', '2000', false)`); err != nil {
		return nil, err
	}
	for _, table := range list {
		// Nobody waits for it: what is locked is left out, and no file made shorter.
		_, err := conn.Exec(ctx, `VACUUM (ANALYZE, SKIP_LOCKED, TRUNCATE FALSE) `+pgx.Identifier{table}.Sanitize())
		if err != nil {
			return tables, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// changed lists the tables of which much has changed, and no longer does.
func (t *tidier) changed(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, muchChanged, float64(tidyRows), tidyShare)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	first, before := t.before == nil, t.before
	t.before = map[string]int64{}
	var list []string
	for rows.Next() {
		var (
			table   string
			changes int64
			much    float64
		)
		if err := rows.Scan(&table, &changes, &much); err != nil {
			return nil, err
		}
		t.before[table] = changes
		if was, known := before[table]; first || known && float64(changes-was) < much/10 {
			list = append(list, table)
		}
	}
	return list, rows.Err()
}
