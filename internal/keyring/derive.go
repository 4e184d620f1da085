package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Derive returns a key for one purpose, worked out from the root key. It is
// the same after any rotation of the sealing keys, and in every process that
// has the same keys file.
func (r *Ring) Derive(purpose string) [KeySize]byte {
	return deriveKey(r.current.Load().keys.Root, "muster derive 1", purpose)
}

// MAC returns HMAC-SHA256 of parts under a key for this purpose. Each part
// carries its length, so that no two lists of parts are taken for each other.
// As stable as [Ring.Derive]. Compare results with [hmac.Equal].
func (r *Ring) MAC(purpose string, parts ...[]byte) [sha256.Size]byte {
	pool := r.current.Load().macs.get(purpose)
	m := pool.Get().(*mac) //nolint:forcetypeassert // the pool holds nothing else
	defer pool.Put(m)
	m.hash.Reset()
	for _, part := range parts {
		binary.BigEndian.PutUint64(m.scratch[:8], uint64(len(part)))
		m.hash.Write(m.scratch[:8])
		m.hash.Write(part)
	}
	m.hash.Sum(m.scratch[:0])
	return m.scratch
}

// Fingerprint tells apart rings whose derived values differ, in 63 bits, and
// tells nothing about the keys. As stable as [Ring.Derive].
func (r *Ring) Fingerprint() int64 {
	mac := r.MAC("fingerprint")
	return int64(binary.BigEndian.Uint64(mac[:8]) >> 1)
}

// mac is a keyed hash with room for its result, to be used again.
type mac struct {
	hash    hash.Hash
	scratch [sha256.Size]byte
}

// macCache keeps the keyed hashes of each purpose that was used.
type macCache struct {
	root  keyMaterial
	mu    sync.RWMutex
	pools map[string]*sync.Pool
}

func newMACCache(root keyMaterial) *macCache {
	return &macCache{root: root, pools: map[string]*sync.Pool{}}
}

func (c *macCache) get(purpose string) *sync.Pool {
	c.mu.RLock()
	pool := c.pools[purpose]
	c.mu.RUnlock()
	if pool != nil {
		return pool
	}
	k := deriveKey(c.root, "muster mac 1", purpose)
	pool = &sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, k[:])} }}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pools[purpose] = pool
	return pool
}
