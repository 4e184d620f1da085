// Package argon2id owns the memory-hard password function of RFC 9106, in its
// argon2id variant, version 1.3.
//
// It exists beside golang.org/x/crypto/argon2, which is the oracle of its
// tests, for what a server under a flood of sign-ins needs and that package
// cannot give: memory that is used again instead of 19 MiB of garbage for each
// password, and a computation that lets other work pass every fraction of a
// millisecond. It must not know how hashes are written down or who waits for
// them.
package argon2id

import (
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2b"
)

const (
	version    = 0x13
	variant    = 2 // argon2id, RFC 9106 section 3.1
	slices     = 4 // segments of a lane, RFC 9106 section 3.4
	blockWords = 128
	blockBytes = 8 * blockWords
)

// A block is the 1024 octets that argon2 works on.
type block [blockWords]uint64

// Params is the price of one hash. The caller bounds it; values below the
// least that RFC 9106 section 3.1 knows are raised to it.
type Params struct {
	MemoryKiB uint32 // m, in KiB
	Passes    uint32 // t
	Lanes     uint32 // p; lanes are computed one after the other
}

// Hasher computes one hash at a time in memory of its own. The zero value is
// ready; [Hasher.Free] gives its memory back. It must not be copied or shared
// by goroutines.
type Hasher struct {
	// Yield, if set, is called every 64 blocks, about 30 µs of work, so
	// that a hash of many milliseconds lets other work pass.
	Yield func()

	region region
}

// Free returns the memory to the operating system. The Hasher stays usable.
func (h *Hasher) Free() { h.region.free() }

// Key fills out, of 4 to 64 octets, with the argon2id tag of password and
// salt, without a secret value and associated data (RFC 9106 section 3.1).
func (h *Hasher) Key(out, password, salt []byte, p Params) {
	f := newFiller(h, p)
	seed := firstHash(uint32(len(out)), password, salt, p) //nolint:gosec // at most 64
	f.start(seed)
	for pass := range f.passes {
		for slice := range uint32(slices) {
			for lane := range f.lanes {
				f.segment(position{pass: pass, slice: slice, lane: lane})
			}
		}
	}
	f.finish(out)
}

// firstHash is H_0 of RFC 9106 section 3.2.
func firstHash(tagLength uint32, password, salt []byte, p Params) [blake2b.Size]byte {
	h := newBlake2b(blake2b.Size)
	writeUint32(h, p.Lanes, tagLength, p.MemoryKiB, p.Passes, version, variant)
	for _, field := range [][]byte{password, salt, nil, nil} {
		writeUint32(h, uint32(len(field))) //nolint:gosec // passwords and salts are short
		h.Write(field)
	}
	return [blake2b.Size]byte(h.Sum(nil))
}

// longHash is H' of RFC 9106 section 3.3: BLAKE2b with an output of any length.
func longHash(out []byte, parts ...[]byte) {
	h := newBlake2b(min(len(out), blake2b.Size))
	writeUint32(h, uint32(len(out))) //nolint:gosec // at most 1024
	for _, part := range parts {
		h.Write(part)
	}
	v := h.Sum(nil)
	for len(out) > blake2b.Size {
		out = out[copy(out, v[:blake2b.Size/2]):]
		h = newBlake2b(min(len(out), blake2b.Size))
		h.Write(v)
		v = h.Sum(v[:0])
	}
	copy(out, v)
}

// newBlake2b returns an unkeyed BLAKE2b of size octets, 1 to 64: it cannot fail.
func newBlake2b(size int) hash.Hash {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic("argon2id: " + err.Error())
	}
	return h
}

func writeUint32(h hash.Hash, values ...uint32) {
	var b [4]byte
	for _, v := range values {
		binary.LittleEndian.PutUint32(b[:], v)
		h.Write(b[:])
	}
}
