package store

import (
	"context"

	"example.com/muster/internal/audit"
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

// ChooseLanguage implements [selfservice.Store].
func (s *Store) ChooseLanguage(ctx context.Context, person id.ID, language string, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		shown, _, err := one(ctx, w, text, `SELECT shown FROM origin WHERE person_id = $1`, int64(person))
		if err != nil {
			return err
		}
		if told, err := unpackShown(shown); err != nil || told.Language != "" {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `UPDATE person SET language = $2 WHERE id = $1 AND language <> $2`, int64(person), language))
		if err != nil || n == 0 {
			return err
		}
		if _, err := w.touch(ctx, person); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}
