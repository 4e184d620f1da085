package operator

import (
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// Administrators name people as people name themselves at a door, or by
// directory.Person.Reference: so they also reach whoever has no name any more.

// mostNamesakes is how many people with the name of somebody gone are looked
// through.
const mostNamesakes = 200

// find returns the person meant by a typed name or a reference.
func (o *Operator) find(ctx context.Context, name string) (*authn.Record, error) {
	key, err := o.key(ctx, name)
	if err != nil {
		return nil, err
	}
	r, _, err := o.Store.Person(ctx, key, true)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case r == nil:
		return nil, refuse(RefusedGone, problem.NotFound, "no user is named %s", shown(name))
	}
	return r, nil
}

// key returns the key of whoever a typed name or a reference means. A name that
// is nobody's any more means whoever had it last, if that was one.
func (o *Operator) key(ctx context.Context, name string) (string, error) {
	if text, ok := strings.CutPrefix(name, directory.ReferencePrefix); ok {
		if person, err := id.Parse(text); err == nil && person != 0 {
			return o.keyOf(ctx, person, name)
		}
	}
	key, _, err := authn.Resolve(ctx, o.Store, o.Names, name)
	if errors.Is(err, authn.ErrAmbiguousName) {
		return "", o.ambiguous(ctx, name)
	}
	if err != nil {
		return "", nameProblem(name, err)
	}
	r, _, err := o.Store.Person(ctx, key, false)
	switch {
	case err != nil:
		return "", unavailable(err)
	case r != nil:
		return key, nil
	}
	gone, err := o.nameless(ctx, name)
	switch {
	case err != nil:
		return "", err
	case len(gone) == 1:
		return gone[0].Key, nil
	case len(gone) > 1:
		return "", o.ambiguous(ctx, name)
	}
	return key, nil
}

// keyOf returns the key of the person with an ID.
func (o *Operator) keyOf(ctx context.Context, person id.ID, name string) (string, error) {
	r, err := o.Store.PersonByID(ctx, person)
	switch {
	case err != nil:
		return "", unavailable(err)
	case r == nil:
		return "", refuse(RefusedGone, problem.NotFound, "no user is %s", shown(name))
	}
	return r.Person.Key, nil
}

// nameless are those who had a typed name and have none any more.
func (o *Operator) nameless(ctx context.Context, name string) ([]*directory.Person, error) {
	typed, err := o.Names.Parse(name)
	if err != nil {
		return nil, nameProblem(name, err)
	}
	return o.named(ctx, typed, (*directory.Person).Nameless)
}

// named are those who are or were called so, and of whom a condition holds.
func (o *Operator) named(ctx context.Context, name directory.Name, is func(*directory.Person) bool) ([]*directory.Person, error) {
	rows, err := o.Store.FindPeople(ctx, PeopleQuery{
		Search: name.User, Directory: max(name.Directory, 0), Limit: mostNamesakes, Now: o.Now(),
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var list []*directory.Person
	for _, r := range rows {
		key, err := o.Names.Key(r.Person.Username)
		if err == nil && key == name.User && is(r.Person) {
			list = append(list, r.Person)
		}
	}
	return list, nil
}

// ambiguous says whom a typed name may mean, so that one can be pasted.
func (o *Operator) ambiguous(ctx context.Context, name string) error {
	refusal := nameProblem(name, authn.ErrAmbiguousName)
	typed, err := o.Names.Parse(name)
	if err != nil {
		return refusal
	}
	anybody := func(*directory.Person) bool { return true }
	people, err := o.named(ctx, typed, anybody)
	if err != nil {
		return err
	}
	if typed.Principal != "" {
		keys, err := o.Store.PrincipalKeys(ctx, typed.Directory, typed.Principal)
		if err != nil {
			return unavailable(err)
		}
		for _, key := range keys {
			if r, _, err := o.Store.Person(ctx, key, false); err == nil && r != nil {
				people = append(people, r.Person)
			}
		}
	}
	var which []string
	for _, p := range people {
		which = append(which, ReferencesOf(p))
	}
	slices.Sort(which)
	which = slices.Compact(which)
	return refuse(RefusedAmbiguous, problem.Conflict, "several people are named %s", shown(name)).
		WithHint("say which: %s", strings.Join(which, ", "))
}

// ReferencesOf shows both references to a person, either of which can be pasted.
func ReferencesOf(p *directory.Person) string {
	reference := directory.ReferenceTo(p.ID)
	if p.Nameless() {
		return reference + " (" + p.Username + ", gone)"
	}
	return reference + " (" + p.QualifiedName() + ")"
}
