package store

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/roster"
)

const runColumns = `id, item_id, item, whole, state, ended_at, added, changed, disabled, removed, back, unchanged, refused,
	problem, decided_by`

// scanSyncRun reads runColumns.
func scanSyncRun(row scanner) (r roster.Run, err error) {
	var (
		rid, item, ended int64
		state            string
	)
	c := &r.Counts
	err = row.Scan(&rid, &item, &r.Name, &r.Whole, &state, &ended, &c.Added, &c.Changed, &c.Disabled, &c.Removed, &c.Back,
		&c.Unchanged, &c.Refused, &r.Problem, &r.DecidedBy)
	r.ID, r.Item, r.State, r.Ended = id.ID(rid), id.ID(item), roster.RunState(state), instant(ended)
	return r, err
}

// BeginRun implements [roster.Runs]. With SQLite whoever ran before and is not
// in this process is gone for sure; the roster knows who is.
func (s *Store) BeginRun(ctx context.Context, r roster.Run, silent time.Time) error {
	return s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, rosterRevision); err != nil {
			return err
		}
		if s.db.sole() {
			silent = r.Began().Add(time.Hour)
		}
		err := run(ctx, w, `UPDATE sync_run SET state = $3, ended_at = alive_at, problem = $4
			WHERE item_id = $1 AND state = $5 AND alive_at < $2`,
			int64(r.Item), micros(silent), string(roster.Interrupted), "whoever ran it is gone", string(roster.Running))
		if err != nil {
			return err
		}
		runs, _, err := one(ctx, w, number, `SELECT count(*) FROM sync_run WHERE item_id = $1 AND state = $2`,
			int64(r.Item), string(roster.Running))
		if err != nil {
			return err
		}
		if runs > 0 {
			return roster.ErrRuns
		}
		return run(ctx, w, `INSERT INTO sync_run (`+runColumns+`, alive_at)
			VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0, 0, 0, 0, '', '', $6)`,
			int64(r.ID), int64(r.Item), r.Name, r.Whole, string(roster.Running), micros(r.Began()))
	})
}

// alive keeps a run up with its counts, if it is still what runs.
func (w *work) alive(ctx context.Context, r *roster.Run, now time.Time) error {
	if r == nil {
		return nil
	}
	c := r.Counts
	n, err := changed(w.ExecContext(ctx, `UPDATE sync_run SET alive_at = $2, added = $3, changed = $4, disabled = $5,
		removed = $6, back = $7, unchanged = $8, refused = $9 WHERE id = $1 AND state = $10`,
		int64(r.ID), micros(now), c.Added, c.Changed, c.Disabled, c.Removed, c.Back, c.Unchanged, c.Refused,
		string(roster.Running)))
	if err == nil && n == 0 {
		return roster.ErrOver
	}
	return err
}

// ItemProgress implements [roster.Runs].
func (s *Store) ItemProgress(ctx context.Context, item id.ID) (roster.Progress, error) {
	p, _, err := one(ctx, s.db.reader(), func(row scanner) (p roster.Progress, err error) {
		var whole int64
		err = row.Scan(&p.Cursor, &whole)
		p.WholeAt = instant(whole)
		if len(p.Cursor) == 0 {
			p.Cursor = nil
		}
		return p, err
	}, `SELECT cursor, full_at FROM sync_cursor WHERE item_id = $1`, int64(item))
	return p, err
}

var insertRows = newInserter("sync_row", "run_id, n, kind, object, username, dn, reason", "")

// NoteRows implements [roster.Runs].
func (s *Store) NoteRows(ctx context.Context, r roster.Run, first int, rows []roster.Row, now time.Time) error {
	return s.write(ctx, func(w *work) error {
		if err := w.alive(ctx, &r, now); err != nil {
			return err
		}
		list := make([][]any, len(rows))
		for i, row := range rows {
			object := []byte{}
			if o, ok := directory.ParseObject(row.Object); ok {
				object = o[:]
			}
			list[i] = []any{int64(r.ID), first + i, string(row.Kind), object, row.Username, row.DN, row.Reason}
		}
		return w.insert(ctx, insertRows, list)
	})
}

// EndRun implements [roster.Runs].
func (s *Store) EndRun(ctx context.Context, r roster.Run, next *roster.Progress, log *audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.alive(ctx, &r, r.Ended); err != nil {
			return err
		}
		err := run(ctx, w, `UPDATE sync_run SET state = $2, ended_at = $3, whole = $4, problem = $5 WHERE id = $1`,
			int64(r.ID), string(r.State), micros(r.Ended), r.Whole, r.Problem)
		if err != nil {
			return err
		}
		if next != nil {
			if err := w.remember(ctx, r, next); err != nil {
				return err
			}
		}
		if log == nil {
			return nil
		}
		return w.log(ctx, *log)
	})
}

// remember writes down how far an item has been read, if it is still there.
func (w *work) remember(ctx context.Context, r roster.Run, next *roster.Progress) error {
	cursor := next.Cursor
	if cursor == nil {
		cursor = []byte{}
	}
	err := run(ctx, w, `INSERT INTO sync_cursor (item_id, cursor, full_at)
		SELECT id, $2, $3 FROM sync_item WHERE id = $1
		ON CONFLICT (item_id) DO UPDATE SET cursor = excluded.cursor, full_at = excluded.full_at`,
		int64(r.Item), cursor, micros(next.WholeAt))
	if err != nil || !r.Whole {
		return err
	}
	return run(ctx, w, `UPDATE sync_run SET state = $3 WHERE item_id = $1 AND id < $2 AND state = $4`,
		int64(r.Item), int64(r.ID), string(roster.Superseded), string(roster.Waiting))
}

