package roster

import (
	"context"
	"fmt"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// actionRename is that a group of a directory has another name, and what names
// it follows.
const actionRename = "group.rename"

// Groups keeps which group of a directory is which.
type Groups interface {
	// KnownGroups returns the groups of a directory as they were last read.
	KnownGroups(ctx context.Context, source id.ID) ([]directory.Group, error)
	// FollowGroups lets all that names groups follow them to their new DNs: roles
	// and items by the DN, requirements by the name where the group alone has it.
	FollowGroups(ctx context.Context, f Follow) error
	// SetGroups writes down the groups that are new or have another DN, some at
	// a time, and forgets those that are gone, but for those that a requirement names.
	SetGroups(ctx context.Context, source id.ID, put, gone []directory.Group) error
}

// Follow is which groups of a directory have other DNs.
type Follow struct {
	Source  id.ID
	Renamed []Renamed
	// Entry makes the entry in the log for a group that something named.
	Entry func(r Renamed, what Followed) audit.Change
}

// Renamed is a group that has another DN than it was known by.
type Renamed struct {
	Was, Is string // DNs
	Taken   bool   // another group had the new one before
	// Alone says that no other group of the directory has had its name, or has
	// the one that it has now; New that none has had that one before.
	Alone, New bool
}

// Names returns what the group was called and is called; see [directory.GroupName].
func (r Renamed) Names() (was, is string) {
	return directory.GroupName(r.Was), directory.GroupName(r.Is)
}

// Followed counts what names a group that has another DN.
type Followed struct {
	Requirements int
	Stay         int // requirements that stay with the name: others have it, or the new one
	Roles, Items int
}

// groups notices which groups have another name, before anybody is taken over who
// is in them: what is required of a group is so of its object, whatever it is
// called.
func (p *pass) groups(ctx context.Context, read []directory.Group) error {
	known, err := p.Store.KnownGroups(ctx, p.source.ID)
	if err != nil {
		return err
	}
	c := compareGroups(known, read)
	if len(c.renamed) > 0 {
		err := p.Store.FollowGroups(ctx, Follow{Source: p.source.ID, Renamed: c.renamed, Entry: p.renameEntry})
		if err != nil {
			return err
		}
	}
	return p.Store.SetGroups(ctx, p.source.ID, c.put, c.gone)
}

// renameEntry logs what follows a group, or does not.
func (p *pass) renameEntry(r Renamed, what Followed) audit.Change {
	c := p.entry(p.source.Name, actionRename, r.Is)
	var parts []string
	add := func(n int, says string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(says, n))
		}
	}
	was, _ := r.Names()
	add(what.Requirements, "requirements that follow: %d")
	add(what.Roles, "roles that follow: %d")
	add(what.Items, "items that follow: %d")
	add(what.Stay, "requirements that stay with the name "+strings.ReplaceAll(was, "%", "%%")+", since it or the new one is not this group's alone: %d")
	c.Detail = "was " + r.Was + "; " + strings.Join(parts, "; ")
	return c
}

// groupsCompared is what has become of the groups of a directory.
type groupsCompared struct {
	renamed   []Renamed
	put, gone []directory.Group
}

func compareGroups(known, read []directory.Group) (c groupsCompared) {
	was := make(map[directory.Object]string, len(known))
	hadName, hadDN := make(map[string]bool, len(known)), make(map[string]bool, len(known))
	for _, g := range known {
		was[g.Object] = g.DN
		hadName[directory.GroupName(g.DN)], hadDN[strings.ToLower(g.DN)] = true, true
	}
	have := make(map[string]int, len(read))  // how many have a name
	claim := make(map[string]int, len(read)) // how many of those that are there had it, or are new and have it
	for _, g := range read {
		name := directory.GroupName(g.DN)
		have[name]++
		if before, there := was[g.Object]; there {
			name = directory.GroupName(before)
		}
		claim[name]++
	}
	for _, g := range read {
		before, there := was[g.Object]
		delete(was, g.Object)
		if there && before == g.DN {
			continue
		}
		c.put = append(c.put, g)
		if there {
			r := Renamed{Was: before, Is: g.DN}
			old, name := r.Names()
			r.Alone = old != "" && name != "" && claim[old] == 1 && have[name] == 1
			r.New = !hadName[name]
			r.Taken = hadDN[strings.ToLower(g.DN)] && !strings.EqualFold(before, g.DN)
			c.renamed = append(c.renamed, r)
		}
	}
	for _, g := range known {
		if _, missed := was[g.Object]; missed {
			c.gone = append(c.gone, g)
		}
	}
	return c
}
