package operator

import (
	"context"
	"errors"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

// PreviewImport says what importing a selection of a directory would do; see
// roster.Preview.
func (o *Operator) PreviewImport(ctx context.Context, by audit.Actor, name string, sel roster.Selection, limit int) ([]roster.Found, roster.Census, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, roster.Census{}, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, roster.Census{}, err
	}
	list, census, err := o.Roster.Preview(ctx, s, sel, limit)
	return list, census, notRead(s, err)
}

// ImportEntries makes records of a selection of a directory; see roster.Import.
func (o *Operator) ImportEntries(ctx context.Context, by audit.Actor, name string, sel roster.Selection, progress func(done, total int64)) ([]roster.Row, roster.Census, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, roster.Census{}, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, roster.Census{}, err
	}
	if err := o.Store.Log(ctx, o.entry(by, "directory.import", s.Name, "")); err != nil {
		return nil, roster.Census{}, told(err)
	}
	rows, census, err := o.Roster.Import(ctx, s, sel, progress)
	return rows, census, notRead(s, err)
}

// notRead gives an error of reading a directory its public face.
func notRead(s directory.Source, err error) error {
	cause, ok := errors.AsType[*roster.NotReadError](err)
	if !ok || errors.Is(err, context.Canceled) {
		return unavailable(err)
	}
	return silent(s, cause.Cause)
}

// silent says that a directory does not say what it was asked, and why.
func silent(s directory.Source, cause error) error {
	return problem.Wrap(problem.Unavailable, errors.Join(RefusedSilent, cause), "the directory %s does not say what it was asked: %v", s.Name, cause).
		WithHint("muster directory test %s says which step fails", s.Name)
}
