package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

const insertMessage = `INSERT INTO outbox
	(id, kind, person_id, username, address, state, body, attempts, due_at, problem, queued_at, sent_at, until, topic)
	VALUES ($1, $2, $3, coalesce((SELECT username FROM person WHERE id = $3), ''), '', 'queued', $4, 0, $5, '', $5, 0, $6, $7)`

// outboxArgs are the arguments of insertMessage; the body is sealed.
func (s *Store) outboxArgs(m *notify.Message) ([]any, error) {
	body, err := json.Marshal(m.Data)
	if err != nil {
		return nil, err
	}
	return []any{
		int64(m.ID), string(m.Kind), int64(m.Person), s.keys.Seal(nil, notify.BodyPlace(m.ID), body), micros(m.ID.Time()),
		micros(m.Until()), m.Topic(),
	}, nil
}

// claimed is a row of the outbox that was just claimed.
type claimed struct {
	id, person, attempts int64
	kind                 string
	body                 []byte
}

func scanClaimed(row scanner) (c claimed, err error) {
	err = row.Scan(&c.id, &c.kind, &c.person, &c.body, &c.attempts)
	return c, err
}

// Claim implements [notify.Outbox]. A message whose body cannot be opened is
// given up, so that it holds up nobody.
func (s *Store) Claim(ctx context.Context, now, lapse time.Time, most int) ([]notify.Claim, error) {
	due, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM (SELECT 1 FROM outbox WHERE state = 'queued' AND due_at <= $1 LIMIT 1) AS due`, micros(now))
	if due == 0 || err != nil {
		return nil, err
	}
	var claims []notify.Claim
	err = s.write(ctx, func(w *work) error {
		claims = nil
		rows, err := all(ctx, w, scanClaimed, `UPDATE outbox SET attempts = attempts + 1, due_at = $2, claimed = $2
			WHERE id IN (SELECT id FROM outbox o WHERE state = 'queued' AND due_at <= $1 AND `+inTurn+` ORDER BY due_at, id`+
			limit(most)+s.db.skipLocked()+`) RETURNING id, kind, person_id, body, attempts`, micros(now), micros(lapse))
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b claimed) int { return cmp.Compare(a.id, b.id) })
		for _, row := range rows {
			c, err := w.claim(ctx, row)
			if err != nil {
				return err
			}
			if c != nil {
				claims = append(claims, *c)
			}
		}
		claims, err = w.present(ctx, claims, now)
		return err
	})
	return claims, err
}

// inTurn tells of a row o of the outbox that nobody is sending the same person
// something older at $1: they hear of things in the order in which those came
// about.
const inTurn = `(topic = '' OR NOT EXISTS (SELECT 1 FROM outbox e WHERE e.person_id = o.person_id AND e.topic <> ''
	AND e.id < o.id AND e.state = 'queued' AND e.claimed > $1))`

func (w *work) claim(ctx context.Context, row claimed) (*notify.Claim, error) {
	c := &notify.Claim{
		Message: notify.Message{ID: id.ID(row.id), Kind: notify.Kind(row.kind), Person: id.ID(row.person)},
		Attempt: int(row.attempts),
	}
	body, err := w.store.keys.Open(nil, notify.BodyPlace(c.Message.ID), row.body)
	if err == nil {
		err = json.Unmarshal(body, &c.Message.Data)
	}
	if err != nil {
		w.store.log.Error("a message cannot be opened and is given up", "message", c.Message.ID, "error", err)
		return nil, run(ctx, w, `UPDATE outbox SET state = 'failed', body = NULL, problem = $2 WHERE id = $1`, row.id, notify.ProblemUnreadable)
	}
	c.To, err = w.addressee(ctx, c.Message.Person)
	return c, err
}

// addressee returns a person as they are, nil if they are gone.
func (w *work) addressee(ctx context.Context, person id.ID) (*directory.Person, error) {
	r, found, err := one(ctx, w, scanRecord, recordByID, int64(person))
	if !found || err != nil {
		return nil, err
	}
	return r.Person, nil
}

// Postpone implements [notify.Outbox].
func (s *Store) Postpone(ctx context.Context, now, until time.Time, most int) (int, error) {
	due := `state = 'queued' AND due_at <= $1 AND kind IN ` + kindsWhere(notify.Kind.Patient) + ` AND (until = 0 OR until > $2)`
	n, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM (SELECT 1 FROM outbox WHERE `+due+` LIMIT 1) AS due`, micros(now), micros(until))
	if n == 0 || err != nil {
		return 0, err
	}
	err = s.write(ctx, func(w *work) error {
		n, err = changed(w.ExecContext(ctx, `UPDATE outbox SET due_at = $2 WHERE id IN
			(SELECT id FROM outbox WHERE `+due+` ORDER BY due_at, id`+limit(most)+s.db.skipLocked()+`)`, micros(now), micros(until)))
		return err
	})
	return int(n), err
}

// kindsWhere is a list for SQL of the kinds of message that have a property.
func kindsWhere(has func(notify.Kind) bool) string {
	var list []string
	for _, kind := range notify.Kinds() {
		if has(kind) {
			list = append(list, "'"+string(kind)+"'")
		}
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// Settle implements [notify.Outbox].
func (s *Store) Settle(ctx context.Context, v notify.Settlement) error {
	return s.write(ctx, func(w *work) error {
		settled, err := w.settle(ctx, v)
		if err == nil && !settled {
			return notify.ErrClaimLost
		}
		return err
	})
}

// SettleMany settles several in one transaction, for a server that takes many
// mails at once. What is no longer theirs to settle is left as it is.
func (s *Store) SettleMany(ctx context.Context, list []notify.Settlement) error {
	return s.write(ctx, func(w *work) error {
		for _, v := range list {
			if _, err := w.settle(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

var (
	settleQueued = `UPDATE outbox SET state = $3, address = $4, problem = $5, due_at = $6, claimed = 0, untaken = untaken + $7
		WHERE id = $1 AND attempts = $2 AND state = 'queued'`
	settleEnded = `UPDATE outbox SET state = $3, address = $4, problem = $5, sent_at = $6,
		body = CASE WHEN kind IN ` + kindsWhere(notify.Kind.Secret) + ` THEN NULL ELSE body END
		WHERE id = $1 AND attempts = $2 AND state = 'queued'`
)

func (w *work) settle(ctx context.Context, v notify.Settlement) (settled bool, err error) {
	query, at := settleEnded, micros(v.At)
	if v.State != notify.Sent && v.State != notify.Queued {
		at = 0
	}
	args := []any{int64(v.ID), int64(v.Attempt), string(v.State), v.Address, v.Problem, at}
	if v.State == notify.Queued {
		untaken := int64(1)
		if v.Unsure {
			untaken = 0
		}
		query, args = settleQueued, append(args, untaken)
	}
	n, err := changed(w.ExecContext(ctx, query, args...))
	return n > 0, err
}
