package store

import (
	"context"

	"example.com/muster/internal/id"
)

// KeepTimeZone implements [selfservice.Store].
func (s *Store) KeepTimeZone(ctx context.Context, person id.ID, zone string) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE person SET time_zone = $2 WHERE id = $1 AND time_zone = ''`, int64(person), zone))
		if err != nil || n == 0 {
			return err
		}
		_, err = w.touch(ctx, person)
		return err
	})
}
