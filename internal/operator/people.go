package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// EditUser replaces what describes somebody, but for what their directory tells:
// see Told.
func (o *Operator) EditUser(ctx context.Context, by audit.Actor, name string, d Details) error {
	d, err := d.check()
	if err != nil {
		return err
	}
	return o.amend(ctx, by, deed{act: Manage, action: "user.edit", name: name}, func(r *authn.Record, a *Amendment) error {
		a.Details = &d
		names := changed(detailsOf(r.Person), d)
		a.Log.Detail = strings.Join(names, " ")
		return o.mayType(ctx, r.Person, names)
	})
}

func detailsOf(p *directory.Person) Details {
	return Details{DisplayName: p.DisplayName, Email: p.Email, Phone: p.Phone, Language: p.Language, TimeZone: p.TimeZone, Groups: p.Groups}
}

// changed names the details that differ; the log keeps no values of them.
func changed(was, is Details) []string {
	var names []string
	for _, c := range []struct {
		name string
		same bool
	}{
		{"display-name", was.DisplayName == is.DisplayName},
		{"email", was.Email == is.Email},
		{"phone", was.Phone == is.Phone},
		{"language", was.Language == is.Language},
		{"time-zone", was.TimeZone == is.TimeZone},
		{"groups", slices.Equal(was.Groups, is.Groups)},
	} {
		if !c.same {
			names = append(names, c.name)
		}
	}
	return names
}

// EnableUser lets somebody sign in again.
func (o *Operator) EnableUser(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.amend(ctx, by, deed{act: Manage, action: actEnable, name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			o.letBackIn(a, r.Person, r.Factors, by)
			return nil
		})
}

// DisableUser refuses somebody at every door from now on, and ends their
// sessions and open questions. What they have enrolled stays.
func (o *Operator) DisableUser(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.amend(ctx, by, deed{act: Manage, action: actDisable, name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			keepOut(a)
			a.KeepAdministrator = guards(by, r.Person)
			return nil
		})
}

// notExcluded refuses to begin something for somebody who is kept out, and says
// where that can be changed.
func (o *Operator) notExcluded(p *directory.Person) error {
	switch {
	case p.Disabled:
		return refuse(RefusedDisabled, problem.Conflict, "%s is disabled", p.Username).WithHint("enable them first")
	case p.Excluded(o.Now()):
		return refuse(RefusedDisabled, problem.Conflict, "%s is kept out by their directory", p.Username).
			WithHint("put the account in order there")
	}
	return nil
}

// UnlockUser forgets the wrong codes and passwords counted so far, also where
// only a reset lifts the lock.
func (o *Operator) UnlockUser(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.amend(ctx, by, deed{act: Help, action: actUnlock, name: name, reason: reason},
		func(_ *authn.Record, a *Amendment) error {
			a.Unlock = true
			return nil
		})
}

// RemoveUser removes somebody with all they have enrolled. The logs keep what
// they did.
func (o *Operator) RemoveUser(ctx context.Context, by audit.Actor, name, reason string) error {
	return o.amend(ctx, by, deed{act: Manage, action: "user.remove", name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			a.RemovePerson = true
			a.KeepAdministrator = guards(by, r.Person)
			return nil
		})
}

// ResetUser takes everything from somebody that they have enrolled, ends
// their sessions and tells them. Their password alone enrolls nothing
// afterwards: they need a link. What was required of them in a period that is
// over is required at once, so that the link leads somewhere. A reason is
// required.
func (o *Operator) ResetUser(ctx context.Context, by audit.Actor, name string, why Why) error {
	d := deed{
		act: Help, action: "user.reset", name: name, reason: why.Reason, needsReason: true,
		identity: why.Identity, asksIdentity: true,
	}
	return o.amend(ctx, by, d, func(r *authn.Record, a *Amendment) error {
		o.takeEverything(r, a)
		a.KeepAdministrator = guards(by, r.Person)
		a.Mail = append(a.Mail, o.message(notify.PersonReset, r.Person, by, nil))
		return nil
	})
}

// takeEverything makes an amendment end all that a person could prove
// themselves with, but for the password.
func (o *Operator) takeEverything(r *authn.Record, a *Amendment) {
	kinds := make([]string, 0, len(r.Factors))
	for _, f := range r.Factors {
		a.RemoveFactors = append(a.RemoveFactors, f.ID)
		kinds = append(kinds, string(f.Kind))
	}
	a.EndPending, a.EndInvitations, a.EndSessions, a.EndChallenges, a.Unlock = true, true, true, true, true
	a.PasswordEnrollsUntil = new(time.Time)
	a.Log.Detail = strings.Join(kinds, " ")
	o.giveAnotherChance(r, a, func(policy.Requirement) bool { return true })
}

// giveAnotherChance requires at once what was required in a period that is
// over, of what counts: without its factors the person would be refused at every
// door, the one to the new ones included. It opens none to the password alone.
func (o *Operator) giveAnotherChance(r *authn.Record, a *Amendment, counts func(policy.Requirement) bool) {
	now := o.Now()
	for _, required := range r.Requirements {
		if required.At(now) == policy.StandExpired && counts(required) {
			required.Duty, required.Due, required.PausedAt = policy.RequiredNow, time.Time{}, time.Time{}
			a.PutDuties = append(a.PutDuties, DutyPut{Requirement: required, Told: true})
		}
	}
}

// SetPassword gives somebody a new password and ends their sessions.
func (o *Operator) SetPassword(ctx context.Context, by audit.Actor, name string, password secret.Text, reason string) error {
	r, err := o.find(ctx, name)
	if err != nil {
		return err
	}
	if err := o.may(ctx, by, Issue, r.Person); err != nil {
		return err // before the work of hashing
	}
	if !r.Person.Origin.Local() {
		return refuse(RefusedFromDirectory, problem.Conflict, "%s has their password in a directory", r.Person.Username).
			WithHint("change it there")
	}
	hash, err := o.hash(ctx, password, r.Person.ID, r.Person.Key)
	if err != nil {
		return err
	}
	owner := r.Person.ID
	return o.amend(ctx, by, deed{act: Issue, action: "user.password", name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			if r.Person.ID != owner {
				return refuse(RefusedChangedMeanwhile, problem.Conflict, "%s is somebody else by now", r.Person.Username)
			}
			a.Password, a.EndSessions, a.EndChallenges = hash, true, true
			return nil
		})
}

// guards says whether an act that takes something from a person must leave an
// administrator. The command line can always make a new one.
func guards(by audit.Actor, p *directory.Person) bool {
	return by.Via != ViaCLI && p.Role == directory.Administrator
}
