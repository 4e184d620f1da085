package store

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

const (
	resealAtOnce = 100                   // values in one transaction
	resealPause  = 10 * time.Millisecond // between two, so that sign-ins come first
)

// sealedColumn is a column of sealed values.
type sealedColumn struct {
	table, column string
	key           string // what the rows are found by
	row           string // what the value is bound to
	person        string // whose version rises; empty: nobody's
	place         func(id.ID) keyring.Place
}

// sealedColumns are all of them; a test compares them with the tables.
var sealedColumns = []sealedColumn{
	{"person", "password", "id", "id", "id", directory.PasswordPlace},
	{"factor", "secret", "id", "id", "person_id", factor.SecretPlace},
	{"pending_enrollment", "secret", "person_id", "factor_id", "", factor.SecretPlace},
	{"pending_enrollment", "password", "person_id", "person_id", "", directory.PasswordPlace},
	{"outbox", "body", "id", "id", "", notify.BodyPlace},
	{"radius_client", "secret", "id", "id", "", policy.SecretPlace},
	{"directory", "password", "id", "id", "", directory.BindPasswordPlace},
}

// Reseal implements [operator.Keeping]. A value that changes meanwhile is left
// to whoever changed it.
func (s *Store) Reseal(ctx context.Context, progress func(done, total int64), log audit.Change) error {
	var done, total int64
	for _, c := range sealedColumns {
		n, _, err := one(ctx, s.db.reader(), number, `SELECT count(`+c.column+`) FROM `+c.table)
		if err != nil {
			return err
		}
		total += n
	}
	for _, c := range sealedColumns {
		err := s.resealColumn(ctx, c, func(n int) {
			done += int64(n)
			if progress != nil {
				progress(done, max(done, total))
			}
		})
		if err != nil {
			return err
		}
	}
	return s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, clientsRevision); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// sealedValue is one value of a sealed column.
type sealedValue struct {
	key, row, person int64
	old, fresh       []byte
}

func (s *Store) resealColumn(ctx context.Context, c sealedColumn, progress func(n int)) error {
	person := c.person
	if person == "" {
		person = "0"
	}
	query := `SELECT ` + c.key + `, ` + c.row + `, ` + person + `, ` + c.column + ` FROM ` + c.table +
		` WHERE ` + c.key + ` > $1 AND ` + c.column + ` IS NOT NULL ORDER BY ` + c.key + limit(resealAtOnce)
	for last := int64(-1); ; {
		values, err := all(ctx, s.db.reader(), scanSealed, query, last)
		if err != nil || len(values) == 0 {
			return err
		}
		last = values[len(values)-1].key
		if err := s.resealValues(ctx, c, values); err != nil {
			return err
		}
		progress(len(values))
		select {
		case <-ctx.Done():
			return trouble(ctx.Err())
		case <-time.After(resealPause):
		}
	}
}

func scanSealed(row scanner) (v sealedValue, err error) {
	err = row.Scan(&v.key, &v.row, &v.person, &v.old)
	return v, err
}

// resealValues seals anew, and writes in one transaction, those values that
// need it and are still the same.
func (s *Store) resealValues(ctx context.Context, c sealedColumn, values []sealedValue) error {
	var stale []sealedValue
	for _, v := range values {
		if !s.keys.NeedsReseal(v.old) {
			continue
		}
		place := c.place(id.ID(v.row))
		plain, err := s.keys.Open(nil, place, v.old)
		if err != nil {
			return err
		}
		v.fresh = s.keys.Seal(nil, place, plain)
		stale = append(stale, v)
	}
	if len(stale) == 0 {
		return nil
	}
	return s.write(ctx, func(w *work) error {
		for _, v := range stale {
			if v.person != 0 {
				if found, err := w.touch(ctx, id.ID(v.person)); err != nil || !found {
					if err != nil {
						return err
					}
					continue
				}
			}
			err := run(ctx, w, `UPDATE `+c.table+` SET `+c.column+` = $1 WHERE `+c.key+` = $2 AND `+c.column+` = $3`,
				v.fresh, v.key, v.old)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
