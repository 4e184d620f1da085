package store

import (
	"context"
	"database/sql"

	"example.com/muster/internal/id"
)

// scanner is one row of a result.
type scanner interface{ Scan(targets ...any) error }

// all reads every row of a query with scan. Where they are many, others come in
// between.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, trouble(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told all
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, trouble(err)
		}
		if list = append(list, v); len(list)%yieldRows == 0 {
			giveWay()
		}
	}
	return list, trouble(rows.Err())
}

// one reads the first row of a query with scan; found is false if there is none.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (v T, found bool, err error) {
	v, err = scan(q.QueryRowContext(ctx, query, args...))
	if isNone(err) {
		return v, false, nil
	}
	return v, err == nil, trouble(err)
}

// truth reads whether something is so.
func truth(row scanner) (so bool, err error) {
	err = row.Scan(&so)
	return so, err
}

// number reads a single number.
func number(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

// identifier reads a single identifier.
func identifier(row scanner) (id.ID, error) {
	n, err := number(row)
	return id.ID(n), err
}

// text reads a single text.
func text(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// changed returns how many rows a statement changed.
func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, trouble(err)
	}
	n, err := result.RowsAffected()
	return n, trouble(err)
}

// run executes a statement of which it does not matter how many rows it changes.
func run(ctx context.Context, q querier, query string, args ...any) error {
	_, err := q.ExecContext(ctx, query, args...)
	return trouble(err)
}
