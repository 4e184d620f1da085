package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

// SyncItem is an item with where it comes from and how it last ran.
type SyncItem struct {
	directory.Item
	Directory string
	Last      *roster.Run // nil: it never ran
	Running   bool
	NextAt    time.Time // zero: not by itself
	Period    id.ID     // that whom it brings join; 0: it requires nothing
}

// SyncItems lists what is kept in step, in the order in which it runs.
func (o *Operator) SyncItems(ctx context.Context, by audit.Actor) ([]SyncItem, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	items, err := o.Store.SyncItems(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	periods, err := o.Store.Periods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	list := make([]SyncItem, 0, len(items))
	for _, i := range items {
		s := SyncItem{Item: i}
		joined := func(p enrollment.Period) bool { return p.Item == i.ID && p.TakesIn() }
		if n := slices.IndexFunc(periods, joined); n >= 0 {
			s.Period = periods[n].ID
		}
		for _, source := range sources {
			if source.ID == i.Source {
				s.Directory = source.Name
			}
		}
		runs, err := o.Store.FindRuns(ctx, roster.RunQuery{Item: i.ID, Limit: 1})
		if err != nil {
			return nil, unavailable(err)
		}
		began := time.Time{}
		if len(runs) > 0 {
			s.Last, s.Running, began = &runs[0], runs[0].State == roster.Running, runs[0].Began()
		}
		if i.Enabled {
			s.NextAt = later(began.Add(i.Interval), o.Now())
		}
		list = append(list, s)
	}
	return list, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// syncItem returns one item.
func (o *Operator) syncItem(ctx context.Context, name string) (directory.Item, error) {
	items, err := o.Store.SyncItems(ctx)
	if err != nil {
		return directory.Item{}, unavailable(err)
	}
	i := slices.IndexFunc(items, func(i directory.Item) bool { return i.Name == name })
	if i < 0 {
		return directory.Item{}, refuse(RefusedGone, problem.NotFound, "no synchronisation item is named %s", shown(name)).
			WithHint("muster sync list")
	}
	return items[i], nil
}

// SyncSpec describes an item to be added, or what to change of one: nil fields
// have their default, or stay.
type SyncSpec struct {
	Base, Filter, Group *string
	Interval            *time.Duration
	Required            *bool
	Period              *time.Duration
	Method              *policy.Wanted // policy.WantAny: any
	Mail                *bool
	Guard               *directory.Guard
	Grace               *time.Duration
	Order               *int
	Enabled             *bool
}

func (s SyncSpec) applyTo(i *directory.Item) {
	apply(&i.Base, s.Base)
	apply(&i.Filter, s.Filter)
	apply(&i.Group, s.Group)
	apply(&i.Interval, s.Interval)
	apply(&i.Defaults.Required, s.Required)
	apply(&i.Defaults.Period, s.Period)
	if s.Method != nil {
		i.Defaults.Method = string(*s.Method)
	}
	apply(&i.Defaults.Mail, s.Mail)
	apply(&i.Guard, s.Guard)
	apply(&i.Grace, s.Grace)
	apply(&i.Order, s.Order)
	apply(&i.Enabled, s.Enabled)
}

// AddSyncItem adds an item, which runs by itself from now on.
func (o *Operator) AddSyncItem(ctx context.Context, by audit.Actor, name, source string, spec SyncSpec) (directory.Item, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return directory.Item{}, err
	}
	s, err := o.Directory(ctx, by, source)
	if err != nil {
		return directory.Item{}, err
	}
	items, err := o.Store.SyncItems(ctx)
	if err != nil {
		return directory.Item{}, unavailable(err)
	}
	i := directory.Item{
		ID: o.IDs.Next(o.Now()), Name: name, Source: s.ID, Interval: directory.DefaultInterval, Guard: directory.DefaultGuard,
		Grace: directory.DefaultGrace, Enabled: true, Order: 1,
	}
	for _, other := range items {
		if other.Source == s.ID {
			i.Order = max(i.Order, other.Order+1)
		}
	}
	spec.applyTo(&i)
	if err := o.checkSyncItem(i); err != nil {
		return i, err
	}
	log := o.entry(by, "sync.add", i.Name, "")
	log.Detail = describeItem(i)
	if err := o.Store.AddSyncItem(ctx, i, log); err != nil {
		return i, itemTold(err, i.Name)
	}
	return i, nil
}

// itemTold is told, where a name that is taken is that of an item.
func itemTold(err error, name string) error {
	if errors.Is(err, ErrNameTaken) {
		return refuse(RefusedItemTaken, problem.Conflict, "there is an item named %s", shown(name)).WithHint("muster sync list")
	}
	return told(err)
}

// SetSyncItem changes an item. If revision is not empty, the item must still
// have it: see directory.Item.Revision.
func (o *Operator) SetSyncItem(ctx context.Context, by audit.Actor, name, revision string, spec SyncSpec) (directory.Item, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return directory.Item{}, err
	}
	was, err := o.syncItem(ctx, name)
	if err != nil {
		return was, err
	}
	if revision != "" && revision != was.Revision() {
		return was, meanwhile(was.Name)
	}
	i := was
	spec.applyTo(&i)
	if err := o.checkSyncItem(i); err != nil {
		return i, err
	}
	log := o.entry(by, "sync.set", i.Name, "")
	log.Detail = describeItem(i)
	if err := o.Store.SetSyncItem(ctx, was, i, log); err != nil {
		return i, itemTold(err, i.Name)
	}
	return i, nil
}

