package store

import "context"

// commitGroup takes the changes one after the other: each compare-and-set sees
// what those before it wrote.
func (db *sqliteDB) commitGroup(ctx context.Context, group []*pendingChange) error {
	db.turn <- struct{}{}
	defer func() { <-db.turn }()
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	exec := db.hot.in(tx)
	for _, p := range group {
		if p.won, err = p.write(ctx, exec); err != nil {
			_ = tx.Rollback() // the connection is closed if that fails
			return err
		}
	}
	return tx.Commit()
}
