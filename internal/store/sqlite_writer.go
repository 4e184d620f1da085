package store

import (
	"context"
	"database/sql"
	"errors"
)

// How many statements the writer keeps prepared, and of how many more it
// remembers that they were used once.
const (
	writerKnown = 64
	writerSeen  = 256
)

// preparedWriter is a pool of one connection that writes, and knows statements
// that come again: to SQLite, working out what a statement means is most of
// the work of writing a row. Whoever uses it has the turn.
type preparedWriter struct {
	*sql.DB

	known map[string]*knownStatement
	seen  map[string]bool // used once, and not known
	next  []string        // used again: to be prepared before the next transaction
	count int             // of transactions
	soon  bool            // transactions are on the disk with the next one that is
}

type knownStatement struct {
	*sql.Stmt

	used int // the last transaction in which it was
}

func newPreparedWriter(pool *sql.DB) *preparedWriter {
	return &preparedWriter{DB: pool, known: map[string]*knownStatement{}, seen: map[string]bool{}}
}

// transact runs fn in a transaction.
func (w *preparedWriter) transact(ctx context.Context, d durable, fn func(querier) error) error {
	if err := w.be(ctx, d); err != nil {
		return trouble(err)
	}
	if err := w.learn(ctx); err != nil {
		return trouble(err)
	}
	w.count++
	return inTransaction(ctx, w.DB, nil, func(tx *sql.Tx) error {
		return fn(&preparedTx{Tx: tx, writer: w, bound: map[string]boundStatement{}})
	})
}

// be says when the next transactions are durable. A connection that is new
// waits for the disk, so a mistake about it costs time and nothing else. What
// is in the log before a transaction that waits is on the disk with it: they
// share the file.
func (w *preparedWriter) be(ctx context.Context, d durable) error {
	pragma := "PRAGMA synchronous = FULL"
	if d == withTheNext {
		pragma = "PRAGMA synchronous = NORMAL"
	}
	if w.soon == (d == withTheNext) {
		return nil
	}
	_, err := w.ExecContext(ctx, pragma)
	w.soon = err != nil || d == withTheNext // if it failed, it is said again
	return err
}

// learn prepares what the last transactions used more than once. The one
// connection is free.
func (w *preparedWriter) learn(ctx context.Context) error {
	for _, query := range w.next {
		if w.known[query] != nil {
			continue
		}
		if err := w.makeRoom(); err != nil {
			return err
		}
		stmt, err := w.PrepareContext(ctx, inOrder(query))
		if err != nil {
			return err
		}
		w.known[query] = &knownStatement{stmt, w.count}
		delete(w.seen, query)
	}
	w.next = w.next[:0]
	return nil
}

// makeRoom forgets the statement that was used least recently, if there is no
// room for another.
func (w *preparedWriter) makeRoom() error {
	if len(w.known) < writerKnown {
		return nil
	}
	oldest := ""
	for query, stmt := range w.known {
		if oldest == "" || stmt.used < w.known[oldest].used {
			oldest = query
		}
	}
	stmt := w.known[oldest]
	delete(w.known, oldest)
	return stmt.Close()
}

// note remembers that a statement was used that is not known.
func (w *preparedWriter) note(query string) {
	switch {
	case !w.seen[query]:
		if len(w.seen) >= writerSeen {
			clear(w.seen)
		}
		w.seen[query] = true
	case len(w.next) < writerKnown:
		w.next = append(w.next, query)
	}
}

func (w *preparedWriter) close() error {
	var err error
	for _, stmt := range w.known {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, w.DB.Close())
}

// preparedTx is a transaction on the connection of a preparedWriter. Before each
// statement others may run: a sign-in does much before it needs the turn.
type preparedTx struct {
	*sql.Tx

	writer *preparedWriter
	bound  map[string]boundStatement
}

// boundStatement is a known statement as one transaction has it, whose end
// closes it.
type boundStatement struct{ *sql.Stmt }

// statement returns a statement that is known; ok is false if it is not.
func (t *preparedTx) statement(ctx context.Context, query string) (stmt boundStatement, ok bool) {
	if stmt, ok = t.bound[query]; ok {
		return stmt, true
	}
	known := t.writer.known[query]
	if known == nil {
		t.writer.note(query)
		return boundStatement{}, false
	}
	known.used = t.writer.count
	stmt = boundStatement{t.StmtContext(ctx, known.Stmt)}
	t.bound[query] = stmt
	return stmt, true
}

// ExecContext implements querier.
func (t *preparedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	giveWay()
	if stmt, ok := t.statement(ctx, query); ok {
		return stmt.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (t *preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	giveWay()
	if stmt, ok := t.statement(ctx, query); ok {
		return stmt.QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (t *preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	giveWay()
	if stmt, ok := t.statement(ctx, query); ok {
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}
