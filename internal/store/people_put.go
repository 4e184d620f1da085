package store

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// Known implements [operator.Imports].
func (s *Store) Known(ctx context.Context, keys []string) (map[string]operator.Known, error) {
	known := make(map[string]operator.Known, len(keys))
	for some := range slices.Chunk(keys, listAtOnce) {
		args := make([]any, len(some))
		for i, key := range some {
			args[i] = key
		}
		rows, err := all(ctx, s.db.reader(), scanKnown,
			`SELECT key, id, role FROM person WHERE key IN `+placeholders(s.db, 1, len(args)), args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			known[row.key] = row.known
		}
	}
	return known, nil
}

// knownRow is somebody who is known by their key.
type knownRow struct {
	key   string
	known operator.Known
}

func scanKnown(row scanner) (k knownRow, err error) {
	var (
		person int64
		role   string
	)
	err = row.Scan(&k.key, &person, &role)
	k.known = operator.Known{ID: id.ID(person), Role: directory.Role(role)}
	return k, err
}

// PutPeople implements [operator.Imports].
func (s *Store) PutPeople(ctx context.Context, entries []operator.Entry, log audit.Change) ([]operator.Put, error) {
	var put []operator.Put
	err := s.write(ctx, func(w *work) error {
		put = make([]operator.Put, len(entries))
		var fresh []*operator.NewPerson
		for i := range entries {
			if entries[i].Is == 0 {
				fresh = append(fresh, &entries[i].NewPerson)
			}
		}
		added, err := w.addPeople(ctx, fresh)
		if err != nil {
			return err
		}
		for i := range entries {
			e := &entries[i]
			switch {
			case e.Is == 0 && added[e.Person.Key]:
				put[i] = operator.PutAdded
			case e.Is != 0:
				if put[i], err = w.update(ctx, e); err != nil {
					return err
				}
			}
		}
		return w.log(ctx, log)
	})
	return put, err
}

// update takes over from an entry what its columns say.
func (w *work) update(ctx context.Context, e *operator.Entry) (operator.Put, error) {
	if found, err := w.touch(ctx, e.Is); err != nil || !found {
		return operator.PutNothing, err
	}
	r, _, err := one(ctx, w, scanRecord, recordByID, int64(e.Is))
	if err != nil {
		return operator.PutNothing, err
	}
	p, password, from := r.Person, r.Password, &e.Person
	if e.Update.DisplayName {
		p.DisplayName = from.DisplayName
	}
	if e.Update.Email {
		p.Email = from.Email
	}
	if e.Update.Phone {
		p.Phone = from.Phone
	}
	if e.Update.Language {
		p.Language = from.Language
	}
	if e.Update.TimeZone {
		p.TimeZone = from.TimeZone
	}
	if e.Update.Groups {
		p.Groups = from.Groups
	}
	if e.Update.Password && e.Password != nil {
		password = e.Password
		for _, query := range []string{ // what was begun with the old password
			endSessionsAsChanged,
			`DELETE FROM challenge WHERE person_id = $1`,
			`DELETE FROM pending_enrollment WHERE person_id = $1`,
			`DELETE FROM invitation WHERE person_id = $1 AND origin = 'door'`,
		} {
			if err := run(ctx, w, query, int64(e.Is)); err != nil {
				return operator.PutNothing, err
			}
		}
	}
	return operator.PutUpdated, w.updatePerson(ctx, p, password)
}
