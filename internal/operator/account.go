package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// The acts on the accounts of many, as the log names them.
const (
	actUnlock  = "user.unlock"
	actLink    = "enroll.link"
	actEnable  = "user.enable"
	actDisable = "user.disable"
)

// UnlockMany is UnlockUser for all who are chosen.
func (o *Operator) UnlockMany(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actUnlock, c)
}

func (o *Operator) unlock(_ *Bulk, t *turn) error {
	t.amendment.Unlock = true
	return nil
}

// MailLinks mails a link to all who are chosen, as EnrollLink does to one. Each
// lives enrollment.LinkLifetime.
func (o *Operator) MailLinks(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actLink, c)
}

func (o *Operator) mayBeMailed(ctx context.Context, r Row) error {
	if err := o.mayHaveLink(ctx, &authn.Record{Person: r.Person, Factors: r.Factors, Requirements: r.Requirements}); err != nil {
		return err
	}
	if r.Person.Email == "" {
		return refuse(RefusedNoEmail, problem.Conflict, "%s has no mail address", r.Person.Username)
	}
	return nil
}

func (o *Operator) mailLink(_ *Bulk, t *turn) error {
	inv, link := o.invite(t.row.Person.ID, enrollment.FromAdmin, enrollment.LinkLifetime)
	t.amendment.Invite, t.amendment.VoidInvitations = &inv, enrollment.FromAdmin
	o.mailInvite(&t.amendment, o.message(notify.EnrollLink, t.row.Person, t.by, linkData(link)), link)
	t.due = link.ExpiresAt
	return nil
}

// EnableMany is EnableUser for all who are chosen.
func (o *Operator) EnableMany(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actEnable, c)
}

func (o *Operator) enable(_ *Bulk, t *turn) error {
	o.letBackIn(&t.amendment, t.row.Person, t.row.Factors, t.by)
	return nil
}

// letBackIn enables somebody. Whoever has set up nothing yet is new to it.
func (o *Operator) letBackIn(a *Amendment, p *directory.Person, factors []factor.Factor, by audit.Actor) {
	a.Disabled = new(bool)
	if !policy.WantAny.Met(factors) {
		a.Mail = append(a.Mail, o.welcome(p, factors, by)...)
	}
}

// DisableMany is DisableUser for all who are chosen, but for the last who
// administer.
func (o *Operator) DisableMany(ctx context.Context, by audit.Actor, s Selection, c Change) (BulkResult, error) {
	return o.change(ctx, by, s, actDisable, c)
}

func (o *Operator) disable(_ *Bulk, t *turn) error {
	keepOut(&t.amendment)
	t.amendment.KeepAdministrator = guards(t.by, t.row.Person)
	return nil
}

// keepOut makes an amendment keep the person out, and end what is open.
func keepOut(a *Amendment) {
	disabled := true
	a.Disabled, a.EndSessions, a.EndChallenges, a.EndInvitations, a.EndPending = &disabled, true, true, true, true
}
