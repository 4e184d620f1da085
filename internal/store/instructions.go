package store

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/operator"
)

// Instructions implements [operator.Instructions].
func (s *Store) Instructions(ctx context.Context) ([]instructions.Entry, error) {
	return all(ctx, s.db.reader(), scanInstructions, `SELECT language, draft, published, changed_at, changed_by, published_at, published_by
		FROM instructions ORDER BY language`)
}

func scanInstructions(row scanner) (e instructions.Entry, err error) {
	var changed, published int64
	err = row.Scan(&e.Language, &e.Draft, &e.Published, &changed, &e.ChangedBy, &published, &e.PublishedBy)
	e.ChangedAt, e.PublishedAt = instant(changed), instant(published)
	return e, err
}

// PublishedInstructions implements [notify.Instructions].
func (s *Store) PublishedInstructions(ctx context.Context) ([]instructions.Text, error) {
	return all(ctx, s.db.reader(), scanPublished, `SELECT language, published, published_at FROM instructions
		WHERE published <> '' ORDER BY language`)
}

func scanPublished(row scanner) (t instructions.Text, err error) {
	var published int64
	err = row.Scan(&t.Language, &t.Source, &published)
	t.PublishedAt = instant(published)
	return t, err
}

// SetInstructions implements [operator.Instructions].
func (s *Store) SetInstructions(ctx context.Context, e instructions.Entry, was time.Time, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := w.putInstructions(ctx, e, was)
		if err != nil {
			return err
		}
		if n == 0 {
			return operator.ErrChangedMeanwhile
		}
		return w.log(ctx, log)
	})
}

// putInstructions writes the row if it is still what it was, and says whether.
func (w *work) putInstructions(ctx context.Context, e instructions.Entry, was time.Time) (int64, error) {
	if was.IsZero() {
		return changed(w.ExecContext(ctx, `INSERT INTO instructions
			(language, draft, published, changed_at, changed_by, published_at, published_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (language) DO NOTHING`,
			e.Language, e.Draft, e.Published, micros(e.ChangedAt), e.ChangedBy, micros(e.PublishedAt), e.PublishedBy))
	}
	return changed(w.ExecContext(ctx, `UPDATE instructions SET draft = $2, published = $3, changed_at = $4, changed_by = $5,
		published_at = $6, published_by = $7 WHERE language = $1 AND changed_at = $8`,
		e.Language, e.Draft, e.Published, micros(e.ChangedAt), e.ChangedBy, micros(e.PublishedAt), e.PublishedBy, micros(was)))
}
