package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
)

// Told says what about somebody their directory tells: what is typed here would
// be overwritten with their next change there. The telephone number is not among
// it: one that is typed stays until it is emptied.
type Told struct {
	Directory string   // empty: a local user, of whom nothing is told
	Details   []string // of directory.AttributeNames
}

// detailNames are the details that a directory may tell, as the log of changes
// and directory.AttributeNames call them.
var detailNames = []struct{ detail, attribute string }{
	{"display-name", "display-name"}, {"email", "mail"}, {"language", "language"}, {"groups", "groups"},
}

// ToldOf returns what about somebody their directory tells.
func (o *Operator) ToldOf(ctx context.Context, by audit.Actor, p *directory.Person) (Told, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return Told{}, err
	}
	return o.toldOf(ctx, p)
}

func (o *Operator) toldOf(ctx context.Context, p *directory.Person) (Told, error) {
	if p.Origin.Local() {
		return Told{}, nil
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return Told{}, unavailable(err)
	}
	i := slices.IndexFunc(sources, func(s directory.Source) bool { return s.ID == p.Origin.Directory })
	if i < 0 {
		return Told{}, nil
	}
	known, err := o.Store.EntryOf(ctx, p.ID)
	if err != nil {
		return Told{}, unavailable(err)
	}
	told := Told{Directory: sources[i].Name}
	for _, d := range detailNames {
		silent := d.attribute == "language" && known.Shown.Language == "" // few directories know it, and then it is chosen here
		if sources[i].Attributes.Get(d.attribute) != "" && !silent {
			told.Details = append(told.Details, d.attribute)
		}
	}
	return told, nil
}

// mayType refuses to change what the person's directory tells.
func (o *Operator) mayType(ctx context.Context, p *directory.Person, changed []string) error {
	told, err := o.toldOf(ctx, p)
	if err != nil {
		return err
	}
	for _, d := range detailNames {
		if slices.Contains(changed, d.detail) && slices.Contains(told.Details, d.attribute) {
			return refuse(RefusedTold, problem.Conflict, "the %s of %s comes from the directory %s", d.detail, p.Reference(), told.Directory).
				WithHint("change it there: it is here with the next run; or have it not read any more: muster directory set %s --attribute %s=",
					told.Directory, d.attribute)
		}
	}
	return nil
}
