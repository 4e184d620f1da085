package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/session"
)

const sessionColumns = `hash, id, person_id, methods, factor_id, proven_at, seen_at, ends_at, source, browser, language, put_off_at, ended, scope`

const sessionByHash = `SELECT ` + sessionColumns + ` FROM session WHERE hash = $1`

// PutSession implements [session.Store].
func (s *Store) PutSession(ctx context.Context, v session.Session) error {
	return s.write(ctx, func(w *work) error { return w.startSession(ctx, v) })
}

// RenewSession implements [session.Store].
func (s *Store) RenewSession(ctx context.Context, old session.Hash, v session.Session) error {
	return s.write(ctx, func(w *work) error {
		if err := w.startSession(ctx, v); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM session WHERE hash = $1 AND person_id = $2 AND ended = ''`, old[:], int64(v.Person)))
		if n == 0 {
			return orElse(err, session.ErrOver)
		}
		return err
	})
}

// TouchSession implements [session.Store].
func (s *Store) TouchSession(ctx context.Context, hash session.Hash, seen time.Time) (found bool, err error) {
	err = s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE session SET seen_at = $1 WHERE hash = $2 AND ended = ''`, micros(seen), hash[:]))
		found = n != 0
		return err
	})
	return found, err
}

// startSession adds v if its person may still have sessions. Whoever takes
// that away changes the person's standing first, so holding its row keeps them
// out until v is there for them to end.
func (w *work) startSession(ctx context.Context, v session.Session) error {
	hold := `UPDATE standing SET version = version WHERE person_id = $1`
	if n, err := changed(w.ExecContext(ctx, hold, int64(v.Person))); n == 0 || err != nil {
		return orElse(err, session.ErrOver)
	}
	enabled := `SELECT p.id FROM person p` + fromDirectory + ` WHERE p.id = $1 AND NOT ` + excluded("$2")
	if _, found, err := one(ctx, w, identifier, enabled, int64(v.Person), micros(w.store.now())); !found || err != nil {
		return orElse(err, session.ErrOver)
	}
	if ok, err := w.stillProves(ctx, v); !ok || err != nil {
		return orElse(err, session.ErrOver)
	}
	methods := make([]string, len(v.Proof.Methods))
	for i, m := range v.Proof.Methods {
		methods[i] = string(m)
	}
	return run(ctx, w, `INSERT INTO session (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		v.Hash[:], int64(v.ID), int64(v.Person), strings.Join(methods, " "), int64(v.Proof.Factor),
		micros(v.Proof.At), micros(v.SeenAt), micros(v.EndsAt), v.Source, v.Browser, v.Language, micros(v.PutOffAt), string(v.Ended), string(v.Scope))
}

// stillProves reports whether the proof of a new session holds still: its
// factor is there and not suspended, or, if it is the password alone, there is
// none that would have to be shown or was suspended.
func (w *work) stillProves(ctx context.Context, v session.Session) (ok bool, err error) {
	if v.Proof.Factor == 0 {
		_, found, err := one(ctx, w, identifier,
			`SELECT id FROM factor WHERE person_id = $1 AND (suspended OR kind <> 'recovery')`+limit(1), int64(v.Person))
		return !found, err
	}
	_, found, err := one(ctx, w, identifier,
		`SELECT id FROM factor WHERE id = $1 AND person_id = $2 AND NOT suspended`, int64(v.Proof.Factor), int64(v.Person))
	return found, err
}

// scanSession reads sessionColumns.
func scanSession(row scanner) (v session.Session, err error) {
	var (
		hash                                         []byte
		sid, person, fid, proven, seen, ends, putOff int64
		methods, ended, scope                        string
	)
	err = row.Scan(&hash, &sid, &person, &methods, &fid, &proven, &seen, &ends, &v.Source, &v.Browser, &v.Language, &putOff, &ended, &scope)
	copy(v.Hash[:], hash)
	v.Ended, v.Scope = session.Ending(ended), session.Scope(scope)
	v.ID, v.Person, v.SeenAt, v.EndsAt, v.PutOffAt = id.ID(sid), id.ID(person), instant(seen), instant(ends), instant(putOff)
	v.Proof = factor.Proof{Factor: id.ID(fid), At: instant(proven)}
	for m := range strings.FieldsSeq(methods) {
		v.Proof.Methods = append(v.Proof.Methods, factor.Method(m))
	}
	return v, err
}

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, hash session.Hash) (*session.Session, error) {
	v, found, err := one(ctx, s.db.reader(), scanSession, sessionByHash, hash[:])
	if !found || err != nil {
		return nil, err
	}
	return &v, nil
}

// SessionsOf implements [selfservice.Store].
func (s *Store) SessionsOf(ctx context.Context, person id.ID, now time.Time) ([]session.Session, error) {
	list, err := all(ctx, s.db.reader(), scanSession,
		`SELECT `+sessionColumns+` FROM session WHERE person_id = $1 ORDER BY seen_at DESC, id DESC`, int64(person))
	return slices.DeleteFunc(list, func(v session.Session) bool { return !v.Live(now) }), err
}

// PutOff implements [selfservice.Store].
func (s *Store) PutOff(ctx context.Context, p enrollment.PutOff) error {
	return s.write(ctx, func(w *work) error {
		standing, found, err := w.standing(ctx, p.Person)
		if err != nil {
			return err
		}
		if !found || standing.Version != p.Version {
			return enrollment.ErrConflict
		}
		if ok, err := w.raise(ctx, p.Person, standing); err != nil || !ok {
			return orElse(err, enrollment.ErrConflict)
		}
		for _, period := range p.Periods {
			if err := run(ctx, w, usePostponing, int64(p.Person), int64(period)); err != nil {
				return err
			}
		}
		n, err := changed(w.ExecContext(ctx, `UPDATE session SET put_off_at = $1 WHERE id = $2 AND person_id = $3 AND ended = ''`,
			micros(p.At), int64(p.Session), int64(p.Person)))
		if n == 0 || err != nil {
			return orElse(err, session.ErrOver)
		}
		return w.log(ctx, p.Change)
	})
}

// EndSession implements [session.Store].
func (s *Store) EndSession(ctx context.Context, hash session.Hash) error {
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `DELETE FROM session WHERE hash = $1`, hash[:])
	})
}

// EndSessionAs implements [session.Store].
func (s *Store) EndSessionAs(ctx context.Context, hash session.Hash, why session.Ending) error {
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `UPDATE session SET ended = $1 WHERE hash = $2 AND ended = ''`, string(why), hash[:])
	})
}

// endSessions ends all sessions of a person for a reason that they are told.
const endSessions = `UPDATE session SET ended = $2 WHERE person_id = $1 AND ended = ''`

const endSessionsAsChanged = `UPDATE session SET ended = '` + string(session.EndedChanged) + `' WHERE person_id = $1 AND ended = ''`

// EndSessions implements [session.Store].
func (s *Store) EndSessions(ctx context.Context, person id.ID, except session.Hash) error {
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `DELETE FROM session WHERE person_id = $1 AND hash <> $2`, int64(person), except[:])
	})
}
