package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
)

// ShutOut implements [roster.Store]. Whoever is not shut out, but about whom
// something else changed, is written just the same.
func (s *Store) ShutOut(ctx context.Context, b roster.Shutting) ([]roster.Result, error) {
	results := make([]roster.Result, len(b.Outs))
	err := s.write(ctx, func(w *work) error {
		clear(results)
		if err := w.bump(ctx, rosterRevision); err != nil {
			return err
		}
		if err := w.alive(ctx, b.Run, b.Now); err != nil {
			return err
		}
		people := make([]id.ID, len(b.Outs))
		for i := range b.Outs {
			people[i] = b.Outs[i].Person
		}
		states, err := w.originStates(ctx, people)
		if err != nil {
			return err
		}
		var ended []id.ID
		for i := range b.Outs {
			state := states[b.Outs[i].Person]
			if state == nil || micros(b.Outs[i].ReadAt) < state.seen {
				continue // removed, or something later is known
			}
			if results[i], err = w.shutOne(ctx, &b, &b.Outs[i], state); err != nil {
				return err
			}
			if results[i] == roster.ShutOut {
				ended = append(ended, b.Outs[i].Person)
			}
		}
		return w.endAll(ctx, ended)
	})
	return results, err
}

// shutOne writes what keeps one person out, or no longer does.
func (w *work) shutOne(ctx context.Context, b *roster.Shutting, o *roster.Out, state *originState) (roster.Result, error) {
	items, gone := state.items, int64(0)
	barred, expires := o.Barred, micros(o.ExpiresAt)
	if o.Barred == directory.BarredGone {
		if b.Item != 0 {
			items = withoutItem(state.items, b.Item)
		}
		others, err := w.stillItems(ctx, items)
		if err != nil {
			return roster.Nothing, err
		}
		if b.Item != 0 && others {
			return roster.StillCovered, run(ctx, w, `UPDATE origin SET items = $2 WHERE person_id = $1`, int64(o.Person), items)
		}
		gone, expires = micros(b.Now), state.expires
		if state.gone != 0 {
			return roster.Nothing, nil
		}
		items = state.items // whose grace it was
	}
	wasOut := directory.Barred(state.barred).Out() || state.gone != 0
	if barred.Out() && !wasOut && state.role == string(directory.Administrator) {
		last, err := w.isLastAdministrator(ctx, o.Person)
		if err != nil || last {
			return roster.LastAdmin, err
		}
	}
	if _, err := w.touch(ctx, o.Person); err != nil {
		return roster.Nothing, err
	}
	if gone != 0 {
		if err := w.release(ctx, state); err != nil {
			return roster.Nothing, err
		}
	}
	digest := state.digest
	if isReleased(state.key) {
		digest = 0 // a run that finds the entry gives them a name again
	}
	err := run(ctx, w, `UPDATE origin SET barred = $2, expires_at = $3, gone_at = $4, seen_at = $5, items = $6, digest = $7
		WHERE person_id = $1`, int64(o.Person), string(barred), expires, gone, micros(o.ReadAt), items, digest)
	if err != nil {
		return roster.Nothing, err
	}
	switch {
	case barred.Out() && (!wasOut || gone != 0):
		return roster.ShutOut, w.log(ctx, b.Entry(state.username, barred))
	case !barred.Out() && wasOut:
		if err := w.wake(ctx, o.Person); err != nil {
			return roster.Nothing, err
		}
		return roster.Back, w.log(ctx, b.Back(state.username))
	}
	return roster.Changed, nil
}

// stillItems reports whether any of these items is still there.
func (w *work) stillItems(ctx context.Context, items string) (bool, error) {
	var args []any
	for item := range strings.FieldsSeq(items) {
		if i, err := id.Parse(item); err == nil {
			args = append(args, int64(i))
		}
	}
	if len(args) == 0 {
		return false, nil
	}
	n, _, err := one(ctx, w, number, `SELECT count(*) FROM sync_item WHERE id IN `+numbered(1, len(args)), args...)
	return n > 0, err
}

// endAll ends what people are in the middle of.
func (w *work) endAll(ctx context.Context, people []id.ID) error {
	for some := range slices.Chunk(people, listAtOnce) {
		for _, table := range []string{"session", "challenge", "invitation", "pending_enrollment"} {
			if err := run(ctx, w, `DELETE FROM `+table+` WHERE person_id IN `+numbered(1, len(some)), idArgs(some)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// ExpiredPeople implements [roster.Store].
func (s *Store) ExpiredPeople(ctx context.Context, now time.Time, most int) ([]roster.Out, error) {
	return all(ctx, s.db.reader(), func(row scanner) (o roster.Out, err error) {
		var person, expires int64
		err = row.Scan(&person, &expires)
		o.Person, o.ExpiresAt, o.Barred, o.ReadAt = id.ID(person), instant(expires), directory.BarredExpired, now
		return o, err
	}, `SELECT person_id, expires_at FROM origin WHERE expires_at <> 0 AND expires_at <= $1
		AND barred NOT IN `+barredOut+` ORDER BY expires_at`+limit(most), micros(now))
}

// MissingPeople implements [roster.Store].
func (s *Store) MissingPeople(ctx context.Context, most int) ([]roster.Missing, error) {
	return all(ctx, s.db.reader(), func(row scanner) (m roster.Missing, err error) {
		var (
			person, source, gone int64
			items                string
		)
		err = row.Scan(&person, &source, &m.Username, &gone, &items)
		m.Person, m.Source, m.GoneAt = id.ID(person), id.ID(source), instant(gone)
		for item := range strings.FieldsSeq(items) {
			if i, err := id.Parse(item); err == nil {
				m.Items = append(m.Items, i)
			}
		}
		return m, err
	}, `SELECT o.person_id, o.directory_id, p.username, o.gone_at, o.items FROM origin o JOIN person p ON p.id = o.person_id
		WHERE o.gone_at <> 0 ORDER BY o.gone_at`+limit(most))
}

// RemoveMissing implements [roster.Store].
func (s *Store) RemoveMissing(ctx context.Context, m roster.Missing, log audit.Change) (result roster.Result, err error) {
	err = s.write(ctx, func(w *work) error {
		result = roster.Nothing
		role, found, err := one(ctx, w, text, `SELECT p.role FROM person p JOIN origin o ON o.person_id = p.id
			WHERE p.id = $1 AND o.gone_at = $2`, int64(m.Person), micros(m.GoneAt))
		if err != nil || !found {
			return err
		}
		if role == string(directory.Administrator) {
			last, err := w.isLastAdministrator(ctx, m.Person)
			if err != nil || last {
				result = roster.LastAdmin
				return err
			}
		}
		if _, err := w.touch(ctx, m.Person); err != nil {
			return err
		}
		result = roster.ShutOut
		if err := run(ctx, w, `DELETE FROM person WHERE id = $1`, int64(m.Person)); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
	return result, err
}
