package operator

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/text"
)

// DirectoryStep is one step of a connection test.
type DirectoryStep struct {
	Server string
	Name   string // "name", "tcp", "tls", "bind", "search base", "paging"
	OK     bool
	// Skipped: a step before it has failed.
	Skipped bool
	Found   []text.Message // what was found, or what went wrong
	Said    string         // what went wrong in the words of the server or the system; may be empty
	Hint    text.Message   // what to do about it; may be none
	// CertificateEnds is when the first one of the server's chain does, of a "tls" that
	// is OK; zero: not known.
	CertificateEnds time.Time
}

// Words says what was found in the reader's language, without Said.
func (s *DirectoryStep) Words(p *text.Printer) string {
	parts := make([]string, len(s.Found))
	for i, m := range s.Found {
		parts[i] = p.Say(m)
	}
	return strings.Join(parts, ". ")
}

// HintWords says what to do about it, or nothing.
func (s *DirectoryStep) HintWords(p *text.Printer) string {
	if s.Hint.Key == "" {
		return ""
	}
	return p.Say(s.Hint)
}

// Prober tries the servers of directories.
type Prober interface {
	// Probe tries those of a directory as it is used.
	Probe(ctx context.Context, s directory.Source) ([]DirectoryStep, error)
	// Try tries settings that may never be used, apart from those that are.
	Try(ctx context.Context, s directory.Source) ([]DirectoryStep, error)
	// OutOfUse names the servers that this process does not ask for the time
	// being, because they have failed.
	OutOfUse(s directory.Source) []string
	// CheckFilter says what is wrong with the text of a filter (RFC 4515).
	CheckFilter(text string) error
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
// fails is no error. If none does, what the directory calls its domain is asked
// anew.
func (o *Operator) TestDirectory(ctx context.Context, by audit.Actor, name string) ([]DirectoryStep, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, err
	}
	steps, err := o.Prober.Probe(ctx, s)
	if err == nil && AllOK(steps) {
		o.learned(ctx, s)
	}
	return steps, err
}
