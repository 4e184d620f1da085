package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
)

// paper is a directory on paper: what it says is what a test has written.
type paper struct {
	mu      sync.Mutex
	entries []directory.Entry
	groups  map[string][]string // objects by DN
	down    error
	broken  string // the step that fails
	tried   []directory.Source
}

var errDown = errors.New("no server of the directory answers: connection refused")

// fill writes people u0000 and on.
func (p *paper) fill(people int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = nil
	for i := range people {
		name := fmt.Sprintf("u%04d", i)
		p.entries = append(p.entries, directory.Entry{
			Object: fmt.Sprintf("00000000-0000-4000-8000-%012x", i+1), DN: "uid=" + name + ",ou=People,dc=example,dc=com", Username: name,
			DisplayName: "Person " + name, Mail: name + "@example.com",
		})
	}
}

func (p *paper) all() ([]directory.EntryChange, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changes := make([]directory.EntryChange, len(p.entries))
	for i, e := range p.entries {
		changes[i].Entry = e
	}
	return changes, p.down
}

// Read implements [roster.Reader].
func (p *paper) Read(_ context.Context, _ directory.Source, i directory.Item, _ []byte, _ func([]directory.Group) error,
	each func([]directory.EntryChange) error,
) (roster.Reading, error) {
	changes, err := p.all()
	if err != nil {
		return roster.Reading{}, err
	}
	if i.Group != "" {
		changes = slices.DeleteFunc(changes, func(c directory.EntryChange) bool { return !slices.Contains(p.groups[i.Group], c.Entry.Object) })
	}
	return roster.Reading{Whole: true}, each(changes)
}

// Poll implements [roster.Reader].
func (p *paper) Poll(context.Context, directory.Source, []byte, func([]directory.EntryChange) error) ([]byte, error) {
	return []byte("polled"), p.down
}

// DomainNames implements [roster.Reader].
func (p *paper) DomainNames(context.Context, directory.Source) ([]string, error) {
	return []string{"grove"}, p.down
}

// Includes implements [roster.Reader].
func (p *paper) Includes(_ context.Context, _ directory.Source, i directory.Item, object string) (bool, error) {
	return i.Group == "" || slices.Contains(p.groups[i.Group], object), p.down
}

// Lookup implements [roster.Reader].
func (p *paper) Lookup(_ context.Context, _ directory.Source, objects []string) (found []directory.Entry, err error) {
	changes, err := p.all()
	for _, c := range changes {
		if slices.Contains(objects, c.Entry.Object) {
			found = append(found, c.Entry)
		}
	}
	return found, err
}

// Probe implements [operator.Prober].
func (p *paper) Probe(ctx context.Context, s directory.Source) ([]operator.DirectoryStep, error) {
	return p.Try(ctx, s)
}

// Try implements [operator.Prober].
func (p *paper) OutOfUse(directory.Source) []string { return nil }

// CheckFilter implements [operator.Prober].
func (p *paper) CheckFilter(string) error { return nil }

func (p *paper) Try(_ context.Context, s directory.Source) (steps []operator.DirectoryStep, err error) {
	p.tried = append(p.tried, s)
	failed := false
	for _, name := range []string{"name", "tcp", "tls", "bind", "search base", "paging"} {
		step := operator.DirectoryStep{Server: s.Servers[0], Name: name, OK: !failed, Skipped: failed}
		if name == p.broken {
			failed, step.OK, step.Said = true, false, "the "+name+" is broken"
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// Children implements [operator.Browser].
func (p *paper) Children(_ context.Context, s directory.Source, dn string) (nodes []operator.DirectoryNode, more bool, err error) {
	if p.down != nil {
		return nil, false, p.down
	}
	if dn == "" {
		nodes = append(nodes, operator.DirectoryNode{Kind: operator.NodeContainer, DN: "ou=People," + s.Base, Name: "People"})
		for group := range p.groups {
			nodes = append(nodes, operator.DirectoryNode{Kind: operator.NodeGroup, DN: group, Name: directory.GroupName(group)})
		}
		return nodes, false, nil
	}
	if strings.Contains(dn, "Nowhere") {
		return nil, false, operator.ErrGone
	}
	for _, e := range p.entries {
		nodes = append(nodes, operator.DirectoryNode{Kind: operator.NodePerson, DN: e.DN, Name: e.Username, Entry: e})
	}
	return nodes, len(nodes) > 500, nil
}

// Search implements [operator.Browser].
func (p *paper) Search(ctx context.Context, s directory.Source, _ string) ([]operator.DirectoryNode, bool, error) {
	return p.Children(ctx, s, "ou=People")
}

// FindGroup implements [operator.GroupReader].
func (p *paper) FindGroup(_ context.Context, _ directory.Source, group string) (string, error) {
	for dn := range p.groups {
		if dn == group || directory.GroupName(dn) == group {
			return dn, p.down
		}
	}
	return "", errors.Join(p.down, operator.ErrGone)
}

// GroupMembers implements [operator.GroupReader].
func (p *paper) GroupMembers(_ context.Context, _ directory.Source, dn string) ([]string, error) {
	members, there := p.groups[dn]
	if !there {
		return nil, errors.Join(p.down, operator.ErrGone)
	}
	return members, p.down
}

// corp adds the directory that the paper is.
func (o *office) corp() directory.Source {
	o.t.Helper()
	s, err := o.AddDirectory(o.t.Context(), local, operator.DirectorySpec{
		Name: "corp", Preset: directory.OpenLDAP, Servers: []string{"ldaps://dc1.example.com"}, Base: "dc=example,dc=com",
		BindDN: "cn=muster,dc=example,dc=com", Password: secret.New("reads-the-directory"),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// item keeps everybody of it in step, when told to.
func (o *office) item(name string) {
	o.t.Helper()
	never := false
	if _, err := o.AddSyncItem(o.t.Context(), local, name, "corp", operator.SyncSpec{Enabled: &never}); err != nil {
		o.t.Fatal(err)
	}
}

// synced runs an item to its end.
func (o *office) synced(name string) roster.Run {
	o.t.Helper()
	run, err := o.RunSync(o.t.Context(), local, name, roster.RunOptions{Whole: true})
	if err != nil {
		o.t.Fatal(err)
	}
	return run
}

// directoryAdmin is the browser of an administrator, and the directory.
func directoryAdmin(t *testing.T) (*browser, directory.Source) {
	o := newOffice(t)
	admin := o.add("admin", directory.Administrator)
	return o.signIn(admin), o.corp()
}
