package operator

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// The bounds of what is granted to one person.
const (
	ShortestPass = 10 * time.Minute
	LongestPass  = 30 * 24 * time.Hour
	DefaultPass  = time.Hour

	ShortestBypass = 30 * time.Second
	LongestBypass  = 24 * time.Hour
	DefaultBypass  = 5 * time.Minute
)

// Exempt asks nothing of somebody until an instant, whatever is required of
// them. A reason is required, and as long as the person asks for help how their
// identity was checked.
func (o *Operator) Exempt(ctx context.Context, by audit.Actor, name string, until time.Time, why Why) error {
	now := o.Now()
	if err := checkEnd(0, until, now, "give an instant to come"); err != nil {
		return err
	}
	d := deed{
		act: Manage, action: actExempt, name: name, reason: why.Reason, needsReason: true, identity: why.Identity, asksIdentity: true,
	}
	return o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		o.exempting(a, r.Requirements, now, until)
		a.Log.Detail = "until " + until.UTC().Format(time.RFC3339)
		data := map[string]string{"until": until.UTC().Format(time.RFC3339)}
		if owes(r.Requirements, r.Factors) {
			data["owed"] = "yes"
		}
		a.Mail = append(a.Mail, o.message(notify.Exempted, r.Person, by, data))
		return nil
	})
}

// ExemptMany is Exempt for all who are chosen, until c.Until. Their
// requirements of all kinds are suspended, whatever c.Factor says.
func (o *Operator) ExemptMany(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	c.Factor, c.Length = "", 0
	if err := checkEnd(0, c.Until, o.Now(), "give an instant to come"); err != nil {
		return BulkResult{}, err
	}
	return o.change(ctx, by, s, actExempt, c)
}

func (o *Operator) exempt(b *Bulk, t *turn) error {
	o.exempting(&t.amendment, t.row.Requirements, b.OrderedAt, b.Until)
	t.due = b.Until
	return nil
}

// exempting puts an exemption in the place of the one there is. A period that
// would end meanwhile goes on afterwards with what is left of it now.
func (o *Operator) exempting(a *Amendment, all []policy.Requirement, now, until time.Time) {
	old := policy.Exemption(all, now)
	exemption := policy.Requirement{Period: o.IDs.Next(now), Own: true, Duty: policy.Exempt, Since: now, Due: until}
	for _, r := range all {
		if r.Duty == policy.Exempt {
			a.DropDuties = append(a.DropDuties, r.Period)
			continue
		}
		from := now
		if r.Due.After(old.Due) && old.Due.After(now) {
			from = old.Due // its clock has stood still since the exemption before
		}
		moved := r.Outlasting(exemption, now)
		if moved != r {
			moved.Due = until.Add(r.Due.Sub(from))
			a.PutDuties = append(a.PutDuties, DutyPut{Requirement: moved})
		}
	}
	a.PutDuties = append(a.PutDuties, DutyPut{Requirement: exemption})
}

// EndExemption asks of somebody again what is required of them.
func (o *Operator) EndExemption(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.endDuty(ctx, by, deed{act: Manage, action: "exempt.end", name: name, reason: reason}, policy.Exempt, "%s is not exempt")
}

// endDuty takes back all that somebody has of a duty; missing says of whom it
// has nothing to take.
func (o *Operator) endDuty(ctx context.Context, by audit.Actor, d deed, duty policy.Duty, missing string) error {
	return o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		dropDuties(r, a, duty, "")
		if len(a.DropDuties) == 0 {
			return refuse(RefusedGone, problem.NotFound, missing, r.Person.Username)
		}
		return nil
	})
}

// dropDuties drops what somebody has of a duty, at a place if one is given.
func dropDuties(r *authn.Record, a *Amendment, duty policy.Duty, place string) {
	for _, d := range r.Requirements {
		if d.Duty == duty && (place == "" || d.Place == place) {
			a.DropDuties = append(a.DropDuties, d.Period)
		}
	}
}

