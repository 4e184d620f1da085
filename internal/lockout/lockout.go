// Package lockout owns the counters of wrong guesses: one set for all doors
// (NIST SP 800-63B section 5.2.2).
//
// It is pure arithmetic over instants. It must not know what was guessed at
// which door; the engine counts in the transaction of each decision, before
// the refusal leaves.
package lockout

import "time"

// The limits.
const (
	Window        = 15 * time.Minute // wrong guesses this far apart count together
	CodeLimit     = 5                // wrong codes in a window lock the second factor
	FirstLock     = 15 * time.Minute // for this long, then twice as long, …
	LongestLock   = 24 * time.Hour   // … up to this
	StreakLimit   = 100              // wrong codes in a row lock it until reset
	PasswordLimit = 5                // wrong passwords of one source lock that source out for FirstLock
	SourcesLimit  = 50               // wrong passwords of all sources slow those that never succeeded
	SlowInterval  = 10 * time.Second // slowed: one guess in this time
	KnownSource   = 30 * 24 * time.Hour
	maxSources    = 64
)

// Codes counts wrong second-factor codes of one person. The zero value is a
// clean slate.
type Codes struct {
	Wrong       int       // in the window
	Since       time.Time // start of the window
	LockedUntil time.Time
	Locks       int // in a row, for doubling
	Streak      int // wrong ones since the last success
}

// Locked reports whether codes are refused at now.
func (c Codes) Locked(now time.Time) bool {
	return c.UntilReset() || now.Before(c.LockedUntil)
}

// UntilReset reports whether only an administrator can lift the lock.
func (c Codes) UntilReset() bool { return c.Streak >= StreakLimit }

// Fail counts one wrong code.
func (c Codes) Fail(now time.Time) Codes {
	if now.Sub(c.Since) >= Window || now.Before(c.Since) {
		c.Wrong, c.Since = 0, now
	}
	c.Wrong++
	c.Streak++
	if c.Wrong >= CodeLimit {
		c.LockedUntil = now.Add(lockFor(c.Locks))
		c.Locks++
		c.Wrong, c.Since = 0, time.Time{}
	}
	return c
}

// Succeed forgets the failures.
func (Codes) Succeed() Codes { return Codes{} }

func lockFor(locks int) time.Duration {
	d := FirstLock
	for range locks {
		if d *= 2; d >= LongestLock {
			return LongestLock
		}
	}
	return d
}

// Source counts one source's guesses at one person's password.
type Source struct {
	Name        string
	Wrong       int
	Since       time.Time
	LockedUntil time.Time
	Succeeded   time.Time // the last right password from here
}

// Passwords counts wrong passwords of one person, by source. The zero value
// is a clean slate. Its slice is never changed in place.
type Passwords struct {
	Sources []Source
	Wrong   int // from all sources, in the window
	Since   time.Time
	Last    time.Time // the last guess from a source that never succeeded
}

// Refused reports whether a password from source is refused unseen at now.
func (p Passwords) Refused(source string, now time.Time) bool {
	s, _ := p.find(source)
	if now.Before(s.LockedUntil) {
		return true
	}
	known := !s.Succeeded.IsZero() && now.Sub(s.Succeeded) < KnownSource
	slowed := p.Wrong >= SourcesLimit && now.Sub(p.Since) < Window
	return slowed && !known && now.Sub(p.Last) < SlowInterval
}

// Fail counts one wrong password from source.
func (p Passwords) Fail(source string, now time.Time) Passwords {
	s, _ := p.find(source)
	if now.Sub(s.Since) >= Window || now.Before(s.Since) {
		s.Wrong, s.Since = 0, now
	}
	if s.Wrong++; s.Wrong >= PasswordLimit {
		s.LockedUntil = now.Add(FirstLock)
		s.Wrong, s.Since = 0, time.Time{}
	}
	if now.Sub(p.Since) >= Window || now.Before(p.Since) {
		p.Wrong, p.Since = 0, now
	}
	p.Wrong++
	p.Last = now
	return p.with(s, now)
}

// Succeed remembers that source knew the password. It reports whether
// anything worth storing changed: the day of a success is precise enough.
func (p Passwords) Succeed(source string, now time.Time) (Passwords, bool) {
	s, found := p.find(source)
	if found && s.Wrong == 0 && now.Sub(s.Succeeded) < 24*time.Hour && !now.Before(s.Succeeded) {
		return p, false
	}
	s.Wrong, s.Since, s.Succeeded = 0, time.Time{}, now
	return p.with(s, now), true
}

// LockedUntil returns the latest instant until which any source is locked.
func (p Passwords) LockedUntil() time.Time {
	var latest time.Time
	for _, s := range p.Sources {
		if s.LockedUntil.After(latest) {
			latest = s.LockedUntil
		}
	}
	return latest
}

func (p Passwords) find(source string) (Source, bool) {
	for _, s := range p.Sources {
		if s.Name == source {
			return s, true
		}
	}
	return Source{Name: source}, false
}

// with returns p with s put in place, and what no longer matters left out.
// When it is full, the source that was heard of longest ago makes room; a
// known one only if all are known.
func (p Passwords) with(s Source, now time.Time) Passwords {
	kept := make([]Source, 0, len(p.Sources)+1)
	for _, o := range p.Sources {
		if o.Name != s.Name && o.matters(now) {
			kept = append(kept, o)
		}
	}
	if len(kept) >= maxSources {
		oldest := 0
		for i, o := range kept {
			if o.before(kept[oldest]) {
				oldest = i
			}
		}
		kept = append(kept[:oldest], kept[oldest+1:]...)
	}
	p.Sources = append(kept, s)
	return p
}

func (s Source) matters(now time.Time) bool {
	return now.Before(s.LockedUntil) || now.Sub(s.Since) < Window || now.Sub(s.Succeeded) < KnownSource
}

func (s Source) before(o Source) bool {
	if s.Succeeded.IsZero() != o.Succeeded.IsZero() {
		return s.Succeeded.IsZero()
	}
	return s.heard().Before(o.heard())
}

func (s Source) heard() time.Time {
	t := s.Since
	for _, o := range []time.Time{s.LockedUntil, s.Succeeded} {
		if o.After(t) {
			t = o
		}
	}
	return t
}
