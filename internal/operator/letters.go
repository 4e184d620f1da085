package operator

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
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

// release takes those out of a period that is over whom that concerns, and
// tells them; it returns how many they were.
func (o *Operator) release(ctx context.Context, by audit.Actor, period id.ID) (people int, err error) {
	q := PeopleQuery{Period: period, Limit: atOnce, Now: o.Now()}
	for {
		rows, err := o.Store.FindPeople(ctx, q)
		if err != nil {
			return people, unavailable(err)
		}
		if len(rows) == 0 {
			return people, nil
		}
		q.After = rows[len(rows)-1].Person.Key
		for tries := attempts; len(rows) > 0 && tries > 0; tries-- {
			again, released, err := o.releaseSome(ctx, by, period, rows)
			if people += released; err != nil {
				return people, err
			}
			if rows = nil; len(again) > 0 {
				if rows, err = o.Store.FindPeople(ctx, PeopleQuery{Keys: again, Now: o.Now()}); err != nil {
					return people, unavailable(err)
				}
			}
		}
	}
}

// releaseSome returns the keys of those who changed at that moment.
func (o *Operator) releaseSome(ctx context.Context, by audit.Actor, period id.ID, rows []Row) (again []string, released int, err error) {
	var list []Amendment
	var keys []string
	for _, r := range rows {
		a := Amendment{Person: r.Person.ID, Version: r.Version, DropDuties: []id.ID{period}}
		if a.Mail = o.letters(r, a, by, false); len(a.Mail) > 0 {
			list, keys = append(list, a), append(keys, r.Person.Key)
		}
	}
	if len(list) == 0 {
		return nil, 0, nil
	}
	outcomes, err := o.Store.AmendMany(ctx, list, nil)
	if err != nil {
		return nil, 0, told(err)
	}
	for i, err := range outcomes {
		if errors.Is(err, ErrChangedMeanwhile) {
			again = append(again, keys[i])
		} else {
			released++
		}
	}
	return again, released, nil
}
