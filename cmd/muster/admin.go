package main

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
)

type adminInvite struct {
	personArgument
	becauseFlag
	Reset       bool   `help:"Also for a person who can sign in already: takes that away, ends their sessions, and tells every administrator."`
	DisplayName string `placeholder:"NAME" help:"What to call a person who is new."`
	Email       string `placeholder:"ADDRESS" help:"Where mail reaches a person who is new."`
}

func (c *adminInvite) examples() string {
	return "admin invite alice --email alice@example.com\nadmin invite alice --reset"
}

// Run implements stateful.
func (c *adminInvite) Run(ctx context.Context, env *Env) error {
	link, err := env.Operator.InviteAdministrator(ctx, env.Actor, c.Name, operator.InviteOptions{
		Reset: c.Reset, Reason: c.Reason,
		Details: operator.Details{DisplayName: c.DisplayName, Email: c.Email},
	})
	if err != nil {
		return err
	}
	return printLink(env, link)
}

type roleFlag struct {
	Role string `required:"" enum:"administrator,help-desk,auditor" placeholder:"ROLE" help:"administrator, help-desk or auditor."`
}

type adminGrant struct {
	personArgument
	roleFlag
	becauseFlag
}

func (c *adminGrant) examples() string { return "admin grant bob --role help-desk" }

// Run implements stateful.
func (c *adminGrant) Run(ctx context.Context, env *Env) error {
	err := env.mindingAdministrators(ctx, func() error {
		return env.Operator.GrantRole(ctx, env.Actor, c.Name, directory.Role(c.Role), c.Reason)
	})
	if err != nil {
		return err
	}
	return env.done(c.Name + " has the role " + c.Role)
}

type adminRevoke struct {
	personArgument
	roleFlag
	becauseFlag
}

func (c *adminRevoke) examples() string { return "admin revoke bob --role help-desk" }

// Run implements stateful.
func (c *adminRevoke) Run(ctx context.Context, env *Env) error {
	err := env.mindingAdministrators(ctx, func() error {
		return env.Operator.RevokeRole(ctx, env.Actor, c.Name, directory.Role(c.Role), c.Reason)
	})
	if err != nil {
		return err
	}
	return env.done(c.Name + " has no role any more")
}

type adminList struct{}

// holderJSON is somebody with a role, and what gives it to them. Names of
// fields are a contract.
type holderJSON struct {
	personJSON
	RoleByHand bool     `json:"role_by_hand"`
	RoleGroups []string `json:"role_groups"` // DNs of groups of their directory
}

func (p holderJSON) by() string {
	var list []string
	if p.RoleByHand {
		list = append(list, "hand")
	}
	for _, dn := range p.RoleGroups {
		list = append(list, directory.GroupName(dn))
	}
	return joined(list)
}

func (c *adminList) examples() string { return "admin list\nadmin list --json" }

// Run implements stateful.
func (c *adminList) Run(ctx context.Context, env *Env) error {
	people, err := env.Operator.Administrators(ctx, env.Actor)
	if err != nil {
		return err
	}
	groups, err := env.Operator.ListAdminGroups(ctx, env.Actor)
	if err != nil {
		return err
	}
	rows, err := newListing(ctx, env)
	if err != nil {
		return err
	}
	var list []holderJSON
	for _, u := range people {
		h := holderJSON{personJSON: rows.row(u), RoleGroups: []string{}}
		byHand, by := operator.RoleBy(u.Person, groups)
		h.RoleByHand = byHand
		for _, g := range by {
			h.RoleGroups = append(h.RoleGroups, g.DN)
		}
		list = append(list, h)
	}
	return printList(env.Out, env.JSON, list, "nobody has a role; muster admin invite makes the first administrator", []column[holderJSON]{
		{head: "user", typed: true, cell: func(p holderJSON) string { return p.Username }},
		{head: "name", typed: true, cell: func(p holderJSON) string { return p.DisplayName }},
		{head: "role", cell: func(p holderJSON) string { return p.Role }},
		{head: "by", cell: holderJSON.by},
		{head: "status", cell: func(p holderJSON) string { return p.Status }},
		{head: "disabled", cell: func(p holderJSON) string { return yesNo(p.Disabled) }},
	})
}
