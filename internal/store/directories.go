package store

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

const directoryColumns = `id, name, preset, servers, start_tls, ca, base, bind_dn, password, domains, attributes, region, created_at, learned`

// directoriesRevision names the row of table revision that rises with every
// change to a directory or an item.
const directoriesRevision = "directory"

// Directories implements [operator.Directories].
func (s *Store) Directories(ctx context.Context) ([]directory.Source, error) {
	return all(ctx, s.db.reader(), scanDirectory, `SELECT `+directoryColumns+` FROM directory ORDER BY name`)
}

// DirectorySizes implements [bind.Sources].
func (s *Store) DirectorySizes(ctx context.Context) (map[id.ID]int, error) {
	counts, err := all(ctx, s.db.reader(), func(row scanner) (c [2]int64, err error) {
		err = row.Scan(&c[0], &c[1])
		return c, err
	}, `SELECT directory_id, count(*) FROM origin GROUP BY directory_id`)
	sizes := make(map[id.ID]int, len(counts))
	for _, c := range counts {
		sizes[id.ID(c[0])] = int(c[1])
	}
	return sizes, err
}

// scanDirectory reads directoryColumns.
func scanDirectory(row scanner) (s directory.Source, err error) {
	var (
		sid, created                         int64
		preset, servers, domains, attributes string
		learned                              string
	)
	err = row.Scan(&sid, &s.Name, &preset, &servers, &s.StartTLS, &s.CA, &s.Base, &s.BindDN, &s.Password, &domains,
		&attributes, &s.Region, &created, &learned)
	if err != nil {
		return s, err
	}
	s.ID, s.Preset, s.CreatedAt = id.ID(sid), directory.Preset(preset), instant(created)
	s.Servers, s.Domains, s.Learned = strings.Fields(servers), strings.Fields(domains), strings.Fields(learned)
	s.Attributes, err = unpackAttributes(attributes)
	return s, err
}

func directoryArgs(s *directory.Source) []any {
	return []any{
		int64(s.ID), s.Name, string(s.Preset), strings.Join(s.Servers, " "), s.StartTLS, s.CA, s.Base, s.BindDN, s.Password,
		strings.Join(s.Domains, " "), packAttributes(s.Attributes), s.Region, micros(s.CreatedAt),
		strings.Join(s.Learned, " "),
	}
}

// packAttributes writes down the mapping by the names it is configured by.
func packAttributes(a directory.Attributes) string {
	named := map[string]string{}
	for _, name := range directory.AttributeNames() {
		named[name] = a.Get(name)
	}
	text, err := json.Marshal(named)
	if err != nil { // strings always have a form
		panic("store: " + err.Error())
	}
	return string(text)
}

func unpackAttributes(text string) (a directory.Attributes, err error) {
	var named map[string]string
	err = json.Unmarshal([]byte(text), &named)
	for name, attribute := range named {
		a.Set(name, attribute)
	}
	return a, err
}

// AddDirectory implements [operator.Directories].
func (s *Store) AddDirectory(ctx context.Context, d directory.Source, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.freeFor(ctx, "directory", d.ID, d.Name); err != nil {
			return err
		}
		err := run(ctx, w, `INSERT INTO directory (`+directoryColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, directoryArgs(&d)...)
		if err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// SetDirectory implements [operator.Directories]. What was read with the old
// settings counts for nothing: all is read anew.
func (s *Store) SetDirectory(ctx context.Context, was, is directory.Source, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.freeFor(ctx, "directory", is.ID, is.Name); err != nil {
			return err
		}
		now, found, err := one(ctx, w, scanDirectory, `SELECT `+directoryColumns+` FROM directory WHERE id = $1`, int64(is.ID))
		switch {
		case err != nil || !found:
			return orElse(err, operator.ErrGone)
		case now.Revision() != was.Revision():
			return operator.ErrChangedMeanwhile
		}
		err = run(ctx, w, `UPDATE directory SET name = $2, preset = $3, servers = $4, start_tls = $5,
			ca = $6, base = $7, bind_dn = $8, password = $9, domains = $10, attributes = $11, region = $12, created_at = $13, learned = $14
			WHERE id = $1`, directoryArgs(&is)...)
		if err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM sync_cursor WHERE item_id IN (SELECT id FROM sync_item WHERE directory_id = $1)`,
			`DELETE FROM directory_poll WHERE directory_id = $1`,
		} {
			if err := run(ctx, w, query, int64(is.ID)); err != nil {
				return err
			}
		}
		return w.log(ctx, log)
	})
}

// SetLearned implements [roster.Store].
func (s *Store) SetLearned(ctx context.Context, source id.ID, names []string, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE directory SET learned = $2 WHERE id = $1 AND learned <> $2`,
			int64(source), strings.Join(names, " ")))
		if err != nil || n == 0 {
			return err
		}
		return w.log(ctx, log)
	})
}

// RemoveDirectory implements [operator.Directories].
func (s *Store) RemoveDirectory(ctx context.Context, source id.ID, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.bump(ctx, directoriesRevision); err != nil {
			return err
		}
		people, _, err := one(ctx, w, number, `SELECT count(*) FROM origin WHERE directory_id = $1`, int64(source))
		switch {
		case err != nil:
			return err
		case people > 0:
			return operator.ErrInUse
		}
		if err := w.supersede(ctx, `SELECT id FROM sync_item WHERE directory_id = $1`, int64(source)); err != nil {
			return err
		}
		if err := w.closeItemPeriods(ctx, `SELECT id FROM sync_item WHERE directory_id = $2`, int64(source)); err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM sync_item WHERE directory_id = $1`, int64(source)); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM directory WHERE id = $1`, int64(source)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}

// RemovePeopleOf implements [operator.Directories].
func (s *Store) RemovePeopleOf(ctx context.Context, source id.ID, limit int) (left int, err error) {
	err = s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, administratorsRevision); err != nil {
			return err
		}
		people, err := all(ctx, w, identifier,
			`SELECT person_id FROM origin WHERE directory_id = $1 ORDER BY person_id LIMIT $2`, int64(source), limit)
		if err != nil {
			return err
		}
		if err := w.removePeople(ctx, people); err != nil {
			return err
		}
		n, _, err := one(ctx, w, number, `SELECT count(*) FROM origin WHERE directory_id = $1`, int64(source))
		left = int(n)
		return err
	})
	return left, err
}

// removePeople removes people with all that hangs on them, unless nobody who
// can administer would be left.
func (w *work) removePeople(ctx context.Context, people []id.ID) error {
	had, err := w.administrators(ctx, 0)
	if err != nil {
		return err
	}
	for _, person := range people {
		if _, err := w.touch(ctx, person); err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM person WHERE id = $1`, int64(person)); err != nil {
			return err
		}
	}
	if had.all == 0 {
		return nil
	}
	return w.keepAdministrator(ctx, had)
}

// freeFor raises the revision, which also keeps other writers out, and makes
// sure that no other row has the name.
func (w *work) freeFor(ctx context.Context, table string, row id.ID, name string) error {
	if err := w.bump(ctx, directoriesRevision); err != nil {
		return err
	}
	n, _, err := one(ctx, w, number, `SELECT count(*) FROM `+table+` WHERE id <> $1 AND name = $2`, int64(row), name)
	if err == nil && n > 0 {
		return operator.ErrNameTaken
	}
	return err
}