// LetStay implements [roster.Runs].
func (s *Store) LetStay(ctx context.Context, item id.ID, people []directory.Object) error {
	for some := range slices.Chunk(people, listAtOnce) {
		err := s.write(ctx, func(w *work) error {
			const waiting = `(SELECT id FROM sync_run WHERE item_id = $1 AND state = $2)`
			args := []any{int64(item), string(roster.Waiting), string(roster.RowHeld), string(roster.RowStays)}
			for _, o := range some {
				args = append(args, o[:])
			}
			err := run(ctx, w, `UPDATE sync_row SET kind = $4 WHERE run_id IN `+waiting+` AND kind = $3 AND object IN `+
				numbered(len(args)-len(some)+1, len(some)), args...)
			if err != nil {
				return err
			}
			return run(ctx, w, `UPDATE sync_run SET state = $4 WHERE item_id = $1 AND state = $2
				AND NOT EXISTS (SELECT 1 FROM sync_row r WHERE r.run_id = sync_run.id AND r.kind = $3)`,
				int64(item), string(roster.Waiting), string(roster.RowHeld), string(roster.Superseded))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// supersede ends the waiting of runs of the items that a condition selects.
func (w *work) supersede(ctx context.Context, items string, args ...any) error {
	return run(ctx, w, `UPDATE sync_run SET state = 'superseded' WHERE state = 'waiting' AND item_id IN (`+items+`)`, args...)
}

// DecideRun implements [roster.Runs].
func (s *Store) DecideRun(ctx context.Context, r id.ID, state roster.RunState, by string, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE sync_run SET state = $2, decided_by = $3 WHERE id = $1 AND state = $4`,
			int64(r), string(state), by, string(roster.Waiting)))
		if err != nil || n == 0 {
			return orElse(err, roster.ErrOver)
		}
		return w.log(ctx, log)
	})
}

// FindRuns implements [roster.Runs].
func (s *Store) FindRuns(ctx context.Context, q roster.RunQuery) ([]roster.Run, error) {
	var where conditions
	if q.ID != 0 {
		where.add("id = ?", int64(q.ID))
	}
	if q.Item != 0 {
		where.add("item_id = ?", int64(q.Item))
	}
	if q.State != "" {
		where.add("state = ?", string(q.State))
	}
	if q.Whole {
		where.add("whole = ?", true)
	}
	if q.Before != 0 {
		where.add("id < ?", int64(q.Before))
	}
	return all(ctx, s.db.reader(), scanSyncRun, `SELECT `+runColumns+` FROM sync_run`+where.sql()+
		` ORDER BY id DESC`+limit(q.Limit), where.args...)
}

// RunRows implements [roster.Runs].
func (s *Store) RunRows(ctx context.Context, r id.ID, kind roster.RowKind, after, most int) ([]roster.Row, error) {
	var where conditions
	where.add("run_id = ?", int64(r))
	if kind != "" {
		where.add("kind = ?", string(kind))
	}
	return all(ctx, s.db.reader(), func(row scanner) (x roster.Row, err error) {
		var (
			kind   string
			object []byte
		)
		err = row.Scan(&kind, &object, &x.Username, &x.DN, &x.Reason)
		x.Kind, x.Object = roster.RowKind(kind), objectText(object)
		return x, err
	}, `SELECT kind, object, username, dn, reason FROM sync_row`+where.sql()+` ORDER BY n`+limit(most)+
		` OFFSET `+ordinal(after), where.args...)
}

// RemoveRuns removes at most limit runs that began before then, with their
// rows, the oldest first; none that waits.
func (s *Store) RemoveRuns(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"sync_run", "id", "id < $1 AND state <> 'waiting'"}, limit, int64(id.At(then)))
}

// PollOf implements [roster.Polls].
func (s *Store) PollOf(ctx context.Context, source id.ID) (roster.Poll, error) {
	p, _, err := one(ctx, s.db.reader(), func(row scanner) (p roster.Poll, err error) {
		var current, since, alarmed int64
		err = row.Scan(&p.Cursor, &current, &p.Problem, &since, &p.Refused, &alarmed)
		p.Current, p.Since, p.AlarmedAt = instant(current), instant(since), instant(alarmed)
		if len(p.Cursor) == 0 {
			p.Cursor = nil
		}
		return p, err
	}, `SELECT cursor, current_at, problem, since, refused, alarmed_at FROM directory_poll WHERE directory_id = $1`, int64(source))
	return p, err
}

// SetPoll implements [roster.Polls].
func (s *Store) SetPoll(ctx context.Context, source id.ID, p roster.Poll, alarm *notify.Message) error {
	cursor := p.Cursor
	if cursor == nil {
		cursor = []byte{}
	}
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `INSERT INTO directory_poll
				(directory_id, cursor, current_at, problem, since, refused, alarmed_at)
			SELECT id, $2, $3, $4, $5, $6, $7 FROM directory WHERE id = $1
			ON CONFLICT (directory_id) DO UPDATE SET cursor = excluded.cursor, current_at = excluded.current_at,
				problem = excluded.problem, since = excluded.since, refused = excluded.refused, alarmed_at = excluded.alarmed_at`,
			int64(source), cursor, micros(p.Current), p.Problem, micros(p.Since), p.Refused, micros(p.AlarmedAt)))
		if err != nil || n == 0 || alarm == nil {
			return err
		}
		messages, err := w.toRoles(ctx, *alarm, directory.Administrator, directory.Administrator)
		if err != nil {
			return err
		}
		return w.mail(ctx, messages)
	})
}
