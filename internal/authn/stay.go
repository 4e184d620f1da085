package authn

import (
	"context"
	"time"

	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
)

// Stay says what somebody who is signed in may still do, and why it is nothing:
// whom their directory keeps out nothing, a minute later at the latest; and what
// is required of them counts at the very next request. An error means that the
// directory does not say.
func (e *Engine) Stay(ctx context.Context, s session.Session) (session.Stay, session.Ending, error) {
	r, err := e.Store.PersonByID(ctx, s.Person)
	switch {
	case err != nil:
		return session.StayOut, session.NotEnded, unavailable(err)
	case r == nil, r.Person.Excluded(e.Now()):
		return session.StayOut, session.EndedShutOut, nil
	}
	if !r.Person.Origin.Local() {
		barred, err := e.Directories.Current(ctx, r.Person.Origin)
		if err != nil {
			return session.StayOut, session.NotEnded, unavailable(err)
		}
		if barred.Out() {
			return session.StayOut, session.EndedShutOut, nil
		}
	}
	portal, ok := e.Clients.Client(DoorPortal)
	if !ok {
		return session.StayOut, session.EndedChanged, nil
	}
	now, only := e.Now(), false
	if mayBeOnly(r, now) {
		if only, err = e.OnlyAdministrator(ctx, s.Person); err != nil {
			return session.StayOut, session.NotEnded, err
		}
	}
	stay, why := stay(portal, r, s, only, now)
	return stay, why, nil
}

// stay is the rule for our own pages, and a pure function: what decide would
// refuse is over, what it would send to set something up may do only that.
func stay(portal policy.Client, r *Record, s session.Session, only bool, now time.Time) (session.Stay, session.Ending) {
	proven := s.Proof.Second()
	if !proven && policy.WantAny.Met(r.Factors) {
		return session.StayOut, session.EndedChanged // whoever has a second step is always asked for it
	}
	switch owes, _ := standing(portal, r, only, now); owes.Stand {
	case policy.StandExpired:
		return session.StayOut, session.EndedPeriod
	case policy.StandRequired:
		return session.StaySetUp, session.NotEnded
	case policy.StandPeriod:
		if s.PutOffAt.IsZero() {
			return session.StaySetUp, session.NotEnded
		}
		return session.StayIn, session.NotEnded
	case policy.StandExempt:
		return session.StayIn, session.NotEnded
	default:
		if !proven && mode(portal, r.Person) != policy.UnenrolledRequired {
			return session.StaySetUp, session.NotEnded
		}
		return session.StayIn, session.NotEnded
	}
}
