package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"example.com/muster/internal/id"
)

// TestShelf compares a shelf with a map, while entries grow and shrink, make
// room and have the hashes of others.
func TestShelf(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := shelf{limit: 40, places: map[uint64]place{}}
	model := map[uint64]entry{}
	for n := range 50_000 {
		name := rng.IntN(60)
		hash := uint64(name % 50) // the last ten share hashes with the first
		e := entry{
			key: fmt.Sprint("user", name), readAt: rng.Int64(), witnessed: rng.IntN(2) == 0,
			record: appendEdition(nil, edition{id.ID(name + 1), int64(n + 1)}),
		}
		e.record = append(e.record, bytes.Repeat([]byte{byte(n)}, rng.IntN(300))...)
		if rng.IntN(10) == 0 {
			copy(e.record, appendEdition(nil, edition{id.ID(name + 1), 0}))
		}
		known, taken := model[hash]
		before := s.evicted
		s.put(hash, e)
		switch {
		case taken && known.key == e.key && e.record.edition().before(known.record.edition()):
			continue // a later edition is there
		case taken && known.key != e.key, !taken && len(model) == s.limit:
			if s.evicted != before+1 {
				t.Fatalf("%d entries made room, want 1", s.evicted-before)
			}
		case s.evicted != before:
			t.Fatal("an entry made room though there was some")
		}
		model[hash] = e
		for other := range model {
			if _, there := s.places[other]; !there {
				delete(model, other)
			}
		}
		if len(s.places) != len(model) || len(s.places) > s.limit {
			t.Fatalf("%d places, want %d of at most %d", len(s.places), len(model), s.limit)
		}
		if s.unused > len(s.octets)/4 {
			t.Fatalf("%d of %d octets are unused", s.unused, len(s.octets))
		}
		for hash, want := range model {
			got, ok := s.find(hash, want.key)
			if !ok || got.readAt != want.readAt || got.witnessed != want.witnessed || !bytes.Equal(got.record, want.record) {
				t.Fatalf("after %d: %s is %+v, want %+v", n, want.key, got, want)
			}
		}
	}
	if s.clear(); len(s.places) != 0 {
		t.Error("something is left after clear")
	}
}
