package operator

import (
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// turn is one person's turn in an act.
type turn struct {
	by        audit.Actor
	now       time.Time // when the act was ordered
	row       Row
	only      policy.Wanted
	groups    map[id.ID]bool // periods of groups that run
	periods   map[id.ID]enrollment.Period
	ended     map[id.ID]string // periods of groups that the act ends, or brings back, and the groups
	done      *BulkMember      // what the act to be undone did to them
	amendment Amendment
	due       time.Time // the first new end
	kind      policy.Wanted
}

var errNothing = refuse(RefusedNoRequirement, problem.Conflict, "there is nothing of the kind to change")

// eachPeriod changes the periods, eachRequired all that is required; fn
// reports whether it has changed something.
func (t *turn) eachPeriod(fn func(r *policy.Requirement) bool) error {
	return t.eachRequired(func(r *policy.Requirement) bool { return r.Duty == policy.InPeriod && fn(r) })
}

func (t *turn) eachRequired(fn func(r *policy.Requirement) bool) error {
	for _, r := range t.row.Requirements {
		if r.Held || r.Duty != policy.InPeriod && r.Duty != policy.RequiredNow || t.only != "" && r.Factor != t.only {
			continue
		}
		if !fn(&r) {
			continue
		}
		r = r.Outlasting(policy.Exemption(t.row.Requirements, t.now), t.now)
		t.amendment.PutDuties = append(t.amendment.PutDuties, DutyPut{Requirement: r})
		if t.due.IsZero() || r.Due.Before(t.due) {
			t.due, t.kind = r.Due, r.Factor
		}
	}
	if len(t.amendment.PutDuties) == 0 {
		return errNothing
	}
	return nil
}

// postponings is how often somebody may go on without in a requirement that
// begins anew: as often as its period has said. What was required now, or with
// no period, says nothing of that.
func (t *turn) postponings(r policy.Requirement) int {
	switch p, known := t.periods[r.Period]; {
	case known && p.Duty == policy.InPeriod:
		return p.Postpone
	case r.Own && r.PostponeLeft > 0:
		return r.PostponeLeft
	default:
		return -1
	}
}

// drop removes what fn picks. What a group requires is waived rather than
// removed, or the person would have it again with their next change.
func (t *turn) drop(fn func(r policy.Requirement) bool) error {
	for _, r := range t.row.Requirements {
		if _, ended := t.ended[r.Period]; ended { // for everybody at once, with the beginning of the act
			t.kind = r.Factor
			t.amendment.DropDuties = append(t.amendment.DropDuties, r.Period)
			continue
		}
		if r.Held || !fn(r) || t.only != "" && r.Factor != t.only {
			continue
		}
		t.kind = r.Factor
		if t.groups[r.Period] {
			r.Duty = policy.NotRequired
			t.amendment.PutDuties = append(t.amendment.PutDuties, DutyPut{Requirement: r})
			continue
		}
		t.amendment.DropDuties = append(t.amendment.DropDuties, r.Period)
	}
	if len(t.amendment.PutDuties)+len(t.amendment.DropDuties) == 0 {
		return errNothing
	}
	return nil
}
