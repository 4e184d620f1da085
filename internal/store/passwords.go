package store

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// PasswordsAfter implements [jobs.PasswordStore].
func (s *Store) PasswordsAfter(ctx context.Context, last id.ID, most int) ([]directory.SealedPassword, error) {
	return all(ctx, s.db.reader(), scanSealedPassword,
		`SELECT id, password FROM person WHERE id > $1 AND password IS NOT NULL ORDER BY id`+limit(most), int64(last))
}

func scanSealedPassword(row scanner) (p directory.SealedPassword, err error) {
	var person int64
	err = row.Scan(&person, &p.Sealed)
	p.Person = id.ID(person)
	return p, err
}
