package roster

import (
	"context"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
)

// Learn asks a directory what its domain is called and keeps that with the
// directory, so that the name can be typed before a user name.
func (r *Roster) Learn(ctx context.Context, s directory.Source) error {
	names, err := r.Reader.DomainNames(ctx, s)
	if err != nil || slices.Equal(names, s.Learned) {
		return err
	}
	log := r.entry(s.Name, actionLearn, s.Name)
	log.Detail = strings.Join(names, " ")
	return r.Store.SetLearned(ctx, s.ID, names, log)
}

// refresh is Learn along with something else, which goes on without.
func (r *Roster) refresh(ctx context.Context, s directory.Source) {
	if err := r.Learn(ctx, s); err != nil && ctx.Err() == nil {
		r.Log.Warn("a directory does not say what its domain is called", "directory", s.Name, "error", err)
	}
}
