package operator

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// Periods lists what was required of many, the newest first.
func (o *Operator) Periods(ctx context.Context, by audit.Actor) ([]enrollment.Period, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

func (o *Operator) clear(ctx context.Context, period id.ID) (people int, err error) {
	for {
		removed, err := o.Store.ClearPeriod(ctx, period, atOnce)
		if people += removed; err != nil {
			return people, unavailable(err)
		}
		if removed < atOnce {
			return people, nil
		}
	}
}

const neverBelowNow = "a period is never shortened below now"

// Extend moves the end of the periods of all who are chosen: by a length from
// the end, or from now where that has passed; or to an instant, which may be
// earlier than the end, but not past. It works before and after the end, lifts
// a lock-out at once, and reminders begin anew.
func (o *Operator) Extend(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	now := o.Now()
	if err := checkEnd(c.Length, c.Until, now, neverBelowNow); err != nil {
		return BulkResult{}, err
	}
	return o.change(ctx, by, s, actExtend, c)
}

func (o *Operator) extend(b *Bulk, t *turn) error {
	now, tooLong := b.OrderedAt, false
	err := t.eachPeriod(func(r *policy.Requirement) bool {
		switch {
		case b.Length > 0 && r.EndsAt(now).Add(b.Length).Sub(now) > enrollment.LongestGiven*enrollment.Day && !r.EndsAt(now).Before(now):
			tooLong = true
			return false
		case b.Length == 0 && r.PausedAt.IsZero():
			r.Due = b.Until
		case b.Length == 0: // what is left when the clock goes on
			r.Due = r.PausedAt.Add(b.Until.Sub(now))
		case r.EndsAt(now).Before(now):
			r.Due, r.PausedAt = now.Add(b.Length), time.Time{}
		default:
			r.Due = r.Due.Add(b.Length)
		}
		return true
	})
	if tooLong && errors.Is(err, errNothing) {
		return refuse(RefusedLength, problem.Conflict, "the end would be more than %d days away", enrollment.LongestGiven).
			WithHint("fewer days, or --until")
	}
	return err
}

// Reset gives all who are chosen a new period and voids the factors they have
// of the kind that is required: they begin anew. Those who have no factor left
// need a link besides their password, which is mailed, and the same mail tells
// the new end.
func (o *Operator) Reset(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	now := o.Now()
	if err := checkEnd(c.Length, c.Until, now, neverBelowNow); err != nil {
		return BulkResult{}, err
	}
	return o.change(ctx, by, s, actReset, c)
}

func (o *Operator) reset(b *Bulk, t *turn) error {
	now := b.OrderedAt
	return t.eachRequired(func(r *policy.Requirement) bool {
		r.Duty, r.Since, r.PausedAt = policy.InPeriod, now, time.Time{}
		if r.Due = b.Until; b.Length > 0 {
			r.Due = now.Add(b.Length)
		}
		r.PostponeLeft = t.postponings(*r)
		o.void(t, *r)
		return true
	})
}

// void takes the factors away that do what is required.
func (o *Operator) void(t *turn, r policy.Requirement) {
	left := false
	var gone []id.ID
	for _, f := range t.row.Factors {
		if r.MetBy([]factor.Factor{f}) || !f.Usable() && f.Kind != factor.Recovery && string(f.Kind) == string(r.Factor) {
			gone = append(gone, f.ID)
		} else if f.Kind != factor.Recovery {
			left = true
		}
	}
	if len(gone) == 0 {
		return
	}
	t.amendment.RemoveFactors, t.amendment.EndChallenges, t.amendment.EndSessions, t.amendment.EndPending = gone, true, true, true
	if left {
		return
	}
	for _, f := range t.row.Factors {
		if f.Kind == factor.Recovery {
			t.amendment.RemoveFactors = append(t.amendment.RemoveFactors, f.ID)
		}
	}
	t.amendment.EndInvitations, t.amendment.Unlock, t.amendment.PasswordEnrollsUntil = true, true, new(time.Time)
	if t.amendment.Invite == nil {
		inv, link := o.invite(t.row.Person.ID, enrollment.FromMail, enrollment.LinkLifetime)
		t.amendment.Invite = &inv
		data := linkData(link)
		data["due"] = r.Due.UTC().Format(time.RFC3339)
		o.mailInvite(&t.amendment, o.message(notify.EnrollAnew, t.row.Person, t.by, data), link)
	}
}

// Pause stops the clocks of the periods that run; of somebody who is exempt with
// the end of the exemption, from when on what is left counts.
func (o *Operator) Pause(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actPause, c)
}

func (o *Operator) pause(b *Bulk, t *turn) error {
	now := b.OrderedAt
	return t.eachPeriod(func(r *policy.Requirement) bool {
		if !r.PausedAt.IsZero() || !now.Before(r.Due) {
			return false
		}
		r.PausedAt = now
		if exempt := policy.Exemption(t.row.Requirements, now); exempt.Due.After(now) && r.Due.After(exempt.Due) {
			r.PausedAt = exempt.Due
		}
		return true
	})
}

// Resume lets the clocks go on with what was left.
func (o *Operator) Resume(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actResume, c)
}

func (o *Operator) resume(b *Bulk, t *turn) error {
	now := b.OrderedAt
	return t.eachPeriod(func(r *policy.Requirement) bool {
		if r.PausedAt.IsZero() {
			return false
		}
		from := now
		if exempt := policy.Exemption(t.row.Requirements, now); exempt.Due.After(now) && r.PausedAt.After(now) {
			from = exempt.Due // nothing has been used up of what is left then
		}
		r.Due, r.PausedAt = r.EndsAt(from), time.Time{}
		return true
	})
}

// Cancel ends the periods of all who have not done what is required: nothing
// is required of them by those any more.
func (o *Operator) Cancel(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actCancel, c)
}

func (o *Operator) cancel(_ *Bulk, t *turn) error {
	return t.drop(func(r policy.Requirement) bool { return r.Duty == policy.InPeriod && !r.MetBy(t.row.Factors) })
}

// RemoveRequirement removes what is required of all who are chosen: from the
// next sign-in on their password is enough again where the door allows that.
// Of a group or of everybody it ends what their later members would get, too.
func (o *Operator) RemoveRequirement(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actRemove, c)
}

func (o *Operator) remove(b *Bulk, t *turn) error {
	return t.drop(func(r policy.Requirement) bool {
		return r.Duty == policy.RequiredNow || r.Duty == policy.InPeriod || r.Duty == policy.Exempt && b.Factor == ""
	})
}
