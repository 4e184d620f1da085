// Package keyring owns the keys for what is sealed at rest, and the two things
// done with them: sealing a value for one place in the database, and deriving
// stable values (handles, look-up hashes) that nobody without the keys can
// compute.
//
// It knows tables and columns only as names that a sealed value is bound to.
// It must not know what is stored there.
//
// Standards: AES-256-GCM (NIST SP 800-38D) with random nonces, HKDF-SHA256
// (RFC 5869), HMAC-SHA256 (RFC 2104), argon2id (RFC 9106) for passphrases.
package keyring

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/problem"
)

// KeySize is the size of every key, in octets.
const KeySize = 32

// Ring holds the keys in memory and, unless it is ephemeral, in a file. It is
// safe for use by many goroutines, also while keys are rotated.
type Ring struct {
	// current is replaced as a whole, so that sealing and opening never wait
	// for a rotation.
	current atomic.Pointer[state]

	// changing serialises whatever replaces current.
	changing sync.Mutex
	path     string // empty: nowhere to write to

	learned atomic.Int64 // when learn last looked at the file, Unix nanoseconds
}

// state is one immutable view of the ring.
type state struct {
	keys    contents
	active  key
	ciphers *cipherCache
	macs    *macCache
}

// KeyInfo tells about a sealing key without the key.
type KeyInfo struct {
	ID      uint32
	Created time.Time
	Active  bool // new values are sealed with it
}

// Open loads the keys file at path, or makes it if there is none, stamping the
// first key with now. A caller that has sealed values already should use
// [Load]: fresh keys open none of them.
func Open(path string, now time.Time) (*Ring, error) {
	r, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	r, err = Create(path, now)
	if errors.Is(err, fs.ErrExist) { // another process was quicker
		return Load(path)
	}
	return r, err
}

// Create makes a keys file with fresh keys, mode 0600. The file appears
// complete and durable or not at all. If there is one already, the error is a
// [problem.Conflict] that wraps [fs.ErrExist].
func Create(path string, now time.Time) (*Ring, error) {
	r := Ephemeral(now)
	if err := r.Save(path); err != nil {
		return nil, err
	}
	return r, nil
}

// Load reads the keys file at path. The errors are [problem.Invalid] for a
// file with a mistake in it, [problem.Forbidden] for one that others can read
// or own, and [problem.NotFound], wrapping [fs.ErrNotExist], for none.
func Load(path string) (*Ring, error) {
	resolved, c, err := readFile(path)
	if err != nil {
		return nil, err
	}
	r := &Ring{path: resolved}
	r.publish(c)
	return r, nil
}

// Ephemeral returns a ring with fresh keys that live in memory only, until
// [Ring.Save].
func Ephemeral(now time.Time) *Ring {
	r := &Ring{}
	c := contents{Root: newKeyMaterial()}
	c.add(now)
	r.publish(c)
	return r
}

// Save writes the ring to a new file at path, mode 0600, and keeps it there
// from now on. It never overwrites: see [Create] for the error.
func (r *Ring) Save(path string) error {
	return r.moveTo(path, createFile)
}

// Replace is [Ring.Save] over a file that may exist: a crash leaves the old
// content or the new.
func (r *Ring) Replace(path string) error {
	return r.moveTo(path, replaceFile)
}

func (r *Ring) moveTo(path string, write func(string, contents) error) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if err := write(path, r.current.Load().keys); err != nil {
		return err
	}
	r.path = path
	return nil
}

// Reload takes over what another process has written to the keys file. A file
// without the key that seals here, or with another root key, is a
// [problem.Conflict] and changes nothing.
func (r *Ring) Reload() error {
	r.changing.Lock()
	defer r.changing.Unlock()
	c, err := r.fromFile()
	if err != nil {
		return err
	}
	r.publish(c)
	return nil
}

// learnEvery bounds how often a value with an unknown key makes us look at the
// file.
const learnEvery = time.Second

// learn looks for a key that another process may have added to the file.
func (r *Ring) learn(id uint32) (s *state, k key, ok bool) {
	now := time.Now().UnixNano() //nolint:forbidigo // only paces, so no argument
	if last := r.learned.Load(); now-last < int64(learnEvery) || !r.learned.CompareAndSwap(last, now) {
		return nil, key{}, false
	}
	if r.Reload() != nil {
		return nil, key{}, false
	}
	s = r.current.Load()
	k, ok = s.keys.find(id)
	return s, k, ok
}

// Rotate adds a key created at now and seals with it from now on; it is
// durable before it is used. Values sealed before still open. It returns the
// new key's id.
func (r *Ring) Rotate(now time.Time) (uint32, error) {
	var id uint32
	err := r.change(func(c *contents) error {
		id = c.add(now)
		return nil
	})
	return id, err
}

// Forget removes the key with this id. What is still sealed with it is lost:
// the caller must have resealed everything. The active key is a
// [problem.Conflict], an unknown one [problem.NotFound].
func (r *Ring) Forget(id uint32) error {
	return r.change(func(c *contents) error { return c.remove(id) })
}

// Keys lists the sealing keys, oldest first.
func (r *Ring) Keys() []KeyInfo {
	c := r.current.Load().keys
	list := make([]KeyInfo, 0, len(c.Keys))
	for _, k := range c.Keys {
		list = append(list, KeyInfo{ID: k.ID, Created: k.Created, Active: k.ID == c.Active})
	}
	return list
}

// change edits what the file holds now, writes it, and then uses it.
func (r *Ring) change(edit func(*contents) error) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	c := r.current.Load().keys
	if r.path != "" {
		var err error
		if c, err = r.fromFile(); err != nil {
			return err
		}
	}
	c.Keys = slices.Clone(c.Keys)
	if err := edit(&c); err != nil {
		return err
	}
	if r.path != "" {
		if err := replaceFile(r.path, c); err != nil {
			return err
		}
	}
	r.publish(c)
	return nil
}

// fromFile reads the file, and refuses it if values that this process has
// sealed or derived would be lost with it.
func (r *Ring) fromFile() (contents, error) {
	if r.path == "" {
		return contents{}, problem.New(problem.Invalid, "these keys are not kept in a file")
	}
	_, c, err := readFile(r.path)
	if err != nil {
		return contents{}, err
	}
	ours := r.current.Load().keys
	active, ok := c.find(ours.Active)
	mine, _ := ours.find(ours.Active)
	if !ok || active.Key != mine.Key || c.Root != ours.Root {
		return contents{}, problem.New(problem.Conflict, "the keys file %s is no longer the one in use", r.path).
			WithHint("put the former file back, or restart with the new one")
	}
	return c, nil
}

// publish makes c the current keys. Derived keys are worked out afresh.
func (r *Ring) publish(c contents) {
	active, _ := c.find(c.Active)
	r.current.Store(&state{keys: c, active: active, ciphers: newCipherCache(), macs: newMACCache(c.Root)})
}

func newKeyMaterial() keyMaterial {
	var k keyMaterial
	rand.Read(k[:])
	return k
}
