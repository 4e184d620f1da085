package roster_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/muster/internal/roster"
)

// TestLearn: what a directory calls its domain is kept with it, by a run that
// reads everything, and stays where the directory does not say.
func TestLearn(t *testing.T) {
	o := open(t, 2)
	learned := func() []string {
		t.Helper()
		sources, err := o.store.Directories(t.Context())
		o.must(err)
		return sources[0].Learned
	}
	o.paper.domains = []string{"lab"}
	if _, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{}); err != nil || !slices.Equal(learned(), []string{"lab"}) {
		t.Errorf("after a run it is %q", learned())
	}
	o.paper.domains = []string{"lab2"}
	if _, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{}); err != nil || !slices.Equal(learned(), []string{"lab"}) {
		t.Errorf("after a run that reads changes only it is %q", learned())
	}
	if _, err := o.roster.Run(t.Context(), o.item, roster.RunOptions{Whole: true}); err != nil || !slices.Equal(learned(), []string{"lab2"}) {
		t.Errorf("renamed it is %q", learned())
	}
	o.paper.err = errors.New("away")
	sources, err := o.store.Directories(t.Context())
	o.must(err)
	if err := o.roster.Learn(t.Context(), sources[0]); err == nil || !slices.Equal(learned(), []string{"lab2"}) {
		t.Errorf("of a silent directory: %v, %q", err, learned())
	}
}
