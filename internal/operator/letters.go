package operator

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// letters are what somebody hears of an act that changes what is required of
// them: of every act the same way, also of one that takes another back. Only
// those hear of it whom it concerns: see enrollment.NewsOf. With anew they
// begin from nothing, and hear that.
func (o *Operator) letters(r Row, a Amendment, by audit.Actor, anew bool) []notify.Message {
	now := o.Now()
	if r.Person.Excluded(now) {
		return nil
	}
	before, after := stances(r, a)
	if anew {
		before = enrollment.Stance{}
	}
	var list []notify.Message
	for _, n := range enrollment.NewsOf(before, after, now) {
		if anew && !n.Until.IsZero() {
			n.Kind = notify.PeriodReset
		}
		list = append(list, o.letter(n, r, by))
	}
	return list
}

func (o *Operator) letter(n enrollment.News, r Row, by audit.Actor) notify.Message {
	data := map[string]string{"url": o.PublicURL + "/enroll"}
	if n.Factor != "" && n.Factor != policy.WantAny {
		data["factor"] = string(n.Factor)
	}
	if !n.Until.IsZero() {
		data["until"] = n.Until.UTC().Format(time.RFC3339)
	}
	if n.Kind == notify.Exempted {
		data["owed"] = "yes"
	}
	if n.Kind == notify.PeriodReset {
		data["length"] = strconv.Itoa(int((n.Until.Sub(o.Now()) + enrollment.Day - 1) / enrollment.Day))
	}
	return o.message(n.Kind, r.Person, by, data)
}

// tellOf reports whether one of the messages tells of a requirement.
func tellOf(list []notify.Message, r policy.Requirement) bool {
	return slices.ContainsFunc(list, func(m notify.Message) bool {
		return m.Kind == notify.EnrollAnew || m.Topic() == string(cmp.Or(r.Factor, policy.WantAny))
	})
}

// concerns reports whether an act is about something that the person still has
// to do, before it or after.
func (o *Operator) concerns(r Row, a Amendment) bool {
	before, after := stances(r, a)
	return before.Owes(o.Now()) || after.Owes(o.Now())
}

// stances are where somebody stands before an amendment, and after it. What it
// takes away counts as required before, even if that was put out of force with
// the beginning of the act.
func stances(r Row, a Amendment) (before, after enrollment.Stance) {
	before = enrollment.Stance{Factors: r.Factors, Required: slices.Clone(r.Requirements)}
	gone := func(d policy.Requirement) bool {
		return slices.Contains(a.DropDuties, d.Period) ||
			slices.ContainsFunc(a.PutDuties, func(p DutyPut) bool { return p.Period == d.Period })
	}
	for i := range before.Required {
		if slices.Contains(a.DropDuties, before.Required[i].Period) {
			before.Required[i].Held = false
		}
	}
	after.Factors = slices.DeleteFunc(slices.Clone(r.Factors), func(f factor.Factor) bool {
		return slices.Contains(a.RemoveFactors, f.ID)
	})
	after.Required = slices.DeleteFunc(slices.Clone(before.Required), gone)
	for _, p := range a.PutDuties {
		after.Required = append(after.Required, p.Requirement)
	}
	return before, after
}
