package operator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

// RefreshGroupRolesEvery is how often the members of the groups are read that
// give roles: whoever leaves one has no role a minute later.
const RefreshGroupRolesEvery = 30 * time.Second

// AdminGroup is a group of a directory whose members have a role.
type AdminGroup struct {
	ID        id.ID
	Directory id.ID
	DN        string
	Role      directory.Role
	CreatedAt time.Time
}

// AdminGroups keeps the groups that give roles, and who has one by them.
type AdminGroups interface {
	// AdminGroups returns all.
	AdminGroups(ctx context.Context) ([]AdminGroup, error)

	// PutAdminGroup adds a group, or changes the role of the one with the same
	// directory and DN. It returns ErrGone if the directory is.
	PutAdminGroup(ctx context.Context, g AdminGroup, log audit.Change) error

	// RemoveAdminGroup returns ErrGone.
	RemoveAdminGroup(ctx context.Context, group id.ID, log audit.Change) error

	// AdminGroupMembers returns who was in the groups when they were last read.
	AdminGroupMembers(ctx context.Context) ([]GroupStanding, error)

	// SetGroupRoles says what was read of the groups of a directory, and who of
	// it has which role by them, by directory.Origin.Object; all others have
	// none. Sessions end with a role
	// that is taken, unfinished enrollments with one that is given. log makes the
	// entry for each person whose role changes.
	SetGroupRoles(ctx context.Context, source id.ID, read []GroupReading, roles map[string]directory.Role,
		log func(username string, was, is directory.Role) audit.Change) error
}

// GroupReading is what was read of a group that gives a role.
type GroupReading struct {
	Group   id.ID
	At      time.Time
	Gone    bool     // the directory has no such group
	Members []string // see directory.Origin.Object; those of groups within too
}

// GroupStanding is how a group stood when it was last read.
type GroupStanding struct {
	Group   id.ID
	GoneAt  time.Time     // since when the directory has no such group; zero: it has
	Members int           // those of groups within too
	People  []GroupPerson // the members who have a record, by name
}

// GroupPerson is somebody in a group.
type GroupPerson struct {
	ID       id.ID
	Username string
}

// Has reports whether somebody is in the group.
func (g *GroupStanding) Has(person id.ID) bool {
	return slices.ContainsFunc(g.People, func(p GroupPerson) bool { return p.ID == person })
}

// GroupReader reads groups of directories.
type GroupReader interface {
	// FindGroup returns the DN of the group that a DN or a name means. It
	// returns ErrGone if there is none, and ErrSeveral for a name of several.
	FindGroup(ctx context.Context, s directory.Source, group string) (dn string, err error)

	// GroupMembers returns what identifies everybody in the group, and in the
	// groups in it; see directory.Origin.Object.
	GroupMembers(ctx context.Context, s directory.Source, dn string) ([]string, error)
}

// ErrSeveral says that a name is that of several groups.
var ErrSeveral = errors.New("operator: several groups have this name")

// AddAdminGroup gives everybody in a group of a directory a role. The name of
// the directory may be left out where there is only one.
func (o *Operator) AddAdminGroup(ctx context.Context, by audit.Actor, source, group string, role directory.Role) (AdminGroup, error) {
	if err := checkRole(role); err != nil {
		return AdminGroup{}, err
	}
	if err := o.may(ctx, by, Appoint, nil); err != nil {
		return AdminGroup{}, err
	}
	s, err := o.sourceNamed(ctx, source)
	if err != nil {
		return AdminGroup{}, err
	}
	dn, err := o.Groups.FindGroup(ctx, s, strings.TrimSpace(group))
	switch {
	case errors.Is(err, ErrGone):
		return AdminGroup{}, refuse(RefusedGone, problem.NotFound, "the directory %s has no group %s", s.Name, shown(group))
	case errors.Is(err, ErrSeveral):
		return AdminGroup{}, refuse(RefusedAmbiguous, problem.Conflict, "several groups of %s are named %s", s.Name, shown(group)).
			WithHint("give the whole DN")
	case err != nil:
		return AdminGroup{}, silent(s, err)
	}
	g := AdminGroup{ID: o.IDs.Next(o.Now()), Directory: s.ID, DN: dn, Role: role, CreatedAt: o.Now()}
	log := o.entry(by, "admin.group-add", dn, "")
	log.Detail = string(role)
	if err := o.Store.PutAdminGroup(ctx, g, log); err != nil {
		return AdminGroup{}, told(err)
	}
	return g, o.RefreshGroupRolesOf(ctx, s)
}

// RemoveAdminGroup takes back what AddAdminGroup gave, by DN or name. The name
// of the directory may be left out where only one has such a group.
func (o *Operator) RemoveAdminGroup(ctx context.Context, by audit.Actor, source, group string) error {
	if err := o.may(ctx, by, Appoint, nil); err != nil {
		return err
	}
	var only id.ID
	if source != "" {
		s, err := o.sourceNamed(ctx, source)
		if err != nil {
			return err
		}
		only = s.ID
	}
	groups, err := o.Store.AdminGroups(ctx)
	if err != nil {
		return unavailable(err)
	}
	groups = slices.DeleteFunc(groups, func(g AdminGroup) bool {
		return only != 0 && g.Directory != only ||
			!strings.EqualFold(g.DN, group) && !strings.EqualFold(directory.GroupName(g.DN), group)
	})
	switch len(groups) {
	case 0:
		return refuse(RefusedGone, problem.NotFound, "the group %s gives no role", shown(group))
	case 1:
	default:
		return refuse(RefusedAmbiguous, problem.Conflict, "several groups are named %s", shown(group)).
			WithHint("give the whole DN, or --directory")
	}
	g := groups[0]
	if err := o.Store.RemoveAdminGroup(ctx, g.ID, o.entry(by, "admin.group-remove", g.DN, "")); err != nil {
		return told(err)
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return unavailable(err)
	}
	if i := slices.IndexFunc(sources, func(s directory.Source) bool { return s.ID == g.Directory }); i >= 0 {
		return o.RefreshGroupRolesOf(ctx, sources[i])
	}
	return nil
}

