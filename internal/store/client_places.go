package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// raiseAt raises the versions of all who have a row of table duty that names
// the place $1: their records change.
const raiseAt = `UPDATE standing SET version = version + 1
	WHERE person_id IN (SELECT person_id FROM duty WHERE place = $1) RETURNING person_id, version,
		(SELECT key FROM person WHERE id = person_id)`

// movePlace has all that counts at one client count under its new name: the
// periods, what each person has of them, the bypasses, and what an undo would
// bring back. While a period is being started there it returns
// operator.ErrStarting: whoever starts it still writes the old name.
func (w *work) movePlace(ctx context.Context, from, to string) error {
	starting, _, err := one(ctx, w, number, `SELECT count(*) FROM period WHERE place = $1 AND state = 'starting'`, from)
	if err != nil {
		return err
	}
	if starting > 0 {
		return operator.ErrStarting
	}
	raised, err := all(ctx, w, scanRaised, raiseAt, from)
	if err != nil {
		return err
	}
	w.touched = append(w.touched, raised...)
	for _, table := range []string{"duty", "period"} {
		if err := run(ctx, w, `UPDATE `+table+` SET place = $1 WHERE place = $2`, to, from); err != nil {
			return err
		}
	}
	return run(ctx, w, `UPDATE bulk_row SET before = replace(before, $1, $2), after = replace(after, $1, $2)
		WHERE before LIKE '%"place"%' OR after LIKE '%"place"%'`, packedPlace(from), packedPlace(to))
}

// packedPlace is how a place stands in what packDuties returns: as no part of
// another text, where the quotation marks would be escaped.
func packedPlace(name string) string {
	text, err := json.Marshal(name)
	if err != nil { // a text always has a form
		panic("store: " + err.Error())
	}
	return `"place":` + string(text)
}

// RemoveRADIUSClient implements [operator.RADIUSClients].
func (s *Store) RemoveRADIUSClient(ctx context.Context, client policy.Client, ends []id.ID, at time.Time, log []audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.bump(ctx, clientsRevision); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM radius_client WHERE id = $1 AND name = $2`, int64(client.ID), client.Name))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		if err := w.endPlace(ctx, client.Name, ends, at); err != nil {
			return err
		}
		for _, entry := range log {
			if err := w.log(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	})
}

// endPlace puts the periods that count only at a place out of force, which are
// those of ends or else operator.ErrStillRequired is returned, and takes back
// the bypasses for it.
func (w *work) endPlace(ctx context.Context, name string, ends []id.ID, at time.Time) error {
	there, err := all(ctx, w, identifier, `SELECT id FROM period WHERE place = $1 AND state <> 'over'`, name)
	if err != nil {
		return err
	}
	for _, period := range there {
		if !slices.Contains(ends, period) {
			return operator.ErrStillRequired
		}
		err := run(ctx, w, `UPDATE period SET state = 'over', over_at = $2 WHERE id = $1`, int64(period), micros(at))
		if err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM duty_left WHERE period_id = $1`, int64(period)); err != nil {
			return err
		}
	}
	// Of what is left only periods that are over name the place.
	granted, err := all(ctx, w, identifier, `SELECT DISTINCT person_id FROM duty WHERE place = $1 AND own ORDER BY person_id`, name)
	if err != nil {
		return err
	}
	for _, person := range granted {
		if _, err := w.touch(ctx, person); err != nil {
			return err
		}
		if err := run(ctx, w, `DELETE FROM duty WHERE person_id = $1 AND place = $2 AND own`, int64(person), name); err != nil {
			return err
		}
		err := run(ctx, w, `UPDATE standing SET duties = (SELECT count(*) FROM duty WHERE person_id = $1) WHERE person_id = $1`, int64(person))
		if err != nil {
			return err
		}
	}
	return nil
}
