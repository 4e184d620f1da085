package operator

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// BulkRule is what an act does to a period that people join later, for those.
type BulkRule struct {
	Period id.ID
	Joins  Joins // empty: nobody joins it
	Ends   bool  // it is put out of force
	// Was and Is are its terms before and from now on, if it does not end.
	Was, Is enrollment.Terms
}

// Later is what an act changes for whoever joins a period later.
type Later string

// What there is.
const (
	LaterFree    Later = "not-required" // nothing is required of them
	LaterAgain   Later = "required"     // it is again
	LaterEnd     Later = "end"          // the end for all, or with clocks of their own the soonest
	LaterStopped Later = "paused"       // their clocks stand still
	LaterRuns    Later = "running"      // and go on
)

// Joins says how people come under a period later. One field is set.
type Joins struct {
	Group string // they join that
	Item  string // they are imported by that
}

// JoinsOf returns how people come under a period later.
func JoinsOf(p enrollment.Period) Joins {
	if p.Item != 0 {
		return Joins{Item: p.Of()}
	}
	return Joins{Group: p.Group}
}

// name is that of the group or of the item.
func (j Joins) name() string { return j.Group + j.Item }

// LaterChange is what an act changes for whoever joins a period later.
type LaterChange struct {
	Joins
	What  Later
	Until time.Time // of LaterEnd, if there is one
}

// later says what an act changes for whoever joins periods later.
func (b *Bulk) later() []LaterChange {
	list := make([]LaterChange, 0, len(b.Rules))
	for _, r := range b.Rules {
		if b.putsBack() {
			r.Was, r.Is = r.Is, r.Was
		}
		change := LaterChange{Joins: r.Joins, What: LaterEnd, Until: r.Is.Until}
		switch {
		case r.Joins == Joins{}:
			continue // nobody joins it
		case r.takesNobody() && b.putsBack():
			change.What = LaterAgain
		case r.takesNobody():
			change.What = LaterFree
		case r.Is.PausedAt.IsZero() && !r.Was.PausedAt.IsZero():
			change.What = LaterRuns
		case !r.Is.PausedAt.Equal(r.Was.PausedAt):
			change.What = LaterStopped
		}
		list = append(list, change)
	}
	return list
}

// takesNobody reports whether with the rule nobody joins the period any more.
func (r BulkRule) takesNobody() bool { return r.Ends || !r.Is.ClosedAt.Equal(r.Was.ClosedAt) }

// laterText says for the log what becomes of whoever joins the periods later.
func laterText(list []LaterChange) string {
	said := make([]string, len(list))
	for i, l := range list {
		said[i] = l.name() + " " + string(l.What)
		if l.What == LaterEnd && !l.Until.IsZero() {
			said[i] += " " + l.Until.UTC().Format(time.RFC3339)
		}
	}
	return strings.Join(said, ", ")
}

// rulesFor works out what becomes of the periods that people join later, as far as
// a selection covers them whole.
func (o *Operator) rulesFor(ctx context.Context, b *Bulk, s Selection, d doing) ([]BulkRule, error) {
	if d.rules == nil || !s.All && s.Group == "" && s.Period == 0 {
		return nil, nil
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	var rules []BulkRule
	for _, p := range list {
		if !p.Grows() || p.State == enrollment.Over || !s.coversWhole(p) || b.Factor != "" && p.Factor != b.Factor {
			continue
		}
		r := BulkRule{Period: p.ID, Joins: JoinsOf(p), Was: p.Terms(), Is: p.Terms()}
		d.rules(b, p, &r)
		if r.Ends || r.Is != r.Was {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// coversWhole reports whether everybody is chosen who is in a period, or will be.
func (s Selection) coversWhole(p enrollment.Period) bool {
	return s.All || s.Group != "" && s.Group == p.Group || s.Period == p.ID
}

// ends says that nothing is required any more.
func ends(_ *Bulk, _ enrollment.Period, r *BulkRule) { r.Ends = true }

// closes says that nothing is required of later members; of those who have done
// it, it is still.
func closes(b *Bulk, p enrollment.Period, r *BulkRule) {
	if p.Duty == policy.InPeriod && p.ClosedAt.IsZero() {
		r.Is.ClosedAt = b.OrderedAt
	}
}

// moves says that later members have the new end too. Where each has a clock of
// their own it runs out no sooner than that of whoever was in it from the
// beginning.
func moves(b *Bulk, p enrollment.Period, r *BulkRule) {
	if p.Duty != policy.InPeriod {
		return
	}
	from := b.OrderedAt
	if !p.PausedAt.IsZero() { // and it goes on with what was left
		from = p.PausedAt
	}
	if b.Length == 0 {
		r.Is.Until = from.Add(b.Until.Sub(b.OrderedAt))
		return
	}
	r.Is.Until = p.FirstEnd()
	if r.Is.Until.Before(from) {
		r.Is.Until = from
	}
	r.Is.Until = r.Is.Until.Add(b.Length)
}

// begins says that later members have the end of those who begin anew, or a
// later one.
func begins(b *Bulk, p enrollment.Period, r *BulkRule) {
	if p.Duty != policy.InPeriod {
		return
	}
	if r.Is.Until = b.Until; b.Length > 0 {
		r.Is.Until = b.OrderedAt.Add(b.Length)
	}
	r.Is.PausedAt = time.Time{}
}

// stops says that the clocks of later members stand still, too.
func stops(b *Bulk, p enrollment.Period, r *BulkRule) {
	if p.Duty == policy.InPeriod && p.PausedAt.IsZero() {
		r.Is.PausedAt = b.OrderedAt
	}
}

// goesOn says that the clocks of later members run, with what was left.
func goesOn(b *Bulk, p enrollment.Period, r *BulkRule) {
	if p.PausedAt.IsZero() {
		return
	}
	if p.Until.After(p.PausedAt) {
		r.Is.Until = b.OrderedAt.Add(p.Until.Sub(p.PausedAt))
	}
	r.Is.PausedAt = time.Time{}
}
