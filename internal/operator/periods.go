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

// DiscardPeriod puts a period that is being started, or runs, out of force at
// once and then clears it away.
func (o *Operator) DiscardPeriod(ctx context.Context, by audit.Actor, period id.ID) error {
	_, err := o.discard(ctx, by, period)
	return err
}

// discard is DiscardPeriod and returns how many were in it.
func (o *Operator) discard(ctx context.Context, by audit.Actor, period id.ID) (people int, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return 0, err
	}
	entry := o.entry(by, "period.end", period.String(), "")
	if err := o.Store.EndPeriod(ctx, period, o.Now(), entry); err != nil {
		return 0, told(err)
	}
	people, err = o.release(ctx, by, period)
	if err != nil {
		return people, err
	}
	rest, err := o.clear(ctx, period)
	return people + rest, err
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

// Change says how to change what is required of many.
type Change struct {
	Factor policy.Wanted // only requirements of this kind; empty: all
	Length time.Duration // whole days, for Extend and Reset
	Until  time.Time
	Reason string
	// Hears, which may be nil, hears how many people have been gone through.
	Hears func(people int)
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
	return o.change(ctx, by, s, c, doing{act: Help, action: "period.extend"}, func(t *turn) error {
		return t.eachPeriod(func(r *policy.Requirement) bool {
			switch {
			case c.Length == 0 && r.PausedAt.IsZero():
				r.Due = c.Until
			case c.Length == 0: // what is left when the clock goes on
				r.Due = r.PausedAt.Add(c.Until.Sub(now))
			case r.EndsAt(now).Before(now):
				r.Due, r.PausedAt = now.Add(c.Length), time.Time{}
			default:
				r.Due = r.Due.Add(c.Length)
			}
			return true
		})
	})
}

// Reset gives all who are chosen a new period and voids the factors they have
// of the kind that is required: they begin anew. Those who have no factor left
// need a link besides their password, which is mailed.
func (o *Operator) Reset(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	now := o.Now()
	if err := checkEnd(c.Length, c.Until, now, neverBelowNow); err != nil {
		return BulkResult{}, err
	}
	return o.change(ctx, by, s, c, doing{act: Help, action: "period.reset", anew: true, final: true}, func(t *turn) error {
		return t.eachRequired(func(r *policy.Requirement) bool {
			r.Duty, r.Since, r.PausedAt = policy.InPeriod, now, time.Time{}
			if r.Due = c.Until; c.Length > 0 {
				r.Due = now.Add(c.Length)
			}
			if r.PostponeLeft == 0 {
				r.PostponeLeft = -1
			}
			o.void(t, *r)
			return true
		})
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
		t.amendment.Mail = append(t.amendment.Mail, o.message(notify.EnrollLink, t.row.Person, t.by, linkData(link)))
	}
}

// Pause stops the clocks of the periods that run.
func (o *Operator) Pause(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	now := o.Now()
	return o.change(ctx, by, s, c, doing{act: Manage, action: "period.pause"}, func(t *turn) error {
		return t.eachPeriod(func(r *policy.Requirement) bool {
			if !r.PausedAt.IsZero() || !now.Before(r.Due) {
				return false
			}
			r.PausedAt = now
			return true
		})
	})
}

// Resume lets the clocks go on with what was left.
func (o *Operator) Resume(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	now := o.Now()
	return o.change(ctx, by, s, c, doing{act: Manage, action: "period.resume"}, func(t *turn) error {
		return t.eachPeriod(func(r *policy.Requirement) bool {
			if r.PausedAt.IsZero() {
				return false
			}
			r.Due, r.PausedAt = r.EndsAt(now), time.Time{}
			return true
		})
	})
}

// Cancel ends the periods of all who have not done what is required: nothing
// is required of them by those any more.
func (o *Operator) Cancel(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, c, doing{act: Manage, action: "period.cancel"}, func(t *turn) error {
		return t.drop(func(r policy.Requirement) bool { return r.Duty == policy.InPeriod && !r.MetBy(t.row.Factors) })
	})
}

// RemoveRequirement removes what is required of all who are chosen: from the
// next sign-in on their password is enough again where the door allows that.
// Of a group or of everybody it ends what their later members would get, too.
func (o *Operator) RemoveRequirement(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	if err := o.endRules(ctx, by, s, c); err != nil {
		return BulkResult{}, err
	}
	return o.change(ctx, by, s, c, doing{act: Manage, action: "require.remove"}, func(t *turn) error {
		return t.drop(func(r policy.Requirement) bool {
			return r.Duty == policy.RequiredNow || r.Duty == policy.InPeriod || r.Duty == policy.Exempt && c.Factor == ""
		})
	})
}

