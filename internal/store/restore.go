package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// InspectBackup implements [operator.Keeping].
func (s *Store) InspectBackup(ctx context.Context, r io.Reader) (operator.BackupInfo, error) {
	b, err := readBackup(r)
	if err != nil {
		return operator.BackupInfo{}, err
	}
	info := operator.BackupInfo{CreatedAt: instant(b.head.CreatedAt), Program: b.head.Program, Keys: b.head.Keys}
	for {
		if err := ctx.Err(); err != nil {
			return operator.BackupInfo{}, trouble(err)
		}
		t, values, err := b.next()
		if errors.Is(err, errWhole) {
			info.People = len(b.people)
			return info, nil
		}
		if err != nil {
			return operator.BackupInfo{}, err
		}
		if info.Sealed == nil {
			info.Sealed = sample(t, values)
		}
	}
}

// sample returns a sealed value of a row, nil if it has none.
func sample(t *backupTable, values []any) *operator.Sample {
	for _, c := range sealedColumns {
		if c.table != t.name {
			continue
		}
		value, row := values[t.index(c.column)], values[t.index(c.row)]
		if sealed, ok := value.([]byte); ok && sealed != nil {
			place := c.place(id.ID(row.(int64))) //nolint:forcetypeassert // parse made it
			return &operator.Sample{
				Table: place.Table, Column: place.Column, Row: place.Row, RowID: place.RowID, Value: sealed,
			}
		}
	}
	return nil
}

// Restore implements [operator.Keeping]. All happens in one transaction, which
// ends well only if the backup is whole.
func (s *Store) Restore(ctx context.Context, r io.Reader, keys int64, log audit.Change) error {
	b, err := readBackup(r)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(w *work) error {
		if err := w.removeAll(ctx); err != nil {
			return err
		}
		if err := w.restoreRows(ctx, b); err != nil {
			return err
		}
		if err := w.enlistAll(ctx); err != nil {
			return err
		}
		for _, name := range []string{clientsRevision, administratorsRevision, periodsRevision} {
			if err := w.bump(ctx, name); err != nil {
				return err
			}
		}
		if err := w.holdKeys(ctx, keys); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
	if isTaken(err) {
		err = damaged(err)
	}
	s.memory.clear()
	return errors.Join(err, s.loadPeriods(ctx))
}

// removeAll empties every table but those whose numbers only rise.
func (w *work) removeAll(ctx context.Context) error {
	tables := slices.Clone(leftOut)
	for _, t := range backupTables {
		tables = append(tables, t.name)
	}
	slices.Reverse(tables[len(leftOut):]) // who refers goes first
	for _, table := range tables {
		if table == "revision" || table == "leader" {
			continue
		}
		if err := run(ctx, w, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	return nil
}

// restoreRows inserts every row of a backup, many by one statement.
func (w *work) restoreRows(ctx context.Context, b *backupReader) error {
	var (
		of   *backupTable
		rows [][]any
	)
	for {
		t, values, err := b.next()
		whole := errors.Is(err, errWhole)
		if err != nil && !whole {
			return err
		}
		if len(rows) > 0 && (t != of || len(rows) == peopleAtOnce) {
			into := newInserter(of.name, strings.Join(of.names(), ", "), "")
			if err := w.insert(ctx, into, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
		if whole {
			return nil
		}
		of, rows = t, append(rows, values)
	}
}
