package authn

import (
	"sync"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
)

// mostUnrecorded is how many people without a record wrong passwords are
// counted for at a time, on a node.
const mostUnrecorded = 4096

// unrecorded counts wrong passwords of people who are in a directory and have
// no record that could keep the count: nobody must be able to have us lock
// their account there.
type unrecorded struct {
	mu      sync.Mutex
	people  map[unrecordedKey]lockout.Passwords
	inOrder []unrecordedKey // the first to make room
}

type unrecordedKey struct {
	directory id.ID
	object    string
}

// unrecordedEntry is one person's, seen from one source.
type unrecordedEntry struct {
	all    *unrecorded
	key    unrecordedKey
	source string
}

func (u *unrecorded) entry(f Found, source string) *unrecordedEntry {
	return &unrecordedEntry{all: u, key: unrecordedKey{f.Directory, f.Entry.Object}, source: source}
}

func (e *unrecordedEntry) refused(now time.Time) bool {
	e.all.mu.Lock()
	defer e.all.mu.Unlock()
	return e.all.people[e.key].Refused(e.source, now)
}

func (e *unrecordedEntry) fail(now time.Time) {
	u := e.all
	u.mu.Lock()
	defer u.mu.Unlock()
	known, ok := u.people[e.key]
	if !ok {
		if u.people == nil {
			u.people = map[unrecordedKey]lockout.Passwords{}
		}
		if len(u.inOrder) >= mostUnrecorded {
			delete(u.people, u.inOrder[0])
			u.inOrder = u.inOrder[1:]
		}
		u.inOrder = append(u.inOrder, e.key)
	}
	u.people[e.key] = known.Fail(e.source, now)
}

// succeed keeps what is known of other sources.
func (e *unrecordedEntry) succeed(now time.Time) {
	e.all.mu.Lock()
	defer e.all.mu.Unlock()
	if known, ok := e.all.people[e.key]; ok {
		e.all.people[e.key], _ = known.Succeed(e.source, now)
	}
}
