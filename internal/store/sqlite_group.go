package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
)

// commitGroup takes the changes one after the other: each compare-and-set sees
// what those before it wrote. Who comes meanwhile joins them. Only the log,
// which nothing here reads, is written for all of them at the end.
func (db *sqliteDB) commitGroup(ctx context.Context, g *group) error {
	db.turn.take()
	defer db.turn.pass()
	return db.group.transact(ctx, func(exec executor) (err error) {
		won := make([]*pendingChange, 0, groupLimit)
		for changes := g.changes; len(changes) > 0; changes = g.join() {
			for _, p := range changes {
				if p.won, err = p.writeUnlogged(ctx, exec); err != nil {
					return err
				}
				if p.won && len(p.signIn) > 0 {
					won = append(won, p)
				}
			}
		}
		return db.group.log(ctx, won)
	})
}

// groupConn is the connection that groups are written on, by one at a time. It
// is the driver's own: what database/sql does around each statement costs as
// much as the statement.
type groupConn struct {
	conn driver.Conn
	// known are all statements ever used, prepared. There are few: their texts
	// are constants.
	known map[string]driver.StmtExecContext
	args  []driver.NamedValue // used again
}

func openGroupConn(d driver.Driver, dsn string) (*groupConn, error) {
	conn, err := d.Open(dsn)
	if err != nil {
		return nil, trouble(err)
	}
	return &groupConn{conn: conn, known: map[string]driver.StmtExecContext{}}, nil
}

// transact runs fn in one transaction and returns when it is durable.
func (g *groupConn) transact(ctx context.Context, fn func(executor) error) error {
	_, err := g.exec(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		err = fn(g.exec)
	}
	if err == nil {
		_, err = g.exec(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = g.exec(ctx, "ROLLBACK") // fails if SQLite has rolled back by itself
	}
	return err
}

func (g *groupConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	g.args = g.args[:0]
	g.bind(args)
	return g.run(ctx, query)
}

// bind appends arguments for run.
func (g *groupConn) bind(args []any) {
	for _, arg := range args {
		g.args = append(g.args, driver.NamedValue{Ordinal: len(g.args) + 1, Value: arg})
	}
}

func (g *groupConn) run(ctx context.Context, query string) (int64, error) {
	stmt, ok := g.known[query]
	if !ok {
		prepared, err := g.conn.Prepare(inOrder(query))
		if err != nil {
			return 0, err
		}
		if stmt, ok = prepared.(driver.StmtExecContext); !ok {
			return 0, errors.Join(fmt.Errorf("store: %T lacks a method", prepared), prepared.Close())
		}
		g.known[query] = stmt
	}
	result, err := stmt.ExecContext(ctx, g.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

var placeholder = regexp.MustCompile(`\$\d+`)

// inOrder makes placeholders that are numbered in order nameless: to SQLite $1
// is a name, which the driver looks up each time.
func inOrder(query string) string {
	n, ordered := 0, true
	nameless := placeholder.ReplaceAllStringFunc(query, func(name string) string {
		n++
		ordered = ordered && name == "$"+ordinal(n)
		return "?"
	})
	if !ordered {
		return query
	}
	return nameless
}

// logAtOnce are the numbers of entries that one statement writes. They are
// fixed so that the statements stay prepared.
var logAtOnce = [...]int{32, 16, 8, 4, 2, 1}

// insertSignIns are the statements for logAtOnce.
var insertSignIns = func() (queries [len(logAtOnce)]string) {
	into := newInserter("signin", signInColumns, "")
	for i, n := range logAtOnce {
		queries[i] = into.query((*sqliteDB)(nil), n)
	}
	return queries
}()

// log writes the entries of changes in the log.
func (g *groupConn) log(ctx context.Context, changes []*pendingChange) error {
	for i, n := range logAtOnce {
		for len(changes) >= n {
			g.args = g.args[:0]
			for _, p := range changes[:n] {
				g.bind(p.signIn)
			}
			if _, err := g.run(ctx, insertSignIns[i]); err != nil {
				return err
			}
			changes = changes[n:]
		}
	}
	return nil
}

func (g *groupConn) close() error {
	var err error
	for _, stmt := range g.known {
		if s, ok := stmt.(driver.Stmt); ok {
			err = errors.Join(err, s.Close())
		}
	}
	return errors.Join(err, g.conn.Close())
}
