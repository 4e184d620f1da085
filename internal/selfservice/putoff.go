package selfservice

import (
	"context"
	"errors"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/session"
)

// ErrMayNotPutOff is returned by PutOff to whoever has to do now what is
// required of them.
var ErrMayNotPutOff = problem.New(problem.Conflict, "this cannot be put off any more")

// PutOff puts off what is required of the actor, in the session in which they
// say so. It returns ErrMayNotPutOff, or session.ErrOver if the session has
// ended. Where nothing is open, it does nothing.
func (s *Service) PutOff(ctx context.Context, by audit.Actor, in session.Session) error {
	for range attempts {
		r, err := s.person(ctx, by.Person)
		if err != nil {
			return err
		}
		now := s.Now()
		portal := policy.PortalClient(authn.DoorPortal)
		owes := policy.Standing(portal, r.Requirements, r.Factors, now)
		switch {
		case owes.Stand == policy.StandNone, owes.Stand == policy.StandExempt:
			return nil
		case !owes.MayPostpone():
			return ErrMayNotPutOff
		}
		err = s.Store.PutOff(ctx, enrollment.PutOff{
			Person: by.Person, Version: r.Standing.Version, Session: in.ID, At: now,
			Periods: policy.Postponed(portal, r.Requirements, r.Factors, now), Change: s.entry(by, "enrollment.put-off", r.Person),
		})
		if !errors.Is(err, enrollment.ErrConflict) {
			return unavailable(err)
		}
	}
	return errBusy
}
