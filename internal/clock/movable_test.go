//go:build testclock

package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestClockFollowsTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "clock")
	t.Setenv(fileVariable, name)
	set := func(s string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	mustPanic(t)

	set("2030-01-02T03:04:05Z\n")
	frozen := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := Now(); !got.Equal(frozen) {
		t.Errorf("with an instant: %v", got)
	}

	set("") // a write in progress
	if got := Now(); !got.Equal(frozen) {
		t.Errorf("while the file is empty: %v", got)
	}

	for _, offset := range []time.Duration{36 * time.Hour, -time.Hour} {
		sign := "+"
		if offset < 0 {
			sign = ""
		}
		set(sign + offset.String())
		if d := (time.Until(Now()) - offset).Abs(); d > time.Minute {
			t.Errorf("with %v: off by %v", offset, d)
		}
	}
}

// mustPanic calls Now before the file exists.
func mustPanic(t *testing.T) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("Now did not panic without a readable file")
		}
	}()
	Now()
}
