package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// Roles lists the roles that can be given, from least to most.
func Roles() []directory.Role {
	return []directory.Role{directory.Auditor, directory.HelpDesk, directory.Administrator}
}

func checkRole(role directory.Role) error {
	if role.Rank() == 0 {
		return refuse(RefusedNotThatRole, problem.Invalid, "there is no such role").WithHint("administrator, help-desk or auditor")
	}
	return nil
}

// GrantRole gives somebody a role in the place of the one they have.
func (o *Operator) GrantRole(ctx context.Context, by audit.Actor, name string, role directory.Role, reason string) error {
	if err := checkRole(role); err != nil {
		return err
	}
	return o.amend(ctx, by, deed{act: Appoint, action: "admin.grant", name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			a.Role = &role
			a.EndPending, a.EndChallenges = true, true // a role needs more than what these were begun with
			a.Log.Detail = string(role)
			if role != directory.Administrator {
				a.KeepAdministrator = guards(by, r.Person)
			}
			return nil
		})
}

// RevokeRole takes a role from somebody who has it, and ends their sessions.
func (o *Operator) RevokeRole(ctx context.Context, by audit.Actor, name string, role directory.Role, reason string) error {
	if err := checkRole(role); err != nil {
		return err
	}
	return o.amend(ctx, by, deed{act: Appoint, action: "admin.revoke", name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			if r.Person.Role != role {
				return refuse(RefusedNotThatRole, problem.Conflict, "%s does not have the role %s", r.Person.Username, role)
			}
			none := directory.NoRole
			a.Role, a.EndSessions = &none, true
			a.Log.Detail = string(role)
			a.KeepAdministrator = guards(by, r.Person)
			return nil
		})
}

// Administrators lists everybody who has a role.
func (o *Operator) Administrators(ctx context.Context, by audit.Actor) ([]ListedUser, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	return o.withRole(ctx, directory.NoRole)
}

// withRole lists the people with a role; NoRole: with any.
func (o *Operator) withRole(ctx context.Context, role directory.Role) ([]ListedUser, error) {
	var list []ListedUser
	q := PeopleQuery{WithRole: true, Limit: LargestPage, Now: o.Now()}
	for {
		rows, err := o.Store.FindPeople(ctx, q)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, u := range listed(rows, q) {
			if role == directory.NoRole || u.Person.EffectiveRole() == role {
				list = append(list, u)
			}
		}
		if len(rows) < q.Limit {
			return list, nil
		}
		q.After = rows[len(rows)-1].Person.Key
	}
}

// AdministratorLeft reports whether anybody who administers can come in: with a
// second step, neither kept out nor locked out by the end of a period. Where
// nobody can, it takes a link to set up a second step.
func (o *Operator) AdministratorLeft(ctx context.Context) (bool, error) {
	list, err := o.withRole(ctx, directory.Administrator)
	if err != nil {
		return false, err
	}
	for _, u := range list {
		if policy.WantAny.Met(u.Factors) && !u.Person.Excluded(o.Now()) && u.Status != enrollment.ExpiredDuty {
			return true, nil
		}
	}
	return false, nil
}

// HasAdministrator reports whether anybody can administer: until then the
// console offers nothing, and only the command line invites.
func (o *Operator) HasAdministrator(ctx context.Context) (bool, error) {
	list, err := o.withRole(ctx, directory.Administrator)
	if err != nil {
		return false, err
	}
	for _, u := range list {
		if !u.Person.Excluded(o.Now()) && u.Status == enrollment.Enrolled {
			return true, nil
		}
	}
	return false, nil
}