// RemoveSyncItem removes an item. The people whom it covers stay as they are, and
// in its period, which takes nobody in any more.
func (o *Operator) RemoveSyncItem(ctx context.Context, by audit.Actor, name, reason string) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	reason, err := checkReason(reason, false)
	if err != nil {
		return err
	}
	i, err := o.syncItem(ctx, name)
	if err != nil {
		return err
	}
	if err := o.Store.RemoveSyncItem(ctx, i.ID, o.entry(by, "sync.remove", i.Name, reason)); err != nil {
		return told(err)
	}
	return nil
}

func (o *Operator) checkSyncItem(i directory.Item) error {
	bad := func(why Refusal, text string, args ...any) *problem.Error {
		return refuse(why, problem.Invalid, text, args...)
	}
	const maxName, maxFilter, longest = 64, 4096, 365 * 24 * time.Hour
	switch {
	case i.Name == "" || strings.ContainsAny(i.Name, " \t") || !directory.Showable(i.Name) || utf8.RuneCountInString(i.Name) > maxName:
		return bad(RefusedItemName, "the item needs a name of up to %d characters, without spaces", maxName).WithHint("for example staff")
	case i.Base != "" && !isDN(i.Base):
		return bad(RefusedItemBase, "the base is no distinguished name").WithHint("for example ou=People,dc=example,dc=com")
	case i.Group != "" && !isDN(i.Group):
		return bad(RefusedItemGroup, "the group is no distinguished name").WithHint("for example cn=vpn,ou=Groups,dc=example,dc=com")
	case i.Filter != "" && (!strings.HasPrefix(i.Filter, "(") || !strings.HasSuffix(i.Filter, ")") ||
		len(i.Filter) > maxFilter || !directory.Showable(i.Filter) || o.Prober.CheckFilter(i.Filter) != nil):
		return bad(RefusedItemFilter, "the filter is none").WithHint("RFC 4515, for example (department=Sales)")
	case i.Interval < directory.ShortestInterval || i.Interval > directory.LongestInterval:
		return bad(RefusedItemInterval, "the interval is too short or too long").WithHint("from 1 minute to 24 hours: 60m")
	case i.Guard.Percent < 0 || i.Guard.Percent > 100 || i.Guard.Count < 0 || i.Guard.Count > 999:
		return bad(RefusedItemGuard, "the guard is no number of people").WithHint("0 to 999, or 1%% to 100%%; with 0 everybody waits")
	case i.Defaults.Method != "" && !slices.Contains(policy.Wants(), policy.Wanted(i.Defaults.Method)):
		return bad(RefusedItemMethod, "there is no such kind of second factor").WithHint("totp, passkey or any")
	case i.Grace < 0 || i.Grace > longest:
		return bad(RefusedItemGrace, "the grace is too long").WithHint("up to 365 days")
	case i.Defaults.Period < 0 || i.Defaults.Period > longest:
		return bad(RefusedItemPeriod, "the period is too long").WithHint("up to 365 days")
	case i.Defaults.Method != "":
		return o.checkWanted(policy.Wanted(i.Defaults.Method))
	}
	return nil
}

func describeItem(i directory.Item) string {
	parts := []string{"every " + i.Interval.String()}
	for _, p := range []struct{ name, value string }{{"base", i.Base}, {"filter", i.Filter}, {"group", i.Group}} {
		if p.value != "" {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	if d := i.Defaults; d.Required {
		parts = append(parts, "required")
		if d.Period > 0 {
			parts = append(parts, "within "+d.Period.String())
		}
	}
	if i.Defaults.Mail {
		parts = append(parts, "mail")
	}
	guard := fmt.Sprint(i.Guard.Count)
	if i.Guard.Percent > 0 {
		guard = fmt.Sprintf("%d%%", i.Guard.Percent)
	}
	parts = append(parts, "guard="+guard, "grace="+i.Grace.String())
	if !i.Enabled {
		parts = append(parts, "off")
	}
	return strings.Join(parts, " ")
}
