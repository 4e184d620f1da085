package main

import (
	"context"
	"strconv"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// personJSON is one person in lists. Names of fields are a contract.
type personJSON struct {
	ID               string     `json:"id"`
	Reference        string     `json:"reference"` // means them and nobody else wherever a command takes a user
	Username         string     `json:"username"`
	Directory        string     `json:"directory"` // the name of the one they come from; empty: local
	GoneAt           *time.Time `json:"gone_at"`   // from there; null: they are not
	DisplayName      string     `json:"display_name"`
	Email            string     `json:"email"`
	Phone            string     `json:"phone"`
	Groups           []string   `json:"groups"`
	Role             string     `json:"role"`
	Disabled         bool       `json:"disabled"`           // here, or kept out by their directory
	LockedUntil      *time.Time `json:"locked_until"`       // of the second factor; null: not locked
	LockedUntilReset bool       `json:"locked_until_reset"` // by far too many wrong codes
	Status           string     `json:"status"`

	Requirements []requirementJSON `json:"requirements"` // by kind of factor

	Factors   []string  `json:"factors"`   // kinds
	Suspended bool      `json:"suspended"` // a factor is, because of "this was not me"
	CreatedAt time.Time `json:"created_at"`
}

func personForJSON(p *directory.Person, now time.Time) personJSON {
	return personJSON{
		ID: p.ID.String(), Reference: p.Reference(), GoneAt: instant(p.Origin.GoneAt),
		Username: p.Username, DisplayName: p.DisplayName, Email: p.Email, Phone: p.Phone,
		Groups: texts(p.Groups), Role: string(p.EffectiveRole()), Disabled: p.Excluded(now),
		Factors: []string{}, CreatedAt: p.CreatedAt.UTC(),
	}
}

// listing makes rows of lists of people.
type listing struct {
	now         time.Time
	directories map[id.ID]string // their names
}

func newListing(ctx context.Context, env *Env) (listing, error) {
	sources, err := env.Operator.Directories(ctx, env.Actor)
	l := listing{env.Now, make(map[id.ID]string, len(sources))}
	for _, s := range sources {
		l.directories[s.ID] = s.Name
	}
	return l, err
}

func (l listing) row(u operator.ListedUser) personJSON {
	now := l.now
	p := personForJSON(u.Person, now)
	p.Directory = l.directories[u.Person.Origin.Directory]
	p.Status, p.Requirements = u.Status.Name(), requirementsForJSON(u.States(now), now)
	p.LockedUntilReset = u.UntilReset
	if u.Locked && !u.UntilReset {
		p.LockedUntil = instant(u.LockedUntil)
	}
	for _, f := range u.Factors {
		p.Factors = append(p.Factors, string(f.Kind))
		p.Suspended = p.Suspended || f.Suspended
	}
	return p
}

// suspendedText marks what proves nothing for now.
func suspendedText(kind string, suspended bool) string {
	if suspended {
		return kind + " (suspended)"
	}
	return kind
}

func lockedText(env *Env, p personJSON) string {
	switch {
	case p.LockedUntilReset:
		return "until reset"
	case p.LockedUntil != nil:
		return "until " + env.when(*p.LockedUntil)
	}
	return ""
}

// keptOutText says in a list why somebody cannot sign in.
func keptOutText(env *Env, p personJSON) string {
	switch locked := lockedText(env, p); {
	case p.Disabled:
		return "disabled"
	case locked != "":
		return "locked " + locked
	}
	return ""
}

// whoCell names somebody so that it can be pasted into a command.
func whoCell(p personJSON) string {
	if p.GoneAt != nil {
		return p.Reference + " (" + p.Username + ", gone)"
	}
	return p.Reference
}

func personColumns(env *Env) []column[personJSON] {
	return []column[personJSON]{
		{head: "user", typed: true, cell: whoCell},
		{head: "name", typed: true, cell: func(p personJSON) string { return p.DisplayName }},
		{head: "mail", typed: true, cell: func(p personJSON) string { return p.Email }},
		{head: "status", cell: func(p personJSON) string { return inWords(p.Status) }},
		{head: "factors", cell: func(p personJSON) string { return suspendedText(joined(p.Factors), p.Suspended) }},
		{head: "kept out", cell: func(p personJSON) string { return keptOutText(env, p) }},
	}
}

// factorJSON is one factor. Names of fields are a contract.
type factorJSON struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Label     string     `json:"label"`
	CreatedAt time.Time  `json:"created_at"`
	LastUsed  *time.Time `json:"last_used"`
	Suspended bool       `json:"suspended"`
	CodesLeft *int       `json:"codes_left,omitempty"` // recovery codes only
}

func factorForJSON(f operator.FactorInfo) factorJSON {
	j := factorJSON{
		ID: f.ID.String(), Kind: string(f.Kind), Label: f.Label,
		CreatedAt: f.CreatedAt.UTC(), LastUsed: instant(f.LastUsed), Suspended: f.Suspended,
	}
	if f.Kind == factor.Recovery {
		j.CodesLeft = &f.CodesLeft
	}
	return j
}

func factorsForJSON(factors []operator.FactorInfo) []factorJSON {
	list := []factorJSON{}
	for _, f := range factors {
		list = append(list, factorForJSON(f))
	}
	return list
}

func factorColumns(env *Env) []column[factorJSON] {
	return []column[factorJSON]{
		{head: "id", cell: func(f factorJSON) string { return f.ID }},
		{head: "kind", cell: func(f factorJSON) string { return suspendedText(f.Kind, f.Suspended) }},
		{head: "label", cell: func(f factorJSON) string { return f.Label }},
		{head: "since", cell: func(f factorJSON) string { return env.when(f.CreatedAt) }},
		{head: "last used", cell: func(f factorJSON) string {
			if f.LastUsed == nil {
				return ""
			}
			return env.when(*f.LastUsed)
		}},
		{head: "codes left", right: true, cell: func(f factorJSON) string {
			if f.CodesLeft == nil {
				return ""
			}
			return strconv.Itoa(*f.CodesLeft)
		}},
	}
}
