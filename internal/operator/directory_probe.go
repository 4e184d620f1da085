package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
)

// DirectoryStep is one step of a connection test.
type DirectoryStep struct {
	Server string
	Name   string // "name", "tcp", "tls", "bind", "search base", "paging"
	OK     bool
	// Skipped: a step before it has failed.
	Skipped bool
	Detail  string // English
	Hint    string // may be empty
}

// Prober tries the servers of directories.
type Prober interface {
	// Probe tries those of a directory as it is used.
	Probe(ctx context.Context, s directory.Source) ([]DirectoryStep, error)
	// Try tries settings that may never be used, apart from those that are.
	Try(ctx context.Context, s directory.Source) ([]DirectoryStep, error)
}

// AllOK reports whether a test found nothing wrong.
func AllOK(steps []DirectoryStep) bool {
	for _, s := range steps {
		if !s.OK {
			return false
		}
	}
	return true
}

// TestDirectory tries every server of a directory step by step. That a step
// fails is no error.
func (o *Operator) TestDirectory(ctx context.Context, by audit.Actor, name string) ([]DirectoryStep, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, err
	}
	return o.Prober.Probe(ctx, s)
}
