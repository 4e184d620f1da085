package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// The bounds of an enrollment link's life.
const (
	ShortestLink = time.Minute
	LongestLink  = 30 * 24 * time.Hour
)

// Link is a way to enroll, to be shown once and handed over.
type Link struct {
	URL       secret.Text // the code is in the fragment, which no server and no log sees
	Code      secret.Text // the same, to be typed at the short address
	ExpiresAt time.Time
}

// LinkOptions say what link to make.
type LinkOptions struct {
	Lifetime time.Duration // 0: enrollment.LinkLifetime
	Mail     bool          // send it to the person too
	Why
}

// EnrollLink makes a link with which somebody who has no factor enrolls one.
// An older open one from an administrator becomes void. For a person who is
// disabled, has a factor or is past the end of their period it returns a
// problem.Conflict.
func (o *Operator) EnrollLink(ctx context.Context, by audit.Actor, name string, opt LinkOptions) (Link, error) {
	if opt.Lifetime == 0 {
		opt.Lifetime = enrollment.LinkLifetime
	}
	if opt.Lifetime < ShortestLink || opt.Lifetime > LongestLink {
		return Link{}, refuse(RefusedLifetime, problem.Invalid, "a link cannot live that long or that short").
			WithHint("from 1 minute to 30 days (720h)")
	}
	var link Link
	d := deed{act: Help, action: actLink, name: name, reason: opt.Reason, identity: opt.Identity, asksIdentity: true}
	err := o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		if err := o.mayHaveLink(ctx, r); err != nil {
			return err
		}
		inv, l := o.invite(r.Person.ID, enrollment.FromAdmin, opt.Lifetime)
		link = l
		a.Invite, a.VoidInvitations = &inv, enrollment.FromAdmin
		a.Log.Detail = "until " + l.ExpiresAt.UTC().Format(time.RFC3339)
		if opt.Mail {
			if r.Person.Email == "" {
				return refuse(RefusedNoEmail, problem.Conflict, "%s has no mail address", r.Person.Username)
			}
			o.mailInvite(a, o.message(notify.EnrollLink, r.Person, by, linkData(l)), l)
		}
		return nil
	})
	if err != nil {
		return Link{}, err
	}
	return link, nil
}

func (o *Operator) mayHaveLink(ctx context.Context, r *authn.Record) error {
	if err := o.notExcluded(r.Person); err != nil {
		return err
	}
	for _, f := range r.Factors {
		if f.Kind != factor.Recovery {
			return refuse(RefusedHasFactor, problem.Conflict, "%s has a factor already", r.Person.Username).
				WithHint("who lost it needs a reset first: it takes the old one away")
		}
	}
	return o.notOver(ctx, r, policy.Overall(r.Requirements, r.Factors, o.Now()))
}

// notOver refuses what would lead nowhere because the time to enroll is over.
func (o *Operator) notOver(ctx context.Context, r *authn.Record, stands policy.Position) error {
	if stands.Stand != policy.StandExpired {
		return nil
	}
	if r.Person.EffectiveRole() == directory.Administrator {
		if only, err := o.Engine.OnlyAdministrator(ctx, r.Person.ID); only || err != nil {
			return err
		}
	}
	return refuse(RefusedTimeOver, problem.Conflict, "the time of %s to enroll is over", r.Person.Username).
		WithHint("give them more first: muster period extend")
}

// invite makes an invitation and what opens it.
func (o *Operator) invite(person id.ID, origin enrollment.Origin, lifetime time.Duration) (enrollment.Invitation, Link) {
	return o.inviteBy(person, origin, lifetime, func(of id.ID) secret.Text {
		if origin == enrollment.ForAdminUp {
			return enrollment.DeriveSetUpCode(o.Keys, of)
		}
		return enrollment.DeriveCode(o.Keys, of)
	})
}

// inviteBy is invite, with a code of its own kind.
func (o *Operator) inviteBy(person id.ID, origin enrollment.Origin, lifetime time.Duration, code func(id.ID) secret.Text) (enrollment.Invitation, Link) {
	now := o.Now()
	inv := enrollment.Invitation{
		ID: o.IDs.Next(now), Person: person, Origin: origin, CreatedAt: now, ExpiresAt: now.Add(lifetime),
	}
	plain := code(inv.ID)
	inv.Code = enrollment.HashCode(o.Keys, plain)
	shown := enrollment.FormatCode(plain.Reveal())
	return inv, Link{
		URL: secret.New(o.PublicURL + "/e#" + shown), Code: secret.New(shown), ExpiresAt: inv.ExpiresAt,
	}
}

// mailInvite mails a link that an amendment makes. As long as it opens
// something, no door mails another one within enrollment.MailEvery.
func (o *Operator) mailInvite(a *Amendment, m notify.Message, l Link) {
	a.Mail = append(a.Mail, m)
	if now := o.Now(); l.ExpiresAt.Sub(now) >= enrollment.MailEvery {
		a.LinkMailedAt = now
	}
}