// endRules ends the periods of groups that a selection covers whole.
func (o *Operator) endRules(ctx context.Context, by audit.Actor, s Selection, c Change) error {
	if err := s.check(); err != nil {
		return err
	}
	if !s.All && s.Group == "" {
		return nil
	}
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return unavailable(err)
	}
	for _, p := range list {
		if p.Group == "" || p.State == enrollment.Over || s.Group != "" && p.Group != s.Group || c.Factor != "" && p.Factor != c.Factor {
			continue
		}
		if err := o.DiscardPeriod(ctx, by, p.ID); err != nil && !errors.Is(err, ErrGone) {
			return err
		}
	}
	return nil
}

// UndoLast undoes the last act on many, for all of whom nothing has changed
// since. What a reset took away stays away.
func (o *Operator) UndoLast(ctx context.Context, by audit.Actor) (BulkResult, error) {
	var result BulkResult
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return result, err
	}
	bulk, err := o.Store.LastBulk(ctx)
	switch {
	case err != nil:
		return result, unavailable(err)
	case bulk == nil || !bulk.UndoneAt.IsZero():
		return result, refuse(RefusedNotUndone, problem.NotFound, "there is nothing to undo")
	}
	if bulk.Period != 0 {
		people, err := o.discard(ctx, by, bulk.Period)
		if result.Chosen, result.Done = people, people; err != nil && !errors.Is(err, ErrGone) {
			return result, err
		}
	}
	for after := id.ID(0); bulk.Period == 0; {
		rows, err := o.Store.BulkRows(ctx, bulk.ID, after, atOnce)
		if err != nil {
			return result, unavailable(err)
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].Person
		if err := o.undo(ctx, by, rows, &result); err != nil {
			return result, err
		}
	}
	entry := o.entry(by, "bulk.undo", bulk.Chosen, "")
	entry.Detail = bulk.Action
	return result, told0(o.Store.UndoneBulk(ctx, bulk.ID, o.Now(), entry))
}

// undo gives some people back what was required of them before, and tells
// those whom that concerns how it is now.
func (o *Operator) undo(ctx context.Context, by audit.Actor, rows []BulkRow, result *BulkResult) error {
	people, err := o.rowsOf(ctx, rows)
	if err != nil {
		return err
	}
	var list []Amendment
	var names []string
	for _, r := range rows {
		result.Chosen++
		if !sameDuties(r.Now, r.After) {
			result.Failures = append(result.Failures, failure(r.Username,
				refuse(RefusedChangedMeanwhile, problem.Conflict, "it was changed again since")))
			continue
		}
		a := o.restore(r)
		if row, ok := people[r.Person]; ok {
			a.Mail, a.Silent = o.letters(row, a, by, false), !o.concerns(row, a)
		}
		list, names = append(list, a), append(names, r.Username)
	}
	outcomes, err := o.Store.AmendMany(ctx, list, 0, nil)
	if err != nil {
		return told(err)
	}
	for i, err := range outcomes {
		if err != nil {
			result.Failures = append(result.Failures, failure(names[i], told(err)))
			continue
		}
		result.Done++
		result.Silent += count01(list[i].Silent)
	}
	return nil
}

// rowsOf reads the people of an act as they are now.
func (o *Operator) rowsOf(ctx context.Context, rows []BulkRow) (map[id.ID]Row, error) {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.Key
	}
	list, err := o.Store.FindPeople(ctx, PeopleQuery{Keys: keys, Now: o.Now()})
	if err != nil {
		return nil, unavailable(err)
	}
	people := make(map[id.ID]Row, len(list))
	for _, r := range list {
		people[r.Person.ID] = r
	}
	return people, nil
}

// restore says what gives somebody back what was required of them before.
func (o *Operator) restore(r BulkRow) Amendment {
	a := Amendment{Person: r.Person, Version: r.Version}
	for _, d := range r.After {
		a.DropDuties = append(a.DropDuties, d.Period)
	}
	for _, d := range r.Before {
		a.PutDuties = append(a.PutDuties, DutyPut{Requirement: notTooSoon(d, r.After, o.Now()), Told: true})
	}
	return a
}

// timeToReact is what whoever is to have an end back at least has left, or
// what they have now if that is less: nobody is locked out because an act is
// taken back.
const timeToReact = enrollment.Day

// notTooSoon is a requirement as it was before an act, with an end that has
// neither passed meanwhile nor comes before anybody could react to it.
func notTooSoon(was policy.Requirement, after []policy.Requirement, now time.Time) policy.Requirement {
	if was.Duty != policy.InPeriod || was.EndsAt(now).After(now.Add(timeToReact)) {
		return was
	}
	soonest := now.Add(timeToReact)
	for _, is := range after {
		if is.Period == was.Period && is.Duty == policy.InPeriod && is.EndsAt(now).Before(soonest) {
			soonest = is.EndsAt(now)
		}
	}
	if was.EndsAt(now).Before(soonest) {
		was.Due, was.PausedAt = soonest, time.Time{}
	}
	return was
}

// sameDuties compares but for how often somebody has postponed meanwhile.
func sameDuties(a, b []policy.Requirement) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		x.PostponeLeft, y.PostponeLeft, x.Held, y.Held = 0, 0, false, false
		if x != y {
			return false
		}
	}
	return true
}
