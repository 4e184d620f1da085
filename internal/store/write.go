package store

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// work is one writing transaction, and whom it touches.
type work struct {
	querier
	store   *Store
	touched []touch
	joins   bool                 // people get requirements, and nothing else of them changes
	mailed  bool                 // messages were queued
	due     bool                 // there may be something to tell people of what is required of them
	groups  *[]enrollment.Period // see groupPeriods; nil: not read yet
}

// touch says that somebody's record has changed.
type touch struct {
	key    string
	now    edition
	joined *policy.Requirement // all that has changed since the edition before; nil: more, or it is not known
}

// write runs fn in one transaction and forgets the records it touched, or
// brings them up to date. Under a
// context with a leader's term it returns leader.ErrLost, and writes nothing,
// unless that node still leads.
func (s *Store) write(ctx context.Context, fn func(w *work) error) error {
	return s.writeDurably(ctx, atOnce, fn)
}

func (s *Store) writeDurably(ctx context.Context, d durable, fn func(w *work) error) error {
	w := &work{store: s}
	err := s.db.transact(ctx, d, func(q querier) error {
		*w = work{querier: q, store: s}
		if err := w.inTerm(ctx); err != nil {
			return err
		}
		return fn(w)
	})
	for _, t := range w.touched {
		if t.joined != nil && err == nil {
			s.memory.join(t.key, t.now, *t.joined)
		} else {
			s.memory.forget(t.key, t.now)
		}
	}
	if w.mailed && err == nil {
		s.mailed()
	}
	if w.due && err == nil {
		s.dutyDue(s.now())
	}
	return trouble(err)
}

// raise raises the version of a person to after standing.Version, if it is
// still that, and writes the rest of standing. It takes the lock on the person
// that every writer takes first.
func (w *work) raise(ctx context.Context, person id.ID, standing authn.Standing) (ok bool, err error) {
	r := rowOfStanding(standing)
	n, err := changed(w.ExecContext(ctx, raiseStanding, r.raise(person)...))
	if n == 0 || err != nil {
		return false, err
	}
	key, _, err := one(ctx, w, text, `SELECT key FROM person WHERE id = $1`, int64(person))
	w.touched = append(w.touched, touch{key: key, now: edition{person, r.version + 1}})
	return err == nil, err
}

// touch raises the version of a person, whatever it is; found is false if
// there is nobody.
func (w *work) touch(ctx context.Context, person id.ID) (found bool, err error) {
	version, found, err := one(ctx, w, number,
		`UPDATE standing SET version = version + 1 WHERE person_id = $1 RETURNING version`, int64(person))
	if !found || err != nil {
		return false, err
	}
	key, _, err := one(ctx, w, text, `SELECT key FROM person WHERE id = $1`, int64(person))
	w.touched = append(w.touched, touch{key: key, now: edition{person, version}})
	return err == nil, err
}

// standing reads a person's standing.
func (w *work) standing(ctx context.Context, person id.ID) (s authn.Standing, found bool, err error) {
	return one(ctx, w, scanStanding, `SELECT `+standingColumns+` FROM standing s WHERE s.person_id = $1`, int64(person))
}

// log appends to the log of changes.
func (w *work) log(ctx context.Context, c audit.Change) error {
	return run(ctx, w, insertChange, changeArgs(c)...)
}

// mail queues messages.
func (w *work) mail(ctx context.Context, messages []notify.Message) error {
	for _, m := range messages {
		if err := w.queue(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// bump raises a revision that other nodes watch. Its row also serialises
// those who bump it.
func (w *work) bump(ctx context.Context, name string) error {
	return run(ctx, w, `INSERT INTO revision (name, number) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET number = revision.number + 1`, name)
}

func scanStanding(row scanner) (authn.Standing, error) {
	var r standingRow
	if err := row.Scan(r.targets()...); err != nil {
		return authn.Standing{}, err
	}
	return r.standing()
}
