package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/session"
)

const sessionColumns = `hash, id, person_id, methods, factor_id, proven_at, seen_at, ends_at, source, browser, language`

const sessionByHash = `SELECT ` + sessionColumns + ` FROM session WHERE hash = $1`

// PutSession implements [session.Store].
func (s *Store) PutSession(ctx context.Context, v session.Session) error {
	methods := make([]string, len(v.Proof.Methods))
	for i, m := range v.Proof.Methods {
		methods[i] = string(m)
	}
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `INSERT INTO session (`+sessionColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (hash) DO UPDATE SET methods = excluded.methods, factor_id = excluded.factor_id,
				proven_at = excluded.proven_at, seen_at = excluded.seen_at, ends_at = excluded.ends_at,
				source = excluded.source, browser = excluded.browser, language = excluded.language`,
			v.Hash[:], int64(v.ID), int64(v.Person), strings.Join(methods, " "), int64(v.Proof.Factor),
			micros(v.Proof.At), micros(v.SeenAt), micros(v.EndsAt), v.Source, v.Browser, v.Language)
	})
}

// scanSession reads sessionColumns.
func scanSession(row scanner) (v session.Session, err error) {
	var (
		hash                                 []byte
		sid, person, fid, proven, seen, ends int64
		methods                              string
	)
	err = row.Scan(&hash, &sid, &person, &methods, &fid, &proven, &seen, &ends, &v.Source, &v.Browser, &v.Language)
	copy(v.Hash[:], hash)
	v.ID, v.Person, v.SeenAt, v.EndsAt = id.ID(sid), id.ID(person), instant(seen), instant(ends)
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

// EndSession implements [session.Store].
func (s *Store) EndSession(ctx context.Context, hash session.Hash) error {
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `DELETE FROM session WHERE hash = $1`, hash[:])
	})
}

// EndSessions implements [session.Store].
func (s *Store) EndSessions(ctx context.Context, person id.ID, except session.Hash) error {
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `DELETE FROM session WHERE person_id = $1 AND hash <> $2`, int64(person), except[:])
	})
}
