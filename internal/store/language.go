package store

import (
	"context"

	"example.com/muster/internal/id"
)

// KeepLanguage implements [selfservice.Store].
func (s *Store) KeepLanguage(ctx context.Context, person id.ID, language string) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE person SET language = $2 WHERE id = $1 AND language = ''`, int64(person), language))
		if err != nil || n == 0 {
			return err
		}
		_, err = w.touch(ctx, person)
		return err
	})
}
