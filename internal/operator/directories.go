package operator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// DirectorySpec describes a directory to be added. Empty settings are those of
// the preset; without domains the one that the base spells is used.
type DirectorySpec struct {
	Name       string
	Preset     directory.Preset
	Servers    []string
	StartTLS   bool
	CA         string // PEM
	Base       string
	BindDN     string
	Password   secret.Text
	Domains    []string
	Region     string
	Attributes map[string]string // by directory.AttributeNames
	Untested   bool              // no server is to be asked
}

// Directories lists the directories by name.
func (o *Operator) Directories(ctx context.Context, by audit.Actor) ([]directory.Source, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.Directories(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// Directory returns one directory.
func (o *Operator) Directory(ctx context.Context, by audit.Actor, name string) (directory.Source, error) {
	list, err := o.Directories(ctx, by)
	if err != nil {
		return directory.Source{}, err
	}
	i := slices.IndexFunc(list, func(s directory.Source) bool { return s.Name == name })
	if i < 0 {
		return directory.Source{}, refuse(RefusedGone, problem.NotFound, "no directory is named %s", shown(name)).
			WithHint("muster directory list")
	}
	return list[i], nil
}

// DirectoryHeard is what was last heard of a directory when it was asked for
// changes.
type DirectoryHeard struct {
	At      time.Time // as of when its changes are known; zero: never
	Problem string    // of the last try; empty: none
}

// DirectoryHeard returns what was last heard of a directory.
func (o *Operator) DirectoryHeard(ctx context.Context, by audit.Actor, source id.ID) (DirectoryHeard, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return DirectoryHeard{}, err
	}
	poll, err := o.Roster.Polled(ctx, source)
	if err != nil {
		return DirectoryHeard{}, unavailable(err)
	}
	return DirectoryHeard{At: poll.Current, Problem: poll.Problem}, nil
}

// AddDirectory adds a directory. What does not work is added as well: see
// TryDirectory. What the directory calls its domain is asked if the
// specification says so.
func (o *Operator) AddDirectory(ctx context.Context, by audit.Actor, spec DirectorySpec) (directory.Source, error) {
	s, err := o.newDirectory(ctx, by, spec)
	if err != nil {
		return s, err
	}
	log := o.entry(by, "directory.add", s.Name, "")
	log.Detail = strings.Join(append([]string{string(s.Preset), s.Base}, s.Servers...), " ")
	if err := o.Store.AddDirectory(ctx, s, log); err != nil {
		return s, directoryTold(err, s.Name)
	}
	if spec.Untested {
		return s, nil
	}
	return o.learned(ctx, s), nil
}

// learned is a directory with what it calls its domain. A directory that does
// not say it is asked again along with its changes.
func (o *Operator) learned(ctx context.Context, s directory.Source) directory.Source {
	if err := o.Roster.Learn(ctx, s); err != nil {
		o.Log.Warn("a directory does not say what its domain is called", "directory", s.Name, "error", err)
		return s
	}
	all, err := o.Store.Directories(ctx)
	if i := slices.IndexFunc(all, func(other directory.Source) bool { return other.ID == s.ID }); err == nil && i >= 0 {
		return all[i]
	}
	return s
}

// TryDirectory tries the servers of a directory that is not added yet, step by
// step. That a step fails is no error.
func (o *Operator) TryDirectory(ctx context.Context, by audit.Actor, spec DirectorySpec) ([]DirectoryStep, error) {
	s, err := o.newDirectory(ctx, by, spec)
	if err != nil {
		return nil, err
	}
	return o.Prober.Try(ctx, s)
}

// newDirectory is a directory as described, checked.
func (o *Operator) newDirectory(ctx context.Context, by audit.Actor, spec DirectorySpec) (directory.Source, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return directory.Source{}, err
	}
	now := o.Now()
	s := directory.Source{ID: o.IDs.Next(now), Preset: spec.Preset, Attributes: spec.Preset.Attributes(), CreatedAt: now}
	change := DirectoryChange{
		Name: &spec.Name, Servers: spec.Servers, StartTLS: &spec.StartTLS, CA: &spec.CA, Base: &spec.Base, BindDN: &spec.BindDN,
		Domains: spec.Domains, Region: &spec.Region, Attributes: spec.Attributes,
	}
	if err := change.applyTo(&s); err != nil {
		return s, err
	}
	if err := o.checkDirectory(ctx, &s); err != nil {
		return s, err
	}
	if spec.Password.Empty() {
		return s, refuse(RefusedDirectoryPassword, problem.Invalid, "the account that reads has no password").
			WithHint("a directory answers an empty password as if it were right (RFC 4513 section 5.1.2)")
	}
	s.Password = o.sealBindPassword(&s, spec.Password)
	return s, nil
}

func (o *Operator) sealBindPassword(s *directory.Source, password secret.Text) []byte {
	return o.Keys.Seal(nil, directory.BindPasswordPlace(s.ID), []byte(password.Reveal()))
}

// directoryTold is told, where a name that is taken is that of a directory.
func directoryTold(err error, name string) error {
	if errors.Is(err, ErrNameTaken) {
		return refuse(RefusedDirectoryTaken, problem.Conflict, "there is a directory named %s", shown(name)).
			WithHint("muster directory list")
	}
	return told(err)
}

// RemoveDirectory removes a directory with its items. While people come from
// it, it returns a problem.Conflict; withPeople removes them too, with all they
// have enrolled.
func (o *Operator) RemoveDirectory(ctx context.Context, by audit.Actor, name string, withPeople bool, reason string) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	reason, err := checkReason(reason, false)
	if err != nil {
		return err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return err
	}
	const atOnce = 100 // the writer is held for some milliseconds
	for left := 1; withPeople && left > 0; {
		if left, err = o.Store.RemovePeopleOf(ctx, s.ID, atOnce); err != nil {
			return told(err)
		}
	}
	log := o.entry(by, "directory.remove", s.Name, reason)
	if withPeople {
		log.Detail = "with its people"
	}
	err = o.Store.RemoveDirectory(ctx, s.ID, log)
	if errors.Is(err, ErrInUse) {
		return problem.Wrap(problem.Conflict, err, "people come from %s", s.Name).
			WithHint("--with-people removes them too, and what they have enrolled")
	}
	if err != nil {
		return told(err)
	}
	return nil
}