// GrantBypass lets somebody in once without the second factor, at one
// protected client and before an instant. Never for Muster's own pages, for
// oneself or for a higher role. A reason is required, and as long as the person
// asks for help how their identity was checked; the person is told.
func (o *Operator) GrantBypass(ctx context.Context, by audit.Actor, name, client string, lasts time.Duration, why Why) (until time.Time, err error) {
	if lasts == 0 {
		lasts = DefaultBypass
	}
	c, ok := o.Clients.Client(client)
	switch {
	case lasts < ShortestBypass || lasts > LongestBypass:
		return until, refuse(RefusedLifetime, problem.Invalid, "a bypass cannot last that long or that short").WithHint("from 30 seconds to 24 hours (86400)")
	case client == "":
		return until, refuse(RefusedPlace, problem.Invalid, "it is not said where the bypass works").
			WithHint("name a client that radius client list shows")
	case !ok || c.Browser:
		return until, refuse(RefusedPlace, problem.Invalid, "there is no bypass for %s", shown(client)).
			WithHint("name a client that radius client list shows; portal and console have none")
	}
	now := o.Now()
	until = now.Add(lasts)
	d := deed{
		act: Help, action: "bypass.grant", name: name, reason: why.Reason, needsReason: true, identity: why.Identity, asksIdentity: true,
	}
	err = o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		if err := o.notExcluded(r.Person); err != nil {
			return err
		}
		if err := o.notOver(ctx, r, policy.Standing(c, r.Requirements, r.Factors, now)); err != nil {
			return err
		}
		dropDuties(r, a, policy.Bypass, client)
		a.PutDuties = []DutyPut{{Requirement: policy.Requirement{
			Period: o.IDs.Next(now), Own: true, Duty: policy.Bypass, Place: client, Since: now, Due: until,
		}}}
		at := until.UTC().Format(time.RFC3339)
		a.Log.Detail = client + " until " + at
		a.Mail = append(a.Mail, o.message(notify.BypassIssued, r.Person, by, map[string]string{"client": client, "until": at}))
		return nil
	})
	return until, err
}

// RevokeBypass takes back what was granted and not used.
func (o *Operator) RevokeBypass(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.endDuty(ctx, by, deed{act: Help, action: "bypass.revoke", name: name, reason: reason}, policy.Bypass, "%s has no bypass")
}

// PassOptions say what pass to make.
type PassOptions struct {
	Lifetime time.Duration // 0: DefaultPass
	Length   int           // characters, from enrollment.CodeLength (if 0) to enrollment.LongestPass
	Why
}

// check fills in what is not given.
func (p *PassOptions) check() error {
	if p.Lifetime == 0 {
		p.Lifetime = DefaultPass
	}
	if p.Length == 0 {
		p.Length = enrollment.CodeLength
	}
	switch {
	case p.Lifetime < ShortestPass || p.Lifetime > LongestPass:
		return refuse(RefusedLifetime, problem.Invalid, "a pass cannot live that long or that short").
			WithHint("from 10 minutes to 30 days (720h)")
	case p.Length < enrollment.CodeLength || p.Length > enrollment.LongestPass:
		return refuse(RefusedLength, problem.Invalid, "a pass cannot have that many or that few characters").
			WithHint("from %d to %d", enrollment.CodeLength, enrollment.LongestPass)
	}
	return nil
}

// IssuePass makes a temporary pass: besides the password it opens one
// enrollment, and is spent by it. Shown once; an older one becomes void. Never
// for oneself or for a higher role; the person is told.
func (o *Operator) IssuePass(ctx context.Context, by audit.Actor, name string, opt PassOptions) (Link, error) {
	if err := opt.check(); err != nil {
		return Link{}, err
	}
	var link Link
	d := deed{act: Help, action: "pass.issue", name: name, reason: opt.Reason, identity: opt.Identity, asksIdentity: true}
	err := o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		if err := o.mayHaveLink(ctx, r); err != nil {
			return err
		}
		inv, l := o.inviteBy(r.Person.ID, enrollment.Pass, opt.Lifetime, func(of id.ID) secret.Text {
			return enrollment.DerivePass(o.Keys, of, opt.Length)
		})
		link = l
		a.Invite, a.VoidInvitations = &inv, enrollment.Pass
		a.Log.Detail = "until " + l.ExpiresAt.UTC().Format(time.RFC3339)
		a.Mail = append(a.Mail, o.message(notify.PassIssued, r.Person, by, map[string]string{"until": l.ExpiresAt.UTC().Format(time.RFC3339)}))
		return nil
	})
	if err != nil {
		return Link{}, err
	}
	return link, nil
}

// RevokePass takes back a pass that was issued and not used.
func (o *Operator) RevokePass(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.amend(ctx, by, deed{act: Help, action: "pass.revoke", name: name, reason: reason}, func(r *authn.Record, a *Amendment) error {
		open, err := o.Store.Invitations(ctx, r.Person.ID, o.Now())
		if err != nil {
			return unavailable(err)
		}
		if !slices.ContainsFunc(open, func(i enrollment.Invitation) bool { return i.Origin == enrollment.Pass }) {
			return refuse(RefusedGone, problem.NotFound, "%s has no pass", r.Person.Username)
		}
		a.VoidInvitations = enrollment.Pass
		return nil
	})
}

// CountByStatus counts people as they stand with a kind of factor; all kinds
// together if it is empty.
func (o *Operator) CountByStatus(ctx context.Context, by audit.Actor, kind policy.Wanted) (Census, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return Census{}, err
	}
	c, err := o.Store.CountPeople(ctx, kind, o.Now())
	if err != nil {
		return Census{}, unavailable(err)
	}
	return c, nil
}
