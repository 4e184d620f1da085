package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
)

type adminGroupCommands struct {
	Add    adminGroupAdd    `cmd:"" help:"Give everybody in a group of a directory a role."`
	List   adminGroupList   `cmd:"" help:"List the groups that give roles."`
	Remove adminGroupRemove `cmd:"" help:"Take back the role that a group gives."`
}

type adminGroupAdd struct {
	Group     string `arg:"" name:"group" help:"The group: its DN, or its name if only one has it."`
	Directory string `placeholder:"NAME" help:"The directory; may be left out where there is only one."`
	roleFlag
}

func (c *adminGroupAdd) examples() string {
	return `admin group add "CN=MFA Admins,OU=Groups,DC=corp,DC=example,DC=com" --role administrator
admin group add "MFA Help Desk" --directory corp --role help-desk`
}

// Run implements stateful.
func (c *adminGroupAdd) Run(ctx context.Context, env *Env) error {
	g, err := env.Operator.AddAdminGroup(ctx, env.Actor, c.Directory, c.Group, directory.Role(c.Role))
	if err != nil {
		return err
	}
	if env.JSON {
		groups, err := env.Operator.ListAdminGroups(ctx, env.Actor)
		if i := slices.IndexFunc(groups, func(other operator.ListedAdminGroup) bool { return other.DN == g.DN && other.Directory == g.Directory }); i >= 0 {
			return printJSON(env.Out, adminGroupForJSON(groups[i]))
		}
		return err
	}
	return env.done("everybody in " + g.DN + " has the role " + c.Role)
}

type adminGroupRemove struct {
	Group     string `arg:"" name:"group" help:"The group: its DN, or its name if only one has it."`
	Directory string `placeholder:"NAME" help:"The directory; may be left out where only one has the group."`
}

func (c *adminGroupRemove) examples() string {
	return `admin group remove "MFA Help Desk"
admin group remove "MFA Help Desk" --directory corp`
}

// Run implements stateful.
func (c *adminGroupRemove) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RemoveAdminGroup(ctx, env.Actor, c.Directory, c.Group); err != nil {
		return err
	}
	return env.done(c.Group + " gives no role any more")
}

type adminGroupList struct{}

func (c *adminGroupList) examples() string { return "admin group list\nadmin group list --json" }

// adminGroupJSON is a group that gives a role. Names of fields are a contract.
type adminGroupJSON struct {
	Directory string    `json:"directory"`
	DN        string    `json:"dn"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`

	GoneAt  *time.Time `json:"gone_at"` // since when the directory has no such group
	Members *int       `json:"members"` // those of groups within too; null: not read yet
	People  []string   `json:"people"`  // members who have a record
}

// state says what is to be said of a group.
func (g adminGroupJSON) state() string {
	switch {
	case g.GoneAt != nil:
		return "not in the directory"
	case g.Members == nil:
		return "not read yet"
	}
	return "ok"
}

func adminGroupForJSON(g operator.ListedAdminGroup) adminGroupJSON {
	j := adminGroupJSON{Directory: g.DirectoryName, DN: g.DN, Role: string(g.Role), CreatedAt: g.CreatedAt.UTC(), GoneAt: instant(g.GoneAt), People: []string{}}
	if g.Read {
		j.Members = &g.Members
	}
	for _, p := range g.GroupStanding.People {
		j.People = append(j.People, p.Username)
	}
	return j
}

// Run implements stateful.
func (c *adminGroupList) Run(ctx context.Context, env *Env) error {
	groups, err := env.Operator.ListAdminGroups(ctx, env.Actor)
	if err != nil {
		return err
	}
	var list []adminGroupJSON
	for _, g := range groups {
		list = append(list, adminGroupForJSON(g))
		if !env.JSON && !g.GoneAt.IsZero() {
			env.warn("the directory "+g.DirectoryName+" has no group "+g.DN+": it gives nobody a role",
				"renamed: muster admin group add gives the role to its new name; then muster admin group remove takes this one away")
		}
	}
	return printList(env.Out, env.JSON, list, "no group gives a role", []column[adminGroupJSON]{
		{head: "group", cell: func(g adminGroupJSON) string { return g.DN }},
		{head: "directory", cell: func(g adminGroupJSON) string { return g.Directory }},
		{head: "role", cell: func(g adminGroupJSON) string { return g.Role }},
		{head: "state", cell: adminGroupJSON.state},
		{head: "members", right: true, cell: func(g adminGroupJSON) string {
			if g.Members == nil {
				return ""
			}
			return strconv.Itoa(*g.Members)
		}},
		{head: "people", typed: true, cell: func(g adminGroupJSON) string { return strings.Join(g.People, " ") }},
	})
}

// groupReader reads groups for the operator.
type groupReader struct{ readers *ldapsync.Directories }

var _ operator.GroupReader = groupReader{}

// FindGroup implements [operator.GroupReader].
func (g groupReader) FindGroup(ctx context.Context, s directory.Source, group string) (string, error) {
	_, reader, err := g.readers.Of(s)
	if err != nil {
		return "", err
	}
	if strings.Contains(group, "=") {
		if _, err := reader.Members(ctx, group); err != nil {
			return "", goneIf(err)
		}
		return group, nil
	}
	nodes, _, err := reader.Groups(ctx, group)
	if err != nil {
		return "", err
	}
	var found []string
	for _, n := range nodes {
		if n.Kind == ldapsync.Group && strings.EqualFold(n.Name, group) {
			found = append(found, n.DN)
		}
	}
	switch len(found) {
	case 0:
		return "", operator.ErrGone
	case 1:
		return found[0], nil
	}
	return "", operator.ErrSeveral
}

// GroupMembers implements [operator.GroupReader].
func (g groupReader) GroupMembers(ctx context.Context, s directory.Source, dn string) (objects []string, err error) {
	_, err = g.readers.Read(ctx, s, directory.Item{Source: s.ID, Group: dn}, nil, nil, func(piece []directory.EntryChange) error {
		for i := range piece {
			if !piece[i].Gone && piece[i].Refused == "" {
				objects = append(objects, piece[i].Entry.Object)
			}
		}
		return nil
	})
	return objects, goneIf(err)
}

// goneIf says that what was asked for is gone where its DN is no entry of the
// directory.
func goneIf(err error) error {
	if errors.Is(err, ldapsync.ErrNoBase) {
		return operator.ErrGone
	}
	return err
}

// groupRoles is the job that reads who is in the groups that give roles.
func (s *server) groupRoles() jobs.Job {
	return jobs.Job{Name: "admin-groups", Every: operator.RefreshGroupRolesEvery, Run: s.operator.RefreshGroupRoles}
}
