package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
)

// UserEntry is what an administrator sees of the entry that somebody is.
type UserEntry struct {
	Shown  roster.Shown
	Items  []SyncItem   // that keep it in step
	RoleBy []AdminGroup // groups that give the person's role; see RoleBy
}

// UserEntry returns what is known of the entry that somebody is; the zero value
// for a local user.
func (o *Operator) UserEntry(ctx context.Context, by audit.Actor, p *directory.Person) (UserEntry, error) {
	if err := o.may(ctx, by, Read, nil); err != nil || p.Origin.Local() {
		return UserEntry{}, err
	}
	known, err := o.Store.EntryOf(ctx, p.ID)
	if err != nil {
		return UserEntry{}, unavailable(err)
	}
	e := UserEntry{Shown: known.Shown}
	items, err := o.SyncItems(ctx, by)
	if err != nil {
		return e, err
	}
	for _, i := range items {
		if slices.Contains(known.Items, i.ID) {
			e.Items = append(e.Items, i)
		}
	}
	if p.GroupRole == directory.NoRole {
		return e, nil
	}
	groups, err := o.ListAdminGroups(ctx, by)
	if err != nil {
		return e, err
	}
	_, e.RoleBy = RoleBy(p, groups)
	return e, nil
}
