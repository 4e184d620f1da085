package authn

import (
	"context"
	"errors"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// People finds records by name.
type People interface {
	// Person returns what is known of the person with this key, nil if there
	// is nobody. Unless fresh is asked for it may be remembered rather than
	// read; a Commit finds out if it is out of date.
	Person(ctx context.Context, key string, fresh bool) (r *Record, remembered bool, err error)
	// PrincipalKeys returns the keys of people who are there and have this
	// directory.Origin.Principal, of one directory or with 0 of any: at most two.
	PrincipalKeys(ctx context.Context, source id.ID, principal string) ([]string, error)
}

// ErrAmbiguousName says that a bare name means people of several directories.
var ErrAmbiguousName = errors.New("authn: people of several directories have this name")

// Resolve returns the key of the person that a typed name means. Where there is
// nobody it returns a key that nobody has, or where a record could be made.
// `user@domain` may be somebody's principal name. Where it is that, and by user
// name and domain somebody else's, it means neither: Active Directory takes the
// first, a gateway that looks the name up may take the second. Its errors are
// those of directory.Names.Parse, ErrAmbiguousName, and those of the store.
func Resolve(ctx context.Context, people People, names directory.Names, typed string) (key string, name directory.Name, err error) {
	if name, err = names.Parse(typed); err != nil {
		return "", name, err
	}
	principal, err := byPrincipal(ctx, people, name)
	if err != nil {
		return "", name, err
	}
	if key, name, err = byUsername(ctx, people, names, name); err != nil || principal == nil {
		return key, name, err
	}
	meant := principal.Person.Key
	if key != meant {
		other, _, err := people.Person(ctx, key, false)
		switch {
		case err != nil:
			return "", name, err
		case other != nil && other.Person.Origin.GoneAt.IsZero():
			return "", name, ErrAmbiguousName
		}
	}
	name.User, _, _ = strings.Cut(meant, "@") // all spellings of one person take turns
	return meant, name, nil
}

// byPrincipal returns the record of whoever has a name as their principal name,
// nil if nobody has.
func byPrincipal(ctx context.Context, people People, name directory.Name) (*Record, error) {
	if name.Principal == "" {
		return nil, nil //nolint:nilnil // nobody
	}
	keys, err := people.PrincipalKeys(ctx, name.Directory, name.Principal)
	switch {
	case err != nil || len(keys) == 0:
		return nil, err
	case len(keys) > 1:
		return nil, ErrAmbiguousName
	}
	r, _, err := people.Person(ctx, keys[0], false)
	return r, err
}

// byUsername resolves a name by its user name and domain.
func byUsername(ctx context.Context, people People, names directory.Names, name directory.Name) (key string, _ directory.Name, err error) {
	bare, qualified := names.Keys(name)
	if len(qualified) == 0 {
		return bare, name, nil
	}
	r, _, err := people.Person(ctx, bare, false)
	if err != nil {
		return "", name, err
	}
	if r != nil && (name.Directory == 0 || r.Person.Origin.Directory == name.Directory) {
		return bare, name, nil
	}
	for _, k := range qualified {
		q, _, err := people.Person(ctx, k, false)
		switch {
		case err != nil:
			return "", name, err
		case q == nil:
		case key != "":
			return "", name, ErrAmbiguousName
		default:
			key = k
		}
	}
	switch {
	case key != "":
		return key, name, nil
	case r != nil:
		return qualified[0], name, nil // the bare name is somebody else's
	}
	return bare, name, nil
}

// meaning finds out whom a typed name means.
func (e *Engine) meaning(ctx context.Context, username string) (key string, name directory.Name, bad Reason, err error) {
	key, name, err = Resolve(ctx, e.Store, e.Names, username)
	switch {
	case err == nil:
		return key, name, "", nil
	case errors.Is(err, directory.ErrForeignDomain):
		return "", name, ReasonForeignDomain, nil
	case errors.Is(err, directory.ErrMalformedName):
		return "", name, ReasonMalformedName, nil
	case errors.Is(err, ErrAmbiguousName):
		return "", name, ReasonAmbiguousName, nil
	}
	return "", name, "", unavailable(err)
}