func linkData(l Link) map[string]string {
	return map[string]string{
		"code": l.Code.Reveal(), "url": l.URL.Reveal(), "until": l.ExpiresAt.UTC().Format(time.RFC3339),
	}
}

// welcomeLink is how long somebody new has for a link that was mailed without
// anybody waiting for it.
const welcomeLink = 7 * 24 * time.Hour

// WelcomeLink makes an invitation for somebody who is about to be added, and
// the message that brings it.
func (o *Operator) WelcomeLink(p *directory.Person, _ time.Time) (*enrollment.Invitation, notify.Message) {
	inv, link := o.invite(p.ID, enrollment.FromAdmin, welcomeLink)
	return &inv, o.message(notify.EnrollLink, p, audit.Actor{Via: viaSystem}, linkData(link))
}

// Welcome is what somebody is told who is about to be added from a directory, if
// people are told that.
func (o *Operator) Welcome(p *directory.Person) []notify.Message {
	return o.welcome(p, nil, audit.Actor{Via: viaSystem})
}

// InviteOptions say how to invite an administrator.
type InviteOptions struct {
	Reset  bool // the person exists: take away what they could sign in with
	Reason string
	Details
}

// InviteAdministrator makes a link with which somebody chooses a password,
// enrolls, and becomes an administrator. It lives enrollment.AdminLink and
// voids an older one. Somebody who does not exist yet is added, with the
// details given. Whoever has a password, a factor or a role needs opt.Reset
// and loses their sessions and factors at once; every administrator is told.
func (o *Operator) InviteAdministrator(ctx context.Context, by audit.Actor, name string, opt InviteOptions) (Link, error) {
	key, err := o.key(ctx, name)
	if err != nil {
		return Link{}, err
	}
	r, _, err := o.Store.Person(ctx, key, true)
	if err != nil {
		return Link{}, unavailable(err)
	}
	if r == nil {
		return o.inviteStranger(ctx, by, name, opt)
	}
	everyone, err := o.withRole(ctx, directory.Administrator)
	if err != nil {
		return Link{}, err
	}
	var link Link
	d := deed{act: Appoint, action: "admin.invite", name: name, reason: opt.Reason}
	err = o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		if err := o.notExcluded(r.Person); err != nil {
			return err
		}
		if !r.Person.Origin.Local() {
			return refuse(RefusedFromDirectory, problem.Conflict, "%s has their password in a directory", r.Person.Username).
				WithHint("give them the role with admin grant; they set up their second step with enroll link")
		}
		known := r.Person.Role != directory.NoRole || r.Person.HasPassword || len(r.Factors) > 0
		if known && !opt.Reset {
			return refuse(RefusedNeedsReset, problem.Conflict, "%s exists and can sign in", r.Person.Username).
				WithHint("--reset takes that away and ends their sessions; to give a role to somebody who keeps it, use admin grant")
		}
		if known {
			o.takeEverything(r, a)
			a.KeepAdministrator = guards(by, r.Person)
			for _, p := range everyone {
				a.Mail = append(a.Mail, o.message(notify.AdminReset, p.Person, by, map[string]string{"user": r.Person.Username}))
			}
		}
		inv, l := o.invite(r.Person.ID, enrollment.ForAdminUp, enrollment.AdminLink)
		link = l
		a.Invite, a.VoidInvitations = &inv, enrollment.ForAdminUp
		a.Mail = append(a.Mail, o.message(notify.AdminInvited, r.Person, by, nil))
		return nil
	})
	if err != nil {
		return Link{}, err
	}
	return link, nil
}

// inviteStranger adds a person together with their invitation.
func (o *Operator) inviteStranger(ctx context.Context, by audit.Actor, name string, opt InviteOptions) (Link, error) {
	if err := o.may(ctx, by, Appoint, nil); err != nil {
		return Link{}, err
	}
	reason, err := checkReason(opt.Reason, false)
	if err != nil {
		return Link{}, err
	}
	p, err := o.newPerson(name, opt.Details, o.Now())
	if err != nil {
		return Link{}, err
	}
	p.PasswordEnrollsUntil = time.Time{}
	inv, link := o.invite(p.ID, enrollment.ForAdminUp, enrollment.AdminLink)
	n := NewPerson{
		Person: p, Invite: &inv,
		Mail: []notify.Message{o.message(notify.AdminInvited, &p, by, nil)},
	}
	log := o.entry(by, "admin.invite", p.Username, reason)
	log.Detail = "added"
	if err := o.Store.AddPerson(ctx, n, log); err != nil {
		return Link{}, told(err)
	}
	return link, nil
}
