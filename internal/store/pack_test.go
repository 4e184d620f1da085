package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// TestMemoryForgetsNoField: a record of which every field has a value comes
// out of memory as it went in.
func TestMemoryForgetsNoField(t *testing.T) {
	want := storetest.Filled[authn.Record](t)
	person := storetest.Filled[directory.Person](t)
	want.Person = &person
	for i := range want.Factors {
		want.Factors[i].Person = person.ID
	}
	for i := range want.Open {
		want.Open[i].Person = person.ID
	}
	for i := range want.Requirements {
		want.Requirements[i].Held = false // is looked up, not kept
	}
	got, err := store.ThroughMemory(&want)
	if err != nil {
		t.Fatal(err)
	}
	got.ReadAt = want.ReadAt // is kept beside it
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzUnpack: whatever is unpacked, it ends, and without a panic.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte("\x08user\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, octets []byte) { _ = store.UnpackAny(octets) })
}
