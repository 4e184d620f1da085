package store

import "context"

// keysHeld names the row of table revision that holds the fingerprint of the
// keys that the database is sealed with. Its number never changes, but by a
// restore.
const keysHeld = "keys"

// HoldKeys reports whether these are the keys that the database is sealed
// with, by their fingerprint. The first that ask are, and those that ask anew.
func (s *Store) HoldKeys(ctx context.Context, fingerprint int64, anew bool) (fit bool, err error) {
	held, found, err := one(ctx, s.db.reader(), number, `SELECT number FROM revision WHERE name = $1`, keysHeld)
	if err != nil || found && held == fingerprint {
		return err == nil, trouble(err)
	}
	if found && !anew {
		return false, nil
	}
	err = s.write(ctx, func(w *work) error {
		if anew {
			return w.holdKeys(ctx, fingerprint)
		}
		err := run(ctx, w, `INSERT INTO revision (name, number) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keysHeld, fingerprint)
		if err != nil {
			return err
		}
		held, _, err = one(ctx, w, number, `SELECT number FROM revision WHERE name = $1`, keysHeld)
		fit = held == fingerprint
		return err
	})
	return err == nil && (anew || fit), err
}

// holdKeys notes the fingerprint of the keys from now on.
func (w *work) holdKeys(ctx context.Context, fingerprint int64) error {
	return run(ctx, w, `INSERT INTO revision (name, number) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET number = $2`, keysHeld, fingerprint)
}
