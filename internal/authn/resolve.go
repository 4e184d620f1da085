package authn

import (
	"context"
	"errors"

	"example.com/muster/internal/directory"
)

// People finds records; see Store.Person.
type People interface {
	Person(ctx context.Context, key string, fresh bool) (r *Record, remembered bool, err error)
}

// ErrAmbiguousName says that a bare name means people of several directories.
var ErrAmbiguousName = errors.New("authn: people of several directories have this name")

// Resolve returns the key of the person that a typed name means. Where there is
// nobody it returns a key that nobody has, or where a record could be made.
// Its errors are those of directory.Names.Parse, ErrAmbiguousName, and those of
// the store.
func Resolve(ctx context.Context, people People, names directory.Names, typed string) (key string, name directory.Name, err error) {
	if name, err = names.Parse(typed); err != nil {
		return "", name, err
	}
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
