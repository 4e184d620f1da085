package store

import (
	"context"
	"database/sql"
)

// statement is one SQL statement with its arguments.
type statement struct {
	query string
	args  []any
}

// hotQueries are the statements of a group commit that are worth preparing.
var hotQueries = []string{raiseStanding, insertSignIn, insertChallenge, deleteChallenge, holdChallenge}

// readQueries are what a sign-in or a page asks of the database each time.
var readQueries = []string{
	recordByKey, recordByID, factorsOf, challengesOf, challengeByHash, invitationByCode, sessionByHash, chain,
}

// preparedReader is a pool that knows some queries already.
type preparedReader struct {
	*sql.DB
	known prepared
}

func (r *preparedReader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := r.known[query]; stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

func (r *preparedReader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := r.known[query]; stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return r.DB.QueryRowContext(ctx, query, args...)
}

// prepared are statements by their text.
type prepared map[string]*sql.Stmt

func prepare(ctx context.Context, db *sql.DB, queries []string) (prepared, error) {
	p := prepared{}
	for _, query := range queries {
		stmt, err := db.PrepareContext(ctx, query) //nolint:sqlclosecheck // lives as long as db
		if err != nil {
			return nil, trouble(err)
		}
		p[query] = stmt
	}
	return p, nil
}

// in returns an executor within tx that uses prepared statements where there
// are some.
func (p prepared) in(tx *sql.Tx) executor {
	bound := make(map[string]*sql.Stmt, len(p))
	return func(ctx context.Context, query string, args ...any) (int64, error) {
		shared := p[query]
		if shared == nil {
			return changed(tx.ExecContext(ctx, query, args...))
		}
		stmt := bound[query]
		if stmt == nil {
			stmt = tx.StmtContext(ctx, shared) //nolint:sqlclosecheck // closed by the end of tx
			bound[query] = stmt
		}
		result, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
}
