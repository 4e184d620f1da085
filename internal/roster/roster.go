package roster

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// viaSystem is how acts that nobody has done reach the log of changes; see
// audit.Actor.Via.
const viaSystem = "system"

// The acts in the log of changes.
const (
	actionRun    = "sync.run"
	actionOut    = "user.barred"
	actionGone   = "user.gone"
	actionBack   = "user.back"
	actionRemove = "user.remove"
	actionLearn  = "directory.learn"

	// ActionGroupRole is that somebody has a role by a group, or no longer.
	ActionGroupRole = "admin.by-group"
)

// ViaGroup is how acts reach the log of changes that follow from a group of a
// directory; see audit.Actor.Via.
const ViaGroup = "directory"

// Config is what a Roster stands on. All fields but Invite, Tell and Roles are
// required.
type Config struct {
	Store  Store
	Reader Reader
	IDs    *id.Source
	Now    func() time.Time
	Log    *slog.Logger
	// Domains stand for the whole installation: see directory.NewNames.
	Domains []string
	// Invite makes a link for somebody new and the mail that brings it; nil:
	// nobody gets one.
	Invite func(p *directory.Person, now time.Time) (*enrollment.Invitation, notify.Message)
	// Tell makes what somebody new is told who gets no link; nil: nothing.
	// Whoever gets their record by signing in is told nothing: they are there.
	Tell func(p *directory.Person) []notify.Message
	// Roles says who of a directory has a role by its groups, by
	// directory.Origin.Object. Somebody new has theirs from the first moment, so
	// that no password alone enrolls an administrator. Nil: nobody has one.
	Roles func(ctx context.Context, s directory.Source) (map[string]directory.Role, error)
}

// Roster keeps people in step with their directories. It is safe for
// concurrent use.
type Roster struct {
	Config

	mu      sync.Mutex
	live    map[id.ID]Run  // by item: what runs in this process
	called  map[id.ID]bool // items to be run at the next opportunity
	polled  map[id.ID]Poll // by directory
	checked map[id.ID]time.Time
	missed  map[id.ID]time.Time // by directory: when somebody was missed there
	wake    chan struct{}
}

// New returns a roster. It does nothing by itself: see Work.
func New(c Config) *Roster {
	return &Roster{
		Config: c, live: map[id.ID]Run{}, called: map[id.ID]bool{}, polled: map[id.ID]Poll{},
		checked: map[id.ID]time.Time{}, missed: map[id.ID]time.Time{}, wake: make(chan struct{}, 1),
	}
}

// Live returns the runs in this process as they stand.
func (r *Roster) Live() []Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.live), func(a, b Run) int { return int(a.ID - b.ID) })
}

// Call makes an item run soon, in whichever process does the work.
func (r *Roster) Call(item id.ID) {
	r.mu.Lock()
	r.called[item] = true
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// entry begins an entry for the log of changes.
func (r *Roster) entry(by, action, subject string) audit.Change {
	return audit.Change{
		ID: r.IDs.Next(r.Now()), Actor: audit.Actor{Name: by, Via: viaSystem}, Action: action, Subject: subject,
	}
}

// shutEntry returns what logs that somebody is shut out.
func (r *Roster) shutEntry(by string) func(string, directory.Barred) audit.Change {
	return func(username string, why directory.Barred) audit.Change {
		action := actionOut
		if why == directory.BarredGone {
			action = actionGone
		}
		c := r.entry(by, action, username)
		c.Detail = string(why)
		return c
	}
}

// appointEntry returns what logs the role that somebody new has by a group.
func (r *Roster) appointEntry(by string) func(string, directory.Role) audit.Change {
	return func(username string, role directory.Role) audit.Change {
		c := r.entry(by, ActionGroupRole, username)
		c.Actor.Via, c.Detail = ViaGroup, string(role)
		return c
	}
}

// rolesOf is Roles, which may be nil.
func (r *Roster) rolesOf(ctx context.Context, s directory.Source) (map[string]directory.Role, error) {
	if r.Roles == nil {
		return nil, nil
	}
	return r.Roles(ctx, s)
}

func (r *Roster) backEntry(by string) func(string) audit.Change {
	return func(username string) audit.Change { return r.entry(by, actionBack, username) }
}
