package operator_test

import (
	"slices"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store/storetest"
)

// TestWhatADirectoryTells is not typed here: it would vanish with the next
// change there. The rest is, and the telephone number.
func TestWhatADirectoryTells(t *testing.T) {
	o := newOffice(t)
	o.fromForest("dora", directory.NoRole)
	p := storetest.Find(t, o.store, "dora").Person
	details := operator.Details{DisplayName: p.DisplayName, Email: p.Email, Phone: "+491715550123", Language: "de", Groups: p.Groups}
	if err := o.EditUser(t.Context(), local, "dora", details); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*operator.Details){
		"name":   func(d *operator.Details) { d.DisplayName = "Typed" },
		"mail":   func(d *operator.Details) { d.Email = "typed@example.com" },
		"groups": func(d *operator.Details) { d.Groups = []string{"typed"} },
	} {
		typed := details
		change(&typed)
		if err := o.EditUser(t.Context(), local, "dora", typed); operator.RefusalOf(err) != operator.RefusedTold {
			t.Errorf("%s: %v", what, err)
		}
	}
	sources, err := o.store.Directories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	is := sources[0]
	is.Attributes.DisplayName = ""
	if err := o.store.SetDirectory(t.Context(), sources[0], is, o.entry()); err != nil {
		t.Fatal(err)
	}
	details.DisplayName = "Typed"
	if err := o.EditUser(t.Context(), local, "dora", details); err != nil {
		t.Errorf("a name that is not read: %v", err)
	}
	told, err := o.ToldOf(t.Context(), local, p)
	if err != nil || told.Directory != is.Name || !slices.Equal(told.Details, []string{"mail", "groups"}) {
		t.Errorf("told is %+v, %v", told, err)
	}
}
