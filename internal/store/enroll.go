package store

import (
	"context"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// Applicant implements [enrollment.Store].
func (s *Store) Applicant(ctx context.Context, person id.ID) (*enrollment.Applicant, error) {
	r, err := s.PersonByID(ctx, person)
	if r == nil || err != nil {
		return nil, err
	}
	return applicant(r), nil
}

func applicant(r *authn.Record) *enrollment.Applicant {
	return &enrollment.Applicant{
		Person: r.Person, Factors: r.Factors, Requirements: r.Requirements, Version: r.Standing.Version,
	}
}

// InvitationByCode implements [enrollment.Store].
func (s *Store) InvitationByCode(ctx context.Context, code enrollment.CodeHash) (*enrollment.Invitation, error) {
	return s.Invitation(ctx, code)
}

// InvitationByID implements [enrollment.Store].
func (s *Store) InvitationByID(ctx context.Context, invitation id.ID) (*enrollment.Invitation, error) {
	i, found, err := one(ctx, s.db.reader(), scanInvitation,
		`SELECT `+invitationColumns+` FROM invitation WHERE id = $1`, int64(invitation))
	if !found || err != nil {
		return nil, err
	}
	return &i, nil
}

const pendingColumns = `person_id, browser, factor_id, kind, secret, password, code_digits, invitation, replaces,
	superseded, wrong, started_at`

// Pending implements [enrollment.Store] and [operator.People].
func (s *Store) Pending(ctx context.Context, person id.ID) (*enrollment.Pending, error) {
	p, found, err := one(ctx, s.db.reader(), scanPending,
		`SELECT `+pendingColumns+` FROM pending_enrollment WHERE person_id = $1`, int64(person))
	if !found || err != nil {
		return nil, err
	}
	return &p, nil
}

// noteBegun and noteOpened tell how far somebody has come with what they owe,
// each once.
const (
	noteBegun  = `UPDATE duty SET began_at = $2 WHERE person_id = $1 AND began_at = 0 AND met_at = 0`
	noteOpened = `UPDATE duty SET opened_at = $2 WHERE person_id = $1 AND opened_at = 0 AND met_at = 0`
)

// NoteOpened implements [enrollment.Store].
func (s *Store) NoteOpened(ctx context.Context, person id.ID, at time.Time) error {
	_, news, err := one(ctx, s.db.reader(), number,
		`SELECT 1 FROM duty WHERE person_id = $1 AND opened_at = 0 AND met_at = 0 LIMIT 1`, int64(person))
	if err != nil || !news {
		return err
	}
	return s.write(ctx, func(w *work) error { return run(ctx, w, noteOpened, int64(person), micros(at)) })
}

// scanPending reads pendingColumns.
func scanPending(row scanner) (p enrollment.Pending, err error) {
	var (
		person, fid, digits, invitation, replaces, wrong, started int64
		browser                                                   []byte
		kind                                                      string
	)
	err = row.Scan(&person, &browser, &fid, &kind, &p.Sealed, &p.Password, &digits, &invitation, &replaces,
		&p.Superseded, &wrong, &started)
	copy(p.Browser[:], browser)
	p.Person, p.Factor, p.Kind, p.CodeDigits = id.ID(person), id.ID(fid), factor.Kind(kind), int(digits)
	p.Invitation, p.Replaces, p.Wrong, p.StartedAt = id.ID(invitation), id.ID(replaces), int(wrong), instant(started)
	return p, err
}

// PutPending implements [enrollment.Store].
func (s *Store) PutPending(ctx context.Context, p enrollment.Pending) error {
	return s.write(ctx, func(w *work) error {
		if err := run(ctx, w, `DELETE FROM pending_enrollment WHERE person_id = $1`, int64(p.Person)); err != nil {
			return err
		}
		if err := run(ctx, w, noteBegun, int64(p.Person), micros(p.StartedAt)); err != nil {
			return err
		}
		return run(ctx, w, `INSERT INTO pending_enrollment (`+pendingColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			int64(p.Person), p.Browser[:], int64(p.Factor), string(p.Kind), p.Sealed, p.Password, int64(p.CodeDigits),
			int64(p.Invitation), int64(p.Replaces), p.Superseded, int64(p.Wrong), micros(p.StartedAt))
	})
}

// CompleteEnrollment implements [enrollment.Store]. Besides the person's
// version it compares what gave the right to enroll: the unfinished enrollment
// is still the same, the invitation is not spent, the question is still open.
func (s *Store) CompleteEnrollment(ctx context.Context, c enrollment.Completion) error {
	return s.write(ctx, func(w *work) error {
		standing, found, err := w.standing(ctx, c.Person)
		if err != nil || !found || standing.Version != c.Version {
			return orElse(err, enrollment.ErrConflict)
		}
		standing.Spent = append(withoutSteps(standing.Spent, c.Replaces), c.Spent)
		if ok, err := w.raise(ctx, c.Person, standing); err != nil || !ok {
			return orElse(err, enrollment.ErrConflict)
		}
		if ok, err := w.useRight(ctx, c); err != nil || !ok {
			return orElse(err, enrollment.ErrConflict)
		}
		if err := w.replaceFactor(ctx, c); err != nil {
			return err
		}
		if err := w.enrollPerson(ctx, c); err != nil {
			return err
		}
		if err := w.mail(ctx, c.Mail); err != nil {
			return err
		}
		return w.log(ctx, c.Change)
	})
}

// useRight uses up what gave the right to enroll; ok is false if any of it is
// gone.
func (w *work) useRight(ctx context.Context, c enrollment.Completion) (ok bool, err error) {
	person := int64(c.Person)
	uses := []statement{{
		`DELETE FROM pending_enrollment WHERE person_id = $1 AND browser = $2 AND factor_id = $3`,
		[]any{person, c.Browser[:], int64(c.Factor.ID)},
	}}
	if c.Invitation != 0 {
		uses = append(uses, statement{
			`UPDATE invitation SET spent_at = $1 WHERE id = $2 AND person_id = $3 AND spent_at = 0`,
			[]any{micros(c.Factor.CreatedAt), int64(c.Invitation), person},
		})
	}
	if c.Challenge != nil {
		uses = append(uses, statement{
			`DELETE FROM challenge WHERE hash = $1 AND person_id = $2`, []any{c.Challenge[:], person},
		})
	}
	for _, use := range uses {
		if n, err := changed(w.ExecContext(ctx, use.query, use.args...)); n != 1 || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (w *work) replaceFactor(ctx context.Context, c enrollment.Completion) error {
	if c.Replaces != 0 {
		err := run(ctx, w, `DELETE FROM factor WHERE id = $1 AND person_id = $2`, int64(c.Replaces), int64(c.Person))
		if err != nil {
			return err
		}
	}
	if err := run(ctx, w, insertFactor, factorArgs(c.Factor)...); err != nil {
		return err
	}
	if c.Lookup != nil {
		if err := w.addPasskey(ctx, c.Person, c.Factor.ID, *c.Lookup); err != nil {
			return err
		}
	}
	if c.Recovery == nil {
		return nil
	}
	return run(ctx, w, insertFactor, factorArgs(*c.Recovery)...)
}

// enrollPerson writes what an enrollment changes in the person's own row.
func (w *work) enrollPerson(ctx context.Context, c enrollment.Completion) error {
	person := int64(c.Person)
	if err := run(ctx, w, `UPDATE person SET enrolled = `+isEnrolled+` WHERE id = $1`, person); err != nil {
		return err
	}
	if c.Password != nil {
		if err := run(ctx, w, updatePassword, c.Password, person); err != nil {
			return err
		}
	}
	if c.Role != nil {
		if err := run(ctx, w, `UPDATE person SET role = $1 WHERE id = $2`, string(*c.Role), person); err != nil {
			return err
		}
	}
	return w.followOwing(ctx, []id.ID{c.Person}, true)
}

// toStaff addresses a message to everyone who may help people: the help desk
// and the administrators.
func (w *work) toStaff(ctx context.Context, m notify.Message) ([]notify.Message, error) {
	return w.toRoles(ctx, m, directory.HelpDesk, directory.Administrator)
}

// toRoles addresses a message to everyone who has one of two roles, in their
// own right or by a group.
func (w *work) toRoles(ctx context.Context, m notify.Message, one, other directory.Role) ([]notify.Message, error) {
	staff, err := all(ctx, w, identifier,
		`SELECT p.id FROM person p`+fromDirectory+` WHERE NOT `+excluded("$3")+`
			AND (p.role <> '' AND p.role IN ($1, $2) OR p.id IN (SELECT person_id FROM group_role WHERE role IN ($1, $2)))
			ORDER BY p.id`,
		string(one), string(other), micros(w.store.now()))
	messages := make([]notify.Message, len(staff))
	for i, person := range staff {
		messages[i] = m
		messages[i].ID, messages[i].Person = w.store.ids.Next(w.store.now()), person
	}
	return messages, err
}
