package operator_test

import (
	"testing"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/store/storetest"
)

// TestFiltersOfItems: what is no filter is refused when an item is added and
// when it is changed, and the item stays as it was.
func TestFiltersOfItems(t *testing.T) {
	o := newOffice(t)
	o.Operator.Prober = &probe{}
	if err := o.store.AddDirectory(t.Context(), storetest.Forest(), o.entry()); err != nil {
		t.Fatal(err)
	}
	add := func(name, filter string) error {
		_, err := o.AddSyncItem(t.Context(), local, name, "forest", operator.SyncSpec{Filter: &filter})
		return err
	}
	if err := add("bad", "((uid=*)"); problem.KindOf(err) != problem.Invalid {
		t.Errorf("added: %v", err)
	}
	if err := add("good", "(uid=*)"); err != nil {
		t.Fatal(err)
	}
	bad := "((uid=*)"
	if _, err := o.SetSyncItem(t.Context(), local, "good", "", operator.SyncSpec{Filter: &bad}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("changed: %v", err)
	}
	if items, err := o.SyncItems(t.Context(), local); err != nil || len(items) != 1 || items[0].Filter != "(uid=*)" {
		t.Errorf("items are %+v, %v", items, err)
	}
}
