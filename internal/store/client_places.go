package store

import (
	"context"
	"encoding/json"

	"example.com/muster/internal/audit"
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
func (s *Store) RemoveRADIUSClient(ctx context.Context, client policy.Client, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.bump(ctx, clientsRevision); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM radius_client WHERE id = $1 AND name = $2`, int64(client.ID), client.Name))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		there, _, err := one(ctx, w, number, `SELECT count(*) FROM period WHERE place = $1 AND state <> 'over'`, client.Name)
		if err != nil {
			return err
		}
		if there > 0 {
			return operator.ErrStillRequired
		}
		if err := w.endBypasses(ctx, client.Name); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// endBypasses takes back the bypasses for a place at which nothing else counts
// any more.
func (w *work) endBypasses(ctx context.Context, name string) error {
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
