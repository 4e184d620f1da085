package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// CountUsers counts whom a query selects, on all its pages, up to most.
func (o *Operator) CountUsers(ctx context.Context, by audit.Actor, q PeopleQuery, most int) (int, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return 0, err
	}
	q.Now = o.Now()
	n, err := o.Store.CountFound(ctx, q, most)
	if err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// LocalName is what LocalPeople is called where directories are named.
const LocalName = "local"

// DirectoryNamed returns what PeopleQuery.Directory is for the name of a
// directory, or LocalName.
func (o *Operator) DirectoryNamed(ctx context.Context, by audit.Actor, name string) (id.ID, error) {
	if name == LocalName {
		return LocalPeople, nil
	}
	list, err := o.Directories(ctx, by)
	if err != nil {
		return 0, err
	}
	for _, d := range list {
		if d.Name == name {
			return d.ID, nil
		}
	}
	return 0, refuse(RefusedGone, problem.NotFound, "no directory is named %s", shown(name)).WithHint("muster directory list shows them")
}

// Seen says when somebody was last let in, as lists are selected by it.
type Seen string

// The spans. The zero value selects everybody.
const (
	SeenToday Seen = "today"
	SeenWeek  Seen = "week"  // in the last 7 days
	SeenMonth Seen = "month" // in the last 30 days
	SeenOlder Seen = "older" // not in the last 30 days, but before
	SeenNever Seen = "never"
)

// Seens lists them.
func Seens() []Seen { return []Seen{SeenToday, SeenWeek, SeenMonth, SeenOlder, SeenNever} }

// LastSeen selects by the last sign-in. Today began at midnight in zone.
func (q *PeopleQuery) LastSeen(s Seen, now time.Time, zone *time.Location) {
	const day = 24 * time.Hour
	switch s {
	case SeenToday:
		y, m, d := now.In(zone).Date()
		q.SignedInSince = time.Date(y, m, d, 0, 0, 0, 0, zone)
	case SeenWeek:
		q.SignedInSince = now.Add(-7 * day)
	case SeenMonth:
		q.SignedInSince = now.Add(-30 * day)
	case SeenOlder:
		q.SignedInBefore = now.Add(-30 * day)
	case SeenNever:
		q.NeverSignedIn = true
	}
}

// LastAct returns the last act on many that changed what is required and is not
// undone, nil if there is none. One that is Final cannot be.
func (o *Operator) LastAct(ctx context.Context, by audit.Actor) (*Bulk, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	b, err := o.Store.LastBulk(ctx, undoable())
	if err != nil {
		return nil, unavailable(err)
	}
	if b == nil || !b.UndoneAt.IsZero() {
		return nil, nil
	}
	return b, nil
}
