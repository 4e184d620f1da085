package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"

	"example.com/muster/internal/problem"
)

// The layout of a sealed value, in octets: layout number 1, key id 4
// (big endian), nonce 12, ciphertext, tag 16.
const (
	layoutOne  = 1
	headerSize = 1 + 4

	// Overhead is how much longer a sealed value is than its plaintext, in octets.
	Overhead = headerSize + 12 + 16
)

// Causes of a value that does not open, for [errors.Is].
var (
	ErrDamaged    = errors.New("the sealed value was changed, cut or moved")
	ErrUnknownKey = errors.New("the sealed value needs a key that is not in the keys file")
)

// Place is where a sealed value lives. It opens there and nowhere else: not
// in another row, column or table.
type Place struct {
	Table  string
	Column string
	Row    string // of a table whose rows are named by text
	RowID  int64  // of a table whose rows are numbered
}

// Seal appends the sealed form of plaintext to dst and returns the whole. It
// is [Overhead] octets longer than plaintext and different each time.
func (r *Ring) Seal(dst []byte, at Place, plaintext []byte) []byte {
	s := r.current.Load()
	dst = append(dst, layoutOne)
	dst = binary.BigEndian.AppendUint32(dst, s.active.ID)
	data := associatedDataOf(at)
	defer data.release()
	// No nonce: this cipher makes a random one itself.
	return s.ciphers.get(s.active, at).Seal(dst, nil, plaintext, data.octets) //nolint:gosec // as said above
}

// Open appends the plaintext of sealed, which was read from the place at, to
// dst and returns the whole. The error wraps [ErrDamaged] (as
// [problem.Internal]) or [ErrUnknownKey] (as [problem.Unavailable]).
func (r *Ring) Open(dst []byte, at Place, sealed []byte) ([]byte, error) {
	s := r.current.Load()
	id, ok := keyID(sealed)
	if !ok {
		return nil, damaged(at)
	}
	k := s.active
	if id != k.ID {
		if k, ok = s.keys.find(id); !ok {
			if s, k, ok = r.learn(id); !ok {
				return nil, unknownKey(id, at)
			}
		}
	}
	data := associatedDataOf(at)
	defer data.release()
	plaintext, err := s.ciphers.get(k, at).Open(dst, nil, sealed[headerSize:], data.octets)
	if err != nil {
		return nil, damaged(at)
	}
	return plaintext, nil
}

// NeedsReseal reports whether sealed was sealed with a key that is no longer
// the active one.
func (r *Ring) NeedsReseal(sealed []byte) bool {
	id, ok := keyID(sealed)
	return ok && id != r.current.Load().active.ID
}

// keyID reads the header of a sealed value.
func keyID(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < Overhead || sealed[0] != layoutOne {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:headerSize]), true
}

func damaged(at Place) error {
	return problem.Wrap(problem.Internal, ErrDamaged, "opening %s.%s", at.Table, at.Column)
}

func unknownKey(id uint32, at Place) error {
	return problem.Wrap(problem.Unavailable, ErrUnknownKey, "the keys file lacks key %d, which %s.%s needs", id, at.Table, at.Column).
		WithHint("use the keys file that belongs to this database")
}

// associatedData is scratch space for what a sealed value is bound to.
// Pooled, since a call through the cipher's interface would make it garbage.
type associatedData struct{ octets []byte }

var associatedDataPool = sync.Pool{New: func() any { return &associatedData{octets: make([]byte, 0, 128)} }}

// associatedDataOf writes a place so that no two places look alike: names
// carry their lengths, and the row's name comes last.
func associatedDataOf(at Place) *associatedData {
	d := associatedDataPool.Get().(*associatedData) //nolint:forcetypeassert // the pool holds nothing else
	b := d.octets[:0]
	b = append(b, layoutOne)
	b = binary.BigEndian.AppendUint32(b, uint32(len(at.Table)))
	b = append(b, at.Table...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(at.Column)))
	b = append(b, at.Column...)
	b = binary.BigEndian.AppendUint64(b, uint64(at.RowID))
	b = append(b, at.Row...)
	d.octets = b
	return d
}

func (d *associatedData) release() { associatedDataPool.Put(d) }

// cipherCache keeps the cipher of each key and column that was used.
type cipherCache struct {
	mu      sync.RWMutex
	ciphers map[cipherName]cipher.AEAD
}

type cipherName struct {
	id            uint32
	table, column string
}

func newCipherCache() *cipherCache {
	return &cipherCache{ciphers: map[cipherName]cipher.AEAD{}}
}

// get returns the cipher for a column. Each column has a key of its own, so
// that the number of values under one key stays far below what random nonces
// allow (2³², SP 800-38D section 8.3).
func (c *cipherCache) get(k key, at Place) cipher.AEAD {
	name := cipherName{id: k.ID, table: at.Table, column: at.Column}
	c.mu.RLock()
	aead := c.ciphers[name]
	c.mu.RUnlock()
	if aead != nil {
		return aead
	}
	aead = newCipher(deriveKey(k.Key, "muster seal 1", at.Table, at.Column))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ciphers[name] = aead
	return aead
}

// newCipher cannot fail for a key of 32 octets.
func newCipher(k keyMaterial) cipher.AEAD {
	b, err := aes.NewCipher(k[:])
	if err != nil {
		panic("keyring: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		panic("keyring: " + err.Error())
	}
	return aead
}

// deriveKey is HKDF-SHA256 with an info in which each name carries its length.
func deriveKey(from keyMaterial, names ...string) keyMaterial {
	var info []byte
	for _, name := range names {
		info = binary.BigEndian.AppendUint32(info, uint32(len(name)))
		info = append(info, name...)
	}
	derived, err := hkdf.Key(sha256.New, from[:], nil, string(info), KeySize)
	if err != nil { // only for more than 255 hashes of output
		panic("keyring: " + err.Error())
	}
	return keyMaterial(derived)
}
