package lockout_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/lockout"
)

var start = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func fail(c lockout.Codes, n int, at time.Time) lockout.Codes {
	for range n {
		c = c.Fail(at)
	}
	return c
}

func TestFiveWrongCodesLockForAQuarterOfAnHourThenTwiceAsLong(t *testing.T) {
	at := start
	c := fail(lockout.Codes{}, 4, at)
	if c.Locked(at) {
		t.Fatal("locked after four")
	}
	for i, want := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		for !c.Locked(at) {
			c = c.Fail(at)
		}
		if got := c.LockedUntil.Sub(at); got != want {
			t.Fatalf("lock %d lasts %v, want %v", i, got, want)
		}
		if !c.Locked(at.Add(want-1)) || c.Locked(at.Add(want)) {
			t.Fatalf("lock %d does not end at its instant", i)
		}
		at = at.Add(want)
	}
}

func TestWrongCodesFarApartDoNotAddUp(t *testing.T) {
	c, at := lockout.Codes{}, start
	for range 40 {
		c = fail(c, 4, at)
		at = at.Add(lockout.Window)
		if c.LockedUntil.After(start) && c.Streak < lockout.StreakLimit {
			t.Fatal("locked by guesses far apart")
		}
		if c.Streak >= lockout.StreakLimit-4 {
			break
		}
	}
}

func TestAHundredInARowLockUntilReset(t *testing.T) {
	c, at := lockout.Codes{}, start
	for range lockout.StreakLimit {
		c = c.Fail(at)
		at = at.Add(48 * time.Hour)
	}
	if !c.Locked(at.AddDate(10, 0, 0)) || !c.UntilReset() {
		t.Error("a hundred wrong codes, and time heals")
	}
	if c.Succeed().Locked(at) {
		t.Error("still locked after a success")
	}
}

// TestFewLooksWhateverThePace: however the guesses are spread, no quarter of
// an hour sees more than nine of them: four before the fixed window starts
// anew, and five up to the lock.
func TestFewLooksWhateverThePace(t *testing.T) {
	const most = 2*lockout.CodeLimit - 1
	rapid.Check(t, func(t *rapid.T) {
		c, at := lockout.Codes{}, start
		var looks []time.Time
		for range 300 {
			at = at.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "pause")) * time.Second)
			if c.Locked(at) {
				continue
			}
			c = c.Fail(at)
			if looks = append(looks, at); len(looks) > most && at.Sub(looks[len(looks)-1-most]) < lockout.Window {
				t.Fatalf("%d guesses were looked at within %v", most+1, at.Sub(looks[len(looks)-1-most]))
			}
		}
	})
}

func TestFivePasswordsLockTheirSourceOnly(t *testing.T) {
	var p lockout.Passwords
	for range lockout.PasswordLimit {
		if p.Refused("192.0.2.1", start) {
			t.Fatal("refused before five")
		}
		p = p.Fail("192.0.2.1", start)
	}
	if !p.Refused("192.0.2.1", start.Add(lockout.FirstLock-1)) || p.Refused("192.0.2.1", start.Add(lockout.FirstLock)) {
		t.Error("the source's lock does not last a quarter of an hour")
	}
	if p.Refused("192.0.2.2", start) {
		t.Error("an innocent source is locked out")
	}
}

func TestManySourcesSlowStrangersButNotAKnownOne(t *testing.T) {
	p, _ := lockout.Passwords{}.Succeed("home", start.Add(-time.Hour))
	for i := range lockout.SourcesLimit {
		p = p.Fail(fmt.Sprintf("bot %d", i), start)
	}
	if !p.Refused("stranger", start.Add(time.Second)) {
		t.Error("a stranger is not slowed")
	}
	if p.Refused("stranger", start.Add(lockout.SlowInterval)) {
		t.Error("slowed means one guess in a while, not none")
	}
	if p.Refused("home", start.Add(time.Second)) {
		t.Error("the person's own place is slowed")
	}
}

func TestAFloodOfSourcesForgetsNoKnownOne(t *testing.T) {
	p, _ := lockout.Passwords{}.Succeed("home", start)
	for i := range 10_000 {
		p = p.Fail(fmt.Sprintf("bot %d", i), start.Add(time.Duration(i)*time.Millisecond))
	}
	known := false
	for _, s := range p.Sources {
		known = known || s.Name == "home" && !s.Succeeded.IsZero()
	}
	if !known || len(p.Sources) > 64 {
		t.Errorf("home is known: %v, of %d sources", known, len(p.Sources))
	}
}
