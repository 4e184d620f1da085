package password

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"example.com/muster/internal/secret"
)

// A kind is what a comparison with an imported hash costs: its algorithm with
// all parameters. It is written as a hash that costs the same and is nobody's,
// which is also what is computed for people who have no hash of that kind. Our
// own kind is empty.
type kind = string

// kinds are the kinds of imported hashes that people still have. Every check
// does the work of each of them, see [Checker.Verify].
type kinds struct {
	mu       sync.Mutex
	expected map[kind]bool
	counted  map[kind]bool // while they are counted anew; else nil
}

func (k *kinds) expect(one kind) {
	if one == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.expected == nil {
		k.expected = map[kind]bool{}
	}
	k.expected[one] = true
	if k.counted != nil {
		k.counted[one] = true
	}
}

func (k *kinds) list() []kind {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Sorted(maps.Keys(k.expected))
}

// Expect makes every check from now on as dear as one of this hash, which is
// about to be stored. An unreadable one changes nothing.
func (c *Checker) Expect(stored secret.Text) {
	if v, err := parse(stored.Reveal()); err == nil {
		c.kinds.expect(v.kind())
	}
}

// Recount takes a census of all stored hashes, so that checks become as cheap
// again as those that are left allow. What is expected meanwhile counts too.
// An error ends it and changes nothing.
func (c *Checker) Recount(all iter.Seq2[secret.Text, error]) error {
	k := &c.kinds
	k.mu.Lock()
	k.counted = map[kind]bool{}
	k.mu.Unlock()
	var err error
	for stored, problem := range all {
		if err = problem; err != nil {
			break
		}
		c.Expect(stored)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.expected = k.counted
	}
	k.counted = nil
	return err
}

// Imported names in English the kinds of imported hashes that every check
// does the work of.
func (c *Checker) Imported() []string {
	var names []string
	for _, sample := range c.kinds.list() {
		switch v, _ := parse(sample); v := v.(type) {
		case bcryptHash:
			names = append(names, "bcrypt, cost "+strings.Split(string(v), "$")[2])
		case argon2idHash:
			names = append(names, fmt.Sprintf("argon2id, m=%d, t=%d, p=%d", v.memoryKiB, v.passes, v.lanes))
		case sshaHash:
			names = append(names, "{SSHA}")
		}
	}
	return names
}

func (h argon2idHash) kind() kind {
	if h.isOwn() {
		return ""
	}
	return argon2idHash{price: h.price, salt: make([]byte, saltSize), tag: make([]byte, tagSize+1)}.String()
}

// isOwn reports whether the hash is what we make ourselves.
func (h argon2idHash) isOwn() bool { return h.price == ownPrice && len(h.tag) == tagSize }

func (h bcryptHash) kind() kind { return "$2a$" + string(h[4:6]) + "$" + strings.Repeat(".", 53) }

func (h sshaHash) kind() kind { return "{SSHA}" + strings.Repeat("A", 32) } // 20 zeroes, salt of 4
