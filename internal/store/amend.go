package store

import (
	"context"
	"slices"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
)

// Amend implements [operator.People].
func (s *Store) Amend(ctx context.Context, a operator.Amendment) error {
	return s.write(ctx, func(w *work) error {
		if err := w.amendOne(ctx, a); err != nil {
			return err
		}
		return w.log(ctx, a.Log)
	})
}

// amendOne writes all but the entry in the log, or returns
// operator.ErrChangedMeanwhile and has written nothing. After
// operator.ErrLastAdministrator the transaction must not be committed.
func (w *work) amendOne(ctx context.Context, a operator.Amendment) error {
	if !a.KeepAdministrator {
		return w.amendAnyway(ctx, a)
	}
	// Two who each remove the other must not both find one left.
	if err := w.bump(ctx, administratorsRevision); err != nil {
		return err
	}
	before, err := w.administrators(ctx, 0)
	if err != nil {
		return err
	}
	if err := w.amendAnyway(ctx, a); err != nil {
		return err
	}
	return w.keepAdministrator(ctx, before)
}

func (w *work) amendAnyway(ctx context.Context, a operator.Amendment) error {
	standing, found, err := w.standing(ctx, a.Person)
	if err != nil {
		return err
	}
	if !found || standing.Version != a.Version {
		return operator.ErrChangedMeanwhile
	}
	if ok, err := w.raise(ctx, a.Person, amendedStanding(standing, a)); err != nil || !ok {
		return orElse(err, operator.ErrChangedMeanwhile)
	}
	if err := w.mail(ctx, a.Mail); err != nil {
		return err
	}
	if a.RemovePerson {
		return run(ctx, w, `DELETE FROM person WHERE id = $1`, int64(a.Person))
	}
	if err := w.amendDuties(ctx, a); err != nil || a.OnlyDuties() {
		return err
	}
	return w.amend(ctx, a)
}

// administratorsRevision names the row of table revision that whoever may
// remove an administrator holds.
const administratorsRevision = "administrators"

// orElse returns err, or other if there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func amendedStanding(s authn.Standing, a operator.Amendment) authn.Standing {
	if a.Unlock {
		s.Codes = lockout.Codes{}
		s.Passwords = unlocked(s.Passwords)
	}
	s.Spent = withoutSteps(s.Spent, a.RemoveFactors...)
	return s
}

// unlocked forgets wrong passwords, but not from where right ones came.
func unlocked(p lockout.Passwords) lockout.Passwords {
	var kept lockout.Passwords
	for _, s := range p.Sources {
		if !s.Succeeded.IsZero() {
			kept.Sources = append(kept.Sources, lockout.Source{Name: s.Name, Succeeded: s.Succeeded})
		}
	}
	return kept
}

// withoutSteps leaves out the spent steps of factors that go.
func withoutSteps(spent []factor.Spent, gone ...id.ID) []factor.Spent {
	return slices.DeleteFunc(slices.Clone(spent), func(s factor.Spent) bool { return slices.Contains(gone, s.Factor) })
}

// endingOf says what somebody hears whom a change signs out.
func endingOf(a operator.Amendment) session.Ending {
	if a.Disabled != nil && *a.Disabled {
		return session.EndedShutOut
	}
	return session.EndedChanged
}

