package argon2id

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

// yieldEvery is the number of blocks between two calls of Yield.
const yieldEvery = 64

// filler is the state of one computation: the matrix of RFC 9106 section 3.2
// with one row a lane, kept as one run of blocks.
type filler struct {
	blocks         []block
	lanes, passes  uint32
	laneLength     uint32
	segmentLength  uint32
	yield          func()
	sinceLastYield int
}

// position names a segment (RFC 9106 section 3.4).
type position struct{ pass, slice, lane uint32 }

func newFiller(h *Hasher, p Params) *filler {
	lanes := max(p.Lanes, 1)
	segment := max(p.MemoryKiB/(slices*lanes), 2)
	yield := h.Yield
	if yield == nil {
		yield = func() {}
	}
	return &filler{
		blocks:        h.region.blocks(int(slices * lanes * segment)),
		lanes:         lanes,
		passes:        max(p.Passes, 1),
		laneLength:    slices * segment,
		segmentLength: segment,
		yield:         yield,
	}
}

// start computes the first two blocks of each lane (RFC 9106 section 3.2,
// steps 3 and 4).
func (f *filler) start(seed [blake2b.Size]byte) {
	var raw [blockBytes]byte
	var where [8]byte
	for lane := range f.lanes {
		for column := range uint32(2) {
			binary.LittleEndian.PutUint32(where[:4], column)
			binary.LittleEndian.PutUint32(where[4:], lane)
			longHash(raw[:], seed[:], where[:])
			b := &f.blocks[lane*f.laneLength+column]
			for i := range b {
				b[i] = binary.LittleEndian.Uint64(raw[8*i:])
			}
		}
	}
}

// finish is RFC 9106 section 3.2, steps 7 and 8.
func (f *filler) finish(out []byte) {
	var last block
	for lane := range f.lanes {
		for i, word := range f.blocks[(lane+1)*f.laneLength-1] {
			last[i] ^= word
		}
	}
	var raw [blockBytes]byte
	for i, word := range last {
		binary.LittleEndian.PutUint64(raw[8*i:], word)
	}
	longHash(out, raw[:])
}

// segment computes a quarter of a lane.
func (f *filler) segment(at position) {
	// The first half of the first pass takes its references from a counter
	// instead of the data, so that its memory accesses tell nothing of the
	// password (RFC 9106 section 3.4.1.3).
	independent := at.pass == 0 && at.slice < slices/2
	var addresses addressBlock
	if independent {
		addresses = f.newAddresses(at)
	}
	first := uint32(0)
	if at.pass == 0 && at.slice == 0 {
		first = 2
	}
	for i := first; i < f.segmentLength; i++ {
		column := at.slice*f.segmentLength + i
		previous := column - 1
		if column == 0 {
			previous = f.laneLength - 1
		}
		row := at.lane * f.laneLength
		prev := &f.blocks[row+previous]
		random := prev[0]
		if independent {
			random = addresses.at(i)
		}
		ref := &f.blocks[f.reference(at, i, random)]
		if at.pass == 0 {
			compress(&f.blocks[row+column], prev, ref)
		} else {
			compressXOR(&f.blocks[row+column], prev, ref)
		}
		if f.sinceLastYield++; f.sinceLastYield == yieldEvery {
			f.sinceLastYield = 0
			f.yield()
		}
	}
}

// reference maps random to the index of a block that is computed already
// (RFC 9106 section 3.4.2).
func (f *filler) reference(at position, i uint32, random uint64) uint32 {
	lane := uint32(random>>32) % f.lanes //nolint:gosec // the upper half
	if at.pass == 0 && at.slice == 0 {
		lane = at.lane
	}
	// W: what is finished of that lane, in the order it was computed.
	size, begin := at.slice*f.segmentLength, uint32(0)
	if at.pass > 0 {
		size = (slices - 1) * f.segmentLength
		begin = (at.slice + 1) % slices * f.segmentLength
	}
	switch {
	case lane == at.lane:
		size += i - 1
	case i == 0:
		size--
	}
	x := random & 0xffffffff
	x = x * x >> 32
	x = x * uint64(size) >> 32
	column := (uint64(begin) + uint64(size) - 1 - x) % uint64(f.laneLength)
	return lane*f.laneLength + uint32(column) //nolint:gosec // below laneLength
}

// addressBlock yields the pseudo-random values of a data-independent segment.
type addressBlock struct{ input, values block }

func (f *filler) newAddresses(at position) addressBlock {
	return addressBlock{input: block{
		uint64(at.pass), uint64(at.lane), uint64(at.slice),
		uint64(len(f.blocks)), uint64(f.passes), variant,
	}}
}

// at returns the value for block i of the segment; i grows by one from call
// to call, starting at 0 or 2.
func (a *addressBlock) at(i uint32) uint64 {
	if i%blockWords == 0 || a.input[6] == 0 {
		var zero block
		a.input[6]++
		compress(&a.values, &a.input, &zero)
		compress(&a.values, &a.values, &zero)
	}
	return a.values[i%blockWords]
}
