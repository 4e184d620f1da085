package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/policy"
)

// User is everything an administrator sees of somebody.
type User struct {
	Person       *directory.Person
	Status       enrollment.Status
	States       []StateOf // all kinds of factors together first, then each
	Requirements []policy.Requirement
	Factors      []FactorInfo
	Codes        lockout.Codes     // wrong codes, and until when they lock
	Passwords    lockout.Passwords // wrong passwords by source
	Invitations  []enrollment.Invitation
	Pending      *enrollment.Pending // begun and not verified; nil: nothing
	SignIns      []audit.SignIn      // the last few, newest first
	SignedIn     time.Time           // when they were last let in; zero: never
	Directory    string              // the name of the one they come from; empty: local
}

// StateOf is where somebody stands with one kind of factor; empty: with all
// together.
type StateOf struct {
	Kind policy.Wanted
	enrollment.State
}

func statesOf(factors []factor.Factor, required []policy.Requirement, now time.Time) []StateOf {
	list := []StateOf{{"", enrollment.StateOf("", factors, required, now)}}
	for _, kind := range policy.Wants() {
		list = append(list, StateOf{kind, enrollment.StateOf(kind, factors, required, now)})
	}
	return list
}

// FactorInfo is one factor without its secret.
type FactorInfo struct {
	ID         id.ID
	Kind       factor.Kind
	Label      string
	CodeDigits int // 0: no code is typed
	CreatedAt  time.Time
	LastUsed   time.Time // zero: never
	Suspended  bool
	CodesLeft  int // recovery codes not used yet
}

// recentSignIns is how many sign-ins User shows.
const recentSignIns = 10

// User returns what is known of somebody.
func (o *Operator) User(ctx context.Context, by audit.Actor, name string) (User, error) {
	r, err := o.see(ctx, by, name)
	if err != nil {
		return User{}, err
	}
	now := o.Now()
	u := User{
		Person: r.Person, Status: enrollment.StatusOf(r.Factors, r.Requirements, now), Requirements: r.Requirements,
		States: statesOf(r.Factors, r.Requirements, now), Factors: o.infos(r), Codes: r.Standing.Codes, Passwords: r.Standing.Passwords,
	}
	if r.Standing.Allowed != 0 {
		u.SignedIn = r.Standing.Allowed.Time()
	}
	if u.Directory, err = o.directoryOf(ctx, r.Person); err != nil {
		return User{}, err
	}
	if u.Invitations, err = o.Store.Invitations(ctx, r.Person.ID, now); err != nil {
		return User{}, unavailable(err)
	}
	if u.Pending, err = o.Store.Pending(ctx, r.Person.ID); err != nil {
		return User{}, unavailable(err)
	}
	if u.Pending != nil && !u.Pending.Live(now) {
		u.Pending = nil
	}
	u.SignIns, err = o.Store.FindSignIns(ctx, SignInQuery{Person: r.Person.ID, Limit: recentSignIns})
	if err != nil {
		return User{}, unavailable(err)
	}
	return u, nil
}

// directoryOf returns the name of the directory that somebody comes from.
func (o *Operator) directoryOf(ctx context.Context, p *directory.Person) (string, error) {
	if p.Origin.Local() {
		return "", nil
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return "", unavailable(err)
	}
	for _, s := range sources {
		if s.ID == p.Origin.Directory {
			return s.Name, nil
		}
	}
	return "", nil
}

// see returns a person for reading.
func (o *Operator) see(ctx context.Context, by audit.Actor, name string) (*authn.Record, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	r, err := o.find(ctx, name)
	if RefusalOf(err) != RefusedGone {
		return r, err
	}
	if gone, lookErr := o.goneNamed(ctx, name); gone != nil || lookErr != nil {
		return gone, lookErr
	}
	return nil, err
}

