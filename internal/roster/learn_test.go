package roster_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
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

// TestWhatADirectoryDoesNotTell: what no attribute is read for may be typed here,
// and no run takes it away.
func TestWhatADirectoryDoesNotTell(t *testing.T) {
	o := open(t, 1)
	o.run(roster.Counts{Added: 1}, roster.Done)
	was := o.source
	o.source.Attributes.DisplayName, o.source.Attributes.Mail, o.source.Attributes.Groups = "", "", ""
	o.must(o.store.SetDirectory(t.Context(), was, o.source, storetest.Entry("directory.set", "forest")))
	e := &o.paper.entries[0]
	e.DisplayName, e.Mail, e.Groups, e.Language, e.Mobile = "", "", nil, "", "0171 5550199"
	before := o.person("user0")
	r := storetest.Find(t, o.store, "user0")
	typed := operator.Details{DisplayName: "Typed", Email: "typed@example.com", Phone: before.Phone, Language: "fr", Groups: []string{"typed"}}
	o.must(o.store.Amend(t.Context(), operator.Amendment{
		Person: before.ID, Version: r.Standing.Version, Details: &typed, Log: storetest.Entry("user.edit", "user0"),
	}))
	o.run(roster.Counts{Changed: 1}, roster.Done, whole)
	p := o.person("user0")
	if p.DisplayName != "Typed" || p.Email != "typed@example.com" || p.Language != "fr" || !slices.Equal(p.Groups, typed.Groups) || p.Phone == before.Phone {
		t.Errorf("after a run: %+v", p)
	}
}
