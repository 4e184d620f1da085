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

// readQueries are what a sign-in or a page asks of the database each time.
var readQueries = []string{
	recordByKey, recordByID, factorsOf, challengesOf, challengeByHash, invitationByCode, sessionByHash, chain, passkeyOwner,
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
