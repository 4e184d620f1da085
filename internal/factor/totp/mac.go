package totp

import (
	"crypto/sha1" //nolint:gosec // RFC 6238: HMAC needs no collision resistance
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

const (
	counterSize  = 8
	maxBlockSize = sha512.BlockSize
)

// mac is HMAC (RFC 2104) over the eight octets of a counter, without an
// allocation: crypto/hmac makes several a code, and this is the hot path of
// every sign-in.
type mac struct {
	algorithm Algorithm
	block     int // block size of the hash, in octets

	// The key XOR ipad and the key XOR opad, each with room for what the
	// hash takes in after it.
	inner [maxBlockSize + counterSize]byte
	outer [maxBlockSize + sha512.Size]byte
}

// init prepares m, which the caller keeps on its stack, for a key.
func (m *mac) init(a Algorithm, key []byte) {
	m.algorithm, m.block = a, sha1.BlockSize
	if a == SHA512 {
		m.block = sha512.BlockSize
	}
	var digest [sha512.Size]byte
	if len(key) > m.block {
		key = digest[:m.hash(&digest, key)]
	}
	copy(m.inner[:], key)
	copy(m.outer[:], key)
	for i := range m.block {
		m.inner[i] ^= 0x36
		m.outer[i] ^= 0x5c
	}
}

// hash writes the digest of data to the front of out and returns its length.
func (m *mac) hash(out *[sha512.Size]byte, data []byte) int {
	switch m.algorithm {
	case SHA256:
		d := sha256.Sum256(data)
		return copy(out[:], d[:])
	case SHA512:
		*out = sha512.Sum512(data)
		return len(out)
	default:
		d := sha1.Sum(data) //nolint:gosec // see the import
		return copy(out[:], d[:])
	}
}

// code is HOTP of RFC 4226 section 5.3, as a number of at most digits digits.
func (m *mac) code(step int64, digits int) uint32 {
	var digest [sha512.Size]byte
	binary.BigEndian.PutUint64(m.inner[m.block:], uint64(step))
	n := m.hash(&digest, m.inner[:m.block+counterSize])
	copy(m.outer[m.block:], digest[:n])
	n = m.hash(&digest, m.outer[:m.block+n])

	offset := digest[n-1] & 0xf
	truncated := binary.BigEndian.Uint32(digest[offset:]) & 0x7fffffff
	if digits == 8 {
		return truncated % 100_000_000
	}
	return truncated % 1_000_000
}
