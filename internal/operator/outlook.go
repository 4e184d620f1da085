package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// Mailing says who would hear of an act by mail, and why others would not. Each
// of those for whom it would be done counts once.
type Mailing struct {
	Told      int
	NoAddress int
	KeptOut   int // disabled, here or by their directory: they hear of it when that is over
	Exempt    int // they hear of it when that is over
	Off       int // no mail leaves this server
	Nothing   int // nothing changes that they have still to do
}

// count adds somebody; tells says that there is something to tell them, and
// owes that they have something left to do.
func (o *Operator) count(m *Mailing, r Row, tells, owes bool) {
	now := o.Now()
	_, off := o.Mail.Transport.(notify.Off)
	switch exempt := policy.Exemption(r.Requirements, now); {
	case r.Person.Excluded(now) && owes:
		m.KeptOut++
	case exempt.Duty != "" && owes:
		m.Exempt++
	case !tells:
		m.Nothing++
	case r.Person.Email == "":
		m.NoAddress++
	case off:
		m.Off++
	default:
		m.Told++
	}
}

// less takes others out again who were counted, if they were.
func (m *Mailing) less(others Mailing) {
	m.Told = max(0, m.Told-others.Told)
	m.NoAddress = max(0, m.NoAddress-others.NoAddress)
	m.KeptOut = max(0, m.KeptOut-others.KeptOut)
	m.Exempt = max(0, m.Exempt-others.Exempt)
	m.Off = max(0, m.Off-others.Off)
	m.Nothing = max(0, m.Nothing-others.Nothing)
}

// foresee says what an act would do, and does nothing.
func (o *Operator) foresee(ctx context.Context, b *Bulk, s Selection, d doing) (BulkResult, error) {
	result := BulkResult{Dry: true}
	var err error
	if b.Rules, err = o.rulesFor(ctx, b, s, d); err != nil {
		return result, err
	}
	who, err := o.actor(ctx, b, s)
	if err != nil {
		return result, err
	}
	c, err := o.carrier(ctx, b, who)
	if err != nil {
		return result, err
	}
	result.Later = b.later()
	missing := func(name string, err error) {
		result.Chosen++
		result.Failures = append(result.Failures, failure(shown(name), err))
	}
	return result, o.each(ctx, s, missing, func(rows []Row) error {
		if !s.single() { // of one the act itself asks
			if err := c.hearWhoAsks(ctx, personsOf(rows)); err != nil {
				return err
			}
		}
		for _, r := range rows {
			result.Chosen++
			a, err := c.turn(ctx, r, nil)
			switch {
			case RefusalOf(err) == RefusedNoRequirement && !s.single():
				result.Skipped = append(result.Skipped, failure(r.Person.Reference(), err))
				continue
			case err != nil:
				result.Failures = append(result.Failures, failure(r.Person.Reference(), err))
				continue
			}
			result.Done++
			if a.Silent {
				result.Silent++
			}
			o.count(&result.Mail, r, len(a.Mail) > 0, o.unmet(r, a))
		}
		return nil
	})
}

func personsOf(rows []Row) []id.ID {
	list := make([]id.ID, len(rows))
	for i, r := range rows {
		list[i] = r.Person.ID
	}
	return list
}

// unmet reports whether something is required of somebody, before an act or
// after, that they have not done, whether or not they are exempt from it.
func (o *Operator) unmet(r Row, a Amendment) bool {
	before, after := stances(r, a)
	return owes(before.Required, r.Factors) || owes(after.Required, r.Factors)
}

// owes reports whether something is required of somebody that they have not
// done, whether or not they are exempt from it.
func owes(required []policy.Requirement, factors []factor.Factor) bool {
	return slices.ContainsFunc(required, func(r policy.Requirement) bool {
		return !r.Held && (r.Duty == policy.InPeriod || r.Duty == policy.RequiredNow) && !r.MetBy(factors)
	})
}