// amend writes what stays of the person: first what goes, then what comes.
func (w *work) amend(ctx context.Context, a operator.Amendment) error {
	for _, f := range a.RemoveFactors {
		err := run(ctx, w, `DELETE FROM factor WHERE id = $1 AND person_id = $2`, int64(f), int64(a.Person))
		if err != nil {
			return err
		}
	}
	person := int64(a.Person)
	for _, end := range []struct {
		wanted bool
		query  string
		args   []any
	}{
		{a.EndPending, `DELETE FROM pending_enrollment WHERE person_id = $1`, []any{person}},
		{a.EndSessions, endSessions, []any{person, string(endingOf(a))}},
		{a.EndChallenges, `DELETE FROM challenge WHERE person_id = $1`, []any{person}},
		{a.EndInvitations, `DELETE FROM invitation WHERE person_id = $1`, []any{person}},
		{
			a.VoidInvitations != "", `DELETE FROM invitation WHERE person_id = $1 AND origin = $2 AND spent_at = 0`,
			[]any{person, string(a.VoidInvitations)},
		},
		{a.Unsuspend, `UPDATE factor SET suspended = FALSE WHERE person_id = $1`, []any{person}},
	} {
		if end.wanted {
			if err := run(ctx, w, end.query, end.args...); err != nil {
				return err
			}
		}
	}
	if r := a.Rename; r != nil {
		err := run(ctx, w, `UPDATE factor SET label = $1 WHERE id = $2 AND person_id = $3`, r.Label, int64(r.Factor), int64(a.Person))
		if err != nil {
			return err
		}
	}
	for _, f := range a.AddFactors {
		if err := run(ctx, w, insertFactor, factorArgs(f)...); err != nil {
			return err
		}
	}
	if a.Invite != nil {
		if err := run(ctx, w, insertInvitation, invitationArgs(a.Invite)...); err != nil {
			return err
		}
	}
	if !a.LinkMailedAt.IsZero() {
		if err := run(ctx, w, updateMailedAt, micros(a.LinkMailedAt), int64(a.Person)); err != nil {
			return err
		}
	}
	return w.amendPerson(ctx, a)
}

// amendPerson writes the person's own row anew.
func (w *work) amendPerson(ctx context.Context, a operator.Amendment) error {
	r, found, err := one(ctx, w, scanRecord, recordByID, int64(a.Person))
	if err != nil || !found {
		return orElse(err, operator.ErrChangedMeanwhile)
	}
	p, password := r.Person, r.Password
	if a.Details != nil {
		if !p.Origin.Local() && p.Phone != a.Details.Phone {
			keep := a.Details.Phone != ""
			if err := run(ctx, w, `UPDATE origin SET keep_phone = $1 WHERE person_id = $2`, keep, int64(p.ID)); err != nil {
				return err
			}
		}
		p.DisplayName, p.Email, p.Phone = a.Details.DisplayName, a.Details.Email, a.Details.Phone
		p.Language, p.TimeZone, p.Groups = a.Details.Language, a.Details.TimeZone, a.Details.Groups
	}
	if a.Password != nil {
		password = a.Password
	}
	if a.ForgetPassword {
		password = nil
	}
	if a.Role != nil {
		p.Role = *a.Role
	}
	if a.Disabled != nil {
		p.Disabled = *a.Disabled
		if err := w.wake(ctx, p.ID); err != nil {
			return err
		}
	}
	if a.PasswordEnrollsUntil != nil {
		p.PasswordEnrollsUntil = *a.PasswordEnrollsUntil
	}
	return w.updatePerson(ctx, p, password)
}

// updatePerson writes a person's row, and whether they are enrolled.
func (w *work) updatePerson(ctx context.Context, p *directory.Person, password []byte) error {
	if err := w.followGroups(ctx, p); err != nil {
		return err
	}
	err := run(ctx, w, `UPDATE person SET display_name = $2, email = $3, phone = $4, language = $5, memberships = $6,
			role = $7, disabled = $8, password = $9, password_enrolls_until = $10, sought = $11, time_zone = $12,
			enrolled = `+isEnrolled+` WHERE id = $1`,
		int64(p.ID), p.DisplayName, p.Email, p.Phone, p.Language, packGroups(p.Groups),
		string(p.Role), p.Disabled, password, micros(p.PasswordEnrollsUntil), sought(p), p.TimeZone)
	if err != nil {
		return err
	}
	return w.followOwing(ctx, []id.ID{p.ID}, true)
}

// isEnrolled is the value of column person.enrolled for person $1; see
// factor.Factor.Usable.
const isEnrolled = `EXISTS (SELECT 1 FROM factor WHERE person_id = $1 AND NOT suspended AND kind <> 'recovery')`
