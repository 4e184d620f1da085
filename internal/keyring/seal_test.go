package keyring_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/keyring"
)

func TestASealedValueOpensOnlyInItsPlace(t *testing.T) {
	r := keyring.Ephemeral(now)
	sealed := r.Seal(nil, alice, []byte("seed"))
	mustOpen(t, r, alice, sealed, "seed")
	for _, at := range []keyring.Place{
		{Table: "factor", Column: "secret", RowID: 8},
		{Table: "factor", Column: "secret", RowID: -7},
		{Table: "factor", Column: "secret", RowID: 7, Row: "7"},
		{Table: "factor", Column: "secret", Row: "7"},
		{Table: "factor", Column: "secre", RowID: 7},
		{Table: "factors", Column: "ecret", RowID: 7},
		{Table: "factor", Column: "backup", RowID: 7},
		{Table: "outbox", Column: "secret", RowID: 7},
		{},
	} {
		if got, err := r.Open(nil, at, sealed); !errors.Is(err, keyring.ErrDamaged) || got != nil {
			t.Errorf("%+v: opened %q, %v", at, got, err)
		}
	}
	if _, err := keyring.Ephemeral(now).Open(nil, alice, sealed); !errors.Is(err, keyring.ErrDamaged) {
		t.Errorf("a foreign ring: %v", err)
	}
}

func TestNoTwoPlacesAreOne(t *testing.T) {
	r := keyring.Ephemeral(now)
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.Custom(func(t *rapid.T) keyring.Place {
			word := rapid.StringMatching(`[ab]{0,3}`)
			return keyring.Place{
				Table: word.Draw(t, "table"), Column: word.Draw(t, "column"),
				Row: word.Draw(t, "row"), RowID: rapid.Int64Range(0, 2).Draw(t, "id"),
			}
		})
		a, b := place.Draw(t, "a"), place.Draw(t, "b")
		_, err := r.Open(nil, b, r.Seal(nil, a, []byte("x")))
		if (err == nil) != (a == b) {
			t.Fatalf("sealed at %+v, opened at %+v: %v", a, b, err)
		}
	})
}

func TestEveryDamageIsSeen(t *testing.T) {
	r := keyring.Ephemeral(now)
	sealed := r.Seal(nil, alice, []byte("a TOTP seed of 20 o."))
	for n := range len(sealed) {
		if _, err := r.Open(nil, alice, sealed[:n]); !errors.Is(err, keyring.ErrDamaged) {
			t.Errorf("cut to %d octets: %v", n, err)
		}
	}
	for bit := range 8 * len(sealed) {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		_, err := r.Open(nil, alice, flipped)
		if !errors.Is(err, keyring.ErrDamaged) && !errors.Is(err, keyring.ErrUnknownKey) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
	if _, err := r.Open(nil, alice, append(bytes.Clone(sealed), 0)); !errors.Is(err, keyring.ErrDamaged) {
		t.Errorf("with one octet more: %v", err)
	}
}

func TestSealAndOpenAppend(t *testing.T) {
	r := keyring.Ephemeral(now)
	sealed := r.Seal([]byte("before"), alice, []byte("seed"))
	if !bytes.HasPrefix(sealed, []byte("before")) || len(sealed) != 6+4+keyring.Overhead {
		t.Fatalf("sealed to %d octets", len(sealed))
	}
	opened, err := r.Open([]byte("before"), alice, sealed[6:])
	if err != nil || string(opened) != "beforeseed" {
		t.Errorf("opened to %q, %v", opened, err)
	}
	if other := r.Seal(nil, alice, []byte("seed")); bytes.Equal(other, sealed[6:]) {
		t.Error("the same value sealed twice is the same")
	}
	mustOpen(t, r, alice, r.Seal(nil, alice, nil), "")
}

func TestOpenAllocatesNothingOfItsOwn(t *testing.T) {
	r := keyring.Ephemeral(now)
	sealed := r.Seal(nil, alice, []byte("a TOTP seed of 20 o."))
	buf := make([]byte, 0, 64)
	n := testing.AllocsPerRun(1000, func() {
		if _, err := r.Open(buf, alice, sealed); err != nil {
			t.Fatal(err)
		}
	})
	if n >= 1 {
		t.Errorf("%v allocations", n)
	}
}

// A value opens to what was sealed; anything else is an error, never a panic.
func FuzzOpen(f *testing.F) {
	r := keyring.Ephemeral(now)
	genuine := r.Seal(nil, alice, []byte("seed"))
	f.Add(genuine)
	f.Add(genuine[:keyring.Overhead])
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := r.Open(nil, alice, sealed)
		if err == nil && (string(got) != "seed" || !bytes.Equal(sealed, genuine)) {
			t.Errorf("a forgery opened to %q", got)
		}
		if err != nil && got != nil {
			t.Errorf("an error with a value: %q", got)
		}
		r.NeedsReseal(sealed)
	})
}

func BenchmarkOpen(b *testing.B) {
	r := keyring.Ephemeral(now)
	for _, size := range []int{20, 32} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			sealed := r.Seal(nil, alice, make([]byte, size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Open(nil, alice, sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	r := keyring.Ephemeral(now)
	seed := make([]byte, 20)
	b.ReportAllocs()
	for b.Loop() {
		r.Seal(nil, alice, seed)
	}
}
