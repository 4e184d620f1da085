package id_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/id"
)

func TestNextRisesEvenWhenTheClockIsSetBack(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	s := id.NewSource(0)
	last := id.ID(0)
	for i := range 100_000 {
		at := now
		if i > 50_000 {
			at = now.Add(-time.Hour)
		}
		next := s.Next(at)
		if next <= last || next.String() <= last.String() {
			t.Fatalf("%d: %s after %s", i, next, last)
		}
		last = next
	}
	if got := s.Next(now.Add(time.Second)).Time(); got.Before(now) {
		t.Errorf("time of an identifier = %v", got)
	}
}

func TestParseReadsWhatStringWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := id.ID(rapid.Int64Range(0, 1<<63-1).Draw(t, "id"))
		got, err := id.Parse(want.String())
		if err != nil || got != want {
			t.Fatalf("Parse(%q) = %v, %v", want.String(), got, err)
		}
	})
	for _, bad := range []string{"x", "0000000000000x", "z000000000000", "000000000000!", "00000000000u0"} {
		if _, err := id.Parse(bad); err == nil {
			t.Errorf("Parse(%q) succeeded", bad)
		}
	}
}
