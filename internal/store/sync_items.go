package store

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

const itemColumns = `id, name, directory_id, base, filter, only_group, every, period, mail,
	guard_count, guard_percent, grace, position, enabled, method`

// readItem are itemColumns and whether the item requires something: that it has a
// period which people join.
const readItem = itemColumns + `, EXISTS (SELECT 1 FROM period WHERE item_id = sync_item.id AND ` + joinable + `)`

// SyncItems implements [operator.Directories].
func (s *Store) SyncItems(ctx context.Context) ([]directory.Item, error) {
	return all(ctx, s.db.reader(), scanItem, `SELECT `+readItem+` FROM sync_item ORDER BY directory_id, position, id`)
}

// scanItem reads readItem.
func scanItem(row scanner) (i directory.Item, err error) {
	var item, source, every, period, grace int64
	err = row.Scan(&item, &i.Name, &source, &i.Base, &i.Filter, &i.Group, &every, &period,
		&i.Defaults.Mail, &i.Guard.Count, &i.Guard.Percent, &grace, &i.Order, &i.Enabled, &i.Defaults.Method, &i.Defaults.Required)
	i.ID, i.Source = id.ID(item), id.ID(source)
	i.Interval, i.Defaults.Period, i.Grace = span(every), span(period), span(grace)
	return i, err
}

func itemArgs(i *directory.Item) []any {
	return []any{
		int64(i.ID), i.Name, int64(i.Source), i.Base, i.Filter, i.Group, i.Interval.Microseconds(),
		i.Defaults.Period.Microseconds(), i.Defaults.Mail, i.Guard.Count, i.Guard.Percent, i.Grace.Microseconds(),
		i.Order, i.Enabled, i.Defaults.Method,
	}
}

// span is a duration as it is stored.
func span(micros int64) time.Duration { return time.Duration(micros) * time.Microsecond }

// AddSyncItem implements [operator.Directories].
func (s *Store) AddSyncItem(ctx context.Context, i directory.Item, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.freeFor(ctx, "sync_item", i.ID, i.Name); err != nil {
			return err
		}
		there, _, err := one(ctx, w, number, `SELECT count(*) FROM directory WHERE id = $1`, int64(i.Source))
		if err != nil || there == 0 {
			return orElse(err, operator.ErrGone)
		}
		err = run(ctx, w, `INSERT INTO sync_item (`+itemColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, itemArgs(&i)...)
		if err != nil {
			return err
		}
		if err := w.followItem(ctx, i, log.Actor.Name); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// SetSyncItem implements [operator.Directories].
func (s *Store) SetSyncItem(ctx context.Context, was, is directory.Item, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.freeFor(ctx, "sync_item", is.ID, is.Name); err != nil {
			return err
		}
		now, found, err := one(ctx, w, scanItem, `SELECT `+readItem+` FROM sync_item WHERE id = $1`, int64(is.ID))
		switch {
		case err != nil || !found:
			return orElse(err, operator.ErrGone)
		case now != was:
			return operator.ErrChangedMeanwhile
		}
		err = run(ctx, w, `UPDATE sync_item SET name = $2, directory_id = $3, base = $4, filter = $5,
			only_group = $6, every = $7, period = $8, mail = $9, guard_count = $10, guard_percent = $11,
			grace = $12, position = $13, enabled = $14, method = $15 WHERE id = $1`, itemArgs(&is)...)
		if err != nil {
			return err
		}
		if err := w.followItem(ctx, is, log.Actor.Name); err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM sync_cursor WHERE item_id = $1`, int64(is.ID)); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// RemoveSyncItem implements [operator.Directories].
func (s *Store) RemoveSyncItem(ctx context.Context, item id.ID, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.bump(ctx, directoriesRevision); err != nil {
			return err
		}
		if err := w.supersede(ctx, `$1`, int64(item)); err != nil {
			return err
		}
		if err := w.closeItemPeriods(ctx, `$2`, int64(item)); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM sync_item WHERE id = $1`, int64(item)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}