// ListedAdminGroup is a group that gives a role, whose it is and who is in it.
type ListedAdminGroup struct {
	AdminGroup
	GroupStanding
	DirectoryName string
	Read          bool // the directory has been asked for it
}

// RoleBy says what gives somebody the role that counts: whether it was given by
// hand, and which of the groups do.
func RoleBy(p *directory.Person, groups []ListedAdminGroup) (byHand bool, by []AdminGroup) {
	role := p.EffectiveRole()
	if role == directory.NoRole {
		return false, nil
	}
	for _, g := range groups {
		if g.Role == role && g.Has(p.ID) {
			by = append(by, g.AdminGroup)
		}
	}
	return p.Role == role, by
}

// ListAdminGroups lists the groups that give roles.
func (o *Operator) ListAdminGroups(ctx context.Context, by audit.Actor) ([]ListedAdminGroup, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	groups, err := o.Store.AdminGroups(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	standings, err := o.Store.AdminGroupMembers(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	list := make([]ListedAdminGroup, len(groups))
	for i, g := range groups {
		list[i].AdminGroup = g
		if at := slices.IndexFunc(standings, func(s GroupStanding) bool { return s.Group == g.ID }); at >= 0 {
			list[i].GroupStanding, list[i].Read = standings[at], true
		}
		for _, s := range sources {
			if s.ID == g.Directory {
				list[i].DirectoryName = s.Name
			}
		}
	}
	return list, nil
}

// RefreshGroupRoles reads the members of all groups that give roles. One
// directory that does not answer leaves its people's roles as they are (they
// cannot come in meanwhile) and does not stop the next.
func (o *Operator) RefreshGroupRoles(ctx context.Context) error {
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return unavailable(err)
	}
	var failed []error
	for _, s := range sources {
		failed = append(failed, o.RefreshGroupRolesOf(ctx, s))
	}
	return errors.Join(failed...)
}

// GroupRolesOf reads who of a directory has a role by its groups, by
// directory.Origin.Object. It asks the directory only if a group gives one.
func (o *Operator) GroupRolesOf(ctx context.Context, s directory.Source) (map[string]directory.Role, error) {
	_, roles, err := o.readGroups(ctx, s)
	return roles, err
}

// readGroups reads the groups of a directory that give roles, and who has which
// by them. A group that is gone has no members.
func (o *Operator) readGroups(ctx context.Context, s directory.Source) (read []GroupReading, roles map[string]directory.Role, err error) {
	groups, err := o.Store.AdminGroups(ctx)
	if err != nil {
		return nil, nil, unavailable(err)
	}
	roles = map[string]directory.Role{}
	for _, g := range groups {
		if g.Directory != s.ID {
			continue
		}
		members, err := o.Groups.GroupMembers(ctx, s, g.DN)
		gone := errors.Is(err, ErrGone)
		if errors.Is(err, roster.ErrAccount) {
			return nil, nil, err // no matter what was to be read
		}
		if err != nil && !gone {
			return nil, nil, problem.Wrap(problem.Unavailable, err, "the members of %s cannot be read", g.DN)
		}
		read = append(read, GroupReading{Group: g.ID, Gone: gone, Members: members, At: o.Now()})
		for _, m := range members {
			if g.Role.Rank() > roles[m].Rank() {
				roles[m] = g.Role
			}
		}
	}
	return read, roles, nil
}

// RefreshGroupRolesOf is RefreshGroupRoles for one directory.
func (o *Operator) RefreshGroupRolesOf(ctx context.Context, s directory.Source) error {
	read, roles, err := o.readGroups(ctx, s)
	if err != nil {
		return err
	}
	by := audit.Actor{Name: s.Name, Via: roster.ViaGroup}
	err = o.Store.SetGroupRoles(ctx, s.ID, read, roles, func(username string, was, is directory.Role) audit.Change {
		c := o.entry(by, roster.ActionGroupRole, username, "")
		c.Detail = strings.TrimSpace(string(is))
		if is == directory.NoRole {
			c.Detail = "no longer " + string(was)
		}
		return c
	})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// sourceNamed returns the directory of that name, or the only one.
func (o *Operator) sourceNamed(ctx context.Context, name string) (directory.Source, error) {
	sources, err := o.Store.Directories(ctx)
	switch {
	case err != nil:
		return directory.Source{}, unavailable(err)
	case name == "" && len(sources) == 1:
		return sources[0], nil
	case name == "":
		return directory.Source{}, refuse(RefusedGone, problem.Invalid, "say which directory").WithHint("--directory NAME")
	}
	for _, s := range sources {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
	}
	return directory.Source{}, refuse(RefusedGone, problem.NotFound, "no directory is named %s", shown(name))
}
