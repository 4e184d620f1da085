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

// prepared are statements by their text.
type prepared map[string]*sql.Stmt

func prepareHot(ctx context.Context, db *sql.DB) (prepared, error) {
	p := prepared{}
	for _, query := range hotQueries {
		stmt, err := db.PrepareContext(ctx, query)
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
			stmt = tx.StmtContext(ctx, shared)
			bound[query] = stmt
		}
		result, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
}