// goneNamed returns whoever had a name, is gone from their directory and has
// given it up; nil if that is nobody, or several.
func (o *Operator) goneNamed(ctx context.Context, name string) (*authn.Record, error) {
	disabled := true
	rows, err := o.Store.FindPeople(ctx, PeopleQuery{Search: name, Disabled: &disabled, Limit: LargestPage, Now: o.Now()})
	if err != nil {
		return nil, unavailable(err)
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool {
		return r.Person.Origin.GoneAt.IsZero() || !strings.EqualFold(r.Person.Username, name)
	})
	if len(rows) != 1 {
		return nil, nil
	}
	r, err := o.Store.PersonByID(ctx, rows[0].Person.ID)
	if err != nil {
		return nil, unavailable(err)
	}
	return r, nil
}

// infos returns the person's factors without their secrets.
func (o *Operator) infos(r *authn.Record) []FactorInfo {
	list := make([]FactorInfo, 0, len(r.Factors))
	for _, f := range r.Factors {
		info := FactorInfo{
			ID: f.ID, Kind: f.Kind, Label: f.Label, CodeDigits: f.CodeDigits, CreatedAt: f.CreatedAt, Suspended: f.Suspended,
		}
		for _, s := range r.Standing.Spent {
			if s.Factor == f.ID {
				info.LastUsed = s.At
			}
		}
		if f.Kind == factor.Recovery {
			info.CodesLeft = o.codesLeft(f)
		}
		list = append(list, info)
	}
	return list
}

// codesLeft counts; codes that cannot be opened count as none.
func (o *Operator) codesLeft(f factor.Factor) int {
	plain, err := o.Keys.Open(nil, factor.SecretPlace(f.ID), f.Sealed)
	if err != nil {
		o.Log.Error("recovery codes cannot be opened", "factor", f.ID, "error", err)
		return 0
	}
	hashes, err := recovery.DecodeSet(plain)
	if err != nil {
		o.Log.Error("recovery codes cannot be read", "factor", f.ID, "error", err)
		return 0
	}
	return len(hashes)
}

// The sizes of a page of a list.
const (
	DefaultPage = 50
	LargestPage = 1000
)

func pageSize(limit int) int {
	switch {
	case limit <= 0:
		return DefaultPage
	default:
		return min(limit, LargestPage)
	}
}

// ListedUser is one person in a list.
type ListedUser struct {
	Row
	Status enrollment.Status
	State  enrollment.State // for the kind that was asked for
	Locked bool             // the second factor, now
}

// States are where somebody stands, as in [User.States].
func (u ListedUser) States(now time.Time) []StateOf {
	return statesOf(u.Factors, u.Requirements, now)
}

// Users returns one page of people, ordered by name. A limit of 0 means
// DefaultPage; there are at most LargestPage on a page. q.Now is filled in.
func (o *Operator) Users(ctx context.Context, by audit.Actor, q PeopleQuery) ([]ListedUser, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	q.Limit, q.Now = pageSize(q.Limit), o.Now()
	rows, err := o.Store.FindPeople(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return listed(rows, q), nil
}

// UsersCounted returns one page of people, as Users does, and counts whom the
// query selects on all its pages, up to most: what costs too much to count is
// "more than".
func (o *Operator) UsersCounted(ctx context.Context, by audit.Actor, q PeopleQuery, most int) (page []ListedUser, count int, err error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, 0, err
	}
	q.Limit, q.Now = pageSize(q.Limit), o.Now()
	rows, count, err := o.Store.FindCounted(ctx, q, most)
	if err != nil {
		return nil, 0, unavailable(err)
	}
	return listed(rows, q), count, nil
}

func listed(rows []Row, q PeopleQuery) []ListedUser {
	list := make([]ListedUser, 0, len(rows))
	for _, r := range rows {
		list = append(list, ListedUser{
			Row: r, Status: enrollment.StatusOf(r.Factors, r.Requirements, q.Now),
			State:  enrollment.StateOf(q.Kind, r.Factors, r.Requirements, q.Now),
			Locked: r.UntilReset || q.Now.Before(r.LockedUntil),
		})
	}
	return list
}

// Census counts people as they stand now.
func (o *Operator) Census(ctx context.Context, by audit.Actor) (Census, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return Census{}, err
	}
	c, err := o.Store.CountPeople(ctx, "", o.Now())
	if err != nil {
		return Census{}, unavailable(err)
	}
	return c, nil
}
