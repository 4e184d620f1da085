package store

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
)

// PutScreen implements [operator.Screens].
func (s *Store) PutScreen(ctx context.Context, v session.Session, place []session.Hash, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.startSession(ctx, v); err != nil {
			return err
		}
		for _, hash := range place {
			if err := run(ctx, w, `DELETE FROM session WHERE hash = $1`, hash[:]); err != nil {
				return err
			}
		}
		return w.log(ctx, log)
	})
}

// Screens implements [operator.Screens].
func (s *Store) Screens(ctx context.Context, now time.Time) ([]operator.Screen, error) {
	list, err := all(ctx, s.db.reader(), scanSession, `SELECT `+sessionColumns+` FROM session WHERE scope <> '' ORDER BY id DESC`)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v session.Session) bool { return !v.Live(now) })
	screens := make([]operator.Screen, len(list))
	for i, v := range list {
		by, _, err := one(ctx, s.db.reader(), text, `SELECT username FROM person WHERE id = $1`, int64(v.Person))
		if err != nil {
			return nil, err
		}
		screens[i] = operator.Screen{Session: v, By: by}
	}
	return screens, nil
}

// EndScreen implements [operator.Screens].
func (s *Store) EndScreen(ctx context.Context, screen id.ID, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `DELETE FROM session WHERE id = $1 AND scope <> '' AND ended = ''`, int64(screen)))
		if n == 0 || err != nil {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}
