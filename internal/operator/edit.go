package operator

import (
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/problem"
)

// DetailsEdit says what to change of what describes somebody; nil leaves it as
// it is.
type DetailsEdit struct {
	DisplayName, Email, Phone, Language, TimeZone *string

	Groups      *[]string // all of them
	Join, Leave []string  // besides those there are, or without Groups
	// Dry says that it is not to be done: the result says what would change.
	Dry bool
}

// Nothing reports whether nothing is to be changed.
func (e DetailsEdit) Nothing() bool {
	return e.DisplayName == nil && e.Email == nil && e.Phone == nil && e.Language == nil && e.TimeZone == nil &&
		e.Groups == nil && len(e.Join)+len(e.Leave) == 0
}

// of returns details with the changes.
func (e DetailsEdit) of(d Details) Details {
	for _, f := range []struct{ is, to *string }{
		{&d.DisplayName, e.DisplayName}, {&d.Email, e.Email}, {&d.Phone, e.Phone}, {&d.Language, e.Language}, {&d.TimeZone, e.TimeZone},
	} {
		if f.to != nil {
			*f.is = *f.to
		}
	}
	if e.Groups != nil {
		d.Groups = *e.Groups
	}
	d.Groups = slices.DeleteFunc(slices.Concat(d.Groups, e.Join), func(g string) bool { return slices.Contains(e.Leave, g) })
	return d
}

// checkGroups refuses to take somebody from a group that they are not in: most
// likely the name is misspelt.
func (e DetailsEdit) checkGroups(d Details) error {
	for _, g := range e.Leave {
		if !slices.Contains(d.Groups, g) && !slices.Contains(e.Join, g) {
			return refuse(RefusedGroups, problem.Invalid, "they are in no group %s", shown(g)).WithHint("muster user show says which")
		}
	}
	return nil
}

// SetUser changes some of what describes somebody, and returns the names of
// what is different then, as the log of changes has them. What their directory
// tells is refused: see Told. Where nothing is different, nothing is written.
func (o *Operator) SetUser(ctx context.Context, by audit.Actor, name string, e DetailsEdit) (names []string, err error) {
	work := func(r *authn.Record, a *Amendment) error {
		was := detailsOf(r.Person)
		if err := e.checkGroups(was); err != nil {
			return err
		}
		d, err := e.of(was).check()
		if err != nil {
			return err
		}
		names = changed(was, d)
		a.Details, a.Log.Detail = &d, strings.Join(names, " ")
		if err := o.mayType(ctx, r.Person, names); err != nil {
			return err
		}
		if e.Dry || len(names) == 0 {
			return errNothingWritten
		}
		return nil
	}
	err = o.amend(ctx, by, deed{act: Manage, action: "user.edit", name: name}, work)
	if errors.Is(err, errNothingWritten) {
		err = nil
	}
	return names, err
}

// errNothingWritten ends an act before it writes anything.
var errNothingWritten = errors.New("operator: there is nothing to write")
