package argon2id

import "math/bits"

// compress sets out to G(x, y) of RFC 9106 section 3.5. out may be x or y.
func compress(out, x, y *block) {
	var r block
	for i := 0; i < blockWords; i += 8 {
		r, x, y := (*[8]uint64)(r[i:]), (*[8]uint64)(x[i:]), (*[8]uint64)(y[i:])
		r[0], r[1], r[2], r[3] = x[0]^y[0], x[1]^y[1], x[2]^y[2], x[3]^y[3]
		r[4], r[5], r[6], r[7] = x[4]^y[4], x[5]^y[5], x[6]^y[6], x[7]^y[7]
	}
	*out = r
	permute(&r)
	xorInto(out, &r)
}

// compressXOR sets out to out XOR G(x, y): passes after the first do not
// forget what was there (RFC 9106 section 3.2, step 6).
func compressXOR(out, x, y *block) {
	var r block
	for i := 0; i < blockWords; i += 4 {
		r, x, y, out := (*[4]uint64)(r[i:]), (*[4]uint64)(x[i:]), (*[4]uint64)(y[i:]), (*[4]uint64)(out[i:])
		a, b, c, d := x[0]^y[0], x[1]^y[1], x[2]^y[2], x[3]^y[3]
		r[0], r[1], r[2], r[3] = a, b, c, d
		out[0], out[1], out[2], out[3] = a^out[0], b^out[1], c^out[2], d^out[3]
	}
	permute(&r)
	xorInto(out, &r)
}

// xorInto works on eight words at a time: the compiler does not unroll.
func xorInto(out, x *block) {
	for i := 0; i < blockWords; i += 8 {
		out, x := (*[8]uint64)(out[i:]), (*[8]uint64)(x[i:])
		out[0] ^= x[0]
		out[1] ^= x[1]
		out[2] ^= x[2]
		out[3] ^= x[3]
		out[4] ^= x[4]
		out[5] ^= x[5]
		out[6] ^= x[6]
		out[7] ^= x[7]
	}
}

// permute applies P to the rows and then to the columns of the 8 × 8 matrix of
// 16-octet registers (RFC 9106 section 3.5). A row is 16 words in a run; a
// column is two words of each row.
func permute(r *block) {
	for i := 0; i < blockWords; i += 16 {
		permuteRow((*[16]uint64)(r[i:]))
	}
	for i := 0; i < 16; i += 2 {
		permuteColumn((*[114]uint64)(r[i:]))
	}
}

// permuteRow is P of RFC 9106 section 3.6. Two half rounds make one GB; four
// words at a time is what fits the registers.
func permuteRow(v *[16]uint64) {
	a, b, c, d := firstHalf(v[0], v[4], v[8], v[12])
	v[0], v[4], v[8], v[12] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[1], v[5], v[9], v[13])
	v[1], v[5], v[9], v[13] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[2], v[6], v[10], v[14])
	v[2], v[6], v[10], v[14] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[3], v[7], v[11], v[15])
	v[3], v[7], v[11], v[15] = secondHalf(a, b, c, d)

	a, b, c, d = firstHalf(v[0], v[5], v[10], v[15])
	v[0], v[5], v[10], v[15] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[1], v[6], v[11], v[12])
	v[1], v[6], v[11], v[12] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[2], v[7], v[8], v[13])
	v[2], v[7], v[8], v[13] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[3], v[4], v[9], v[14])
	v[3], v[4], v[9], v[14] = secondHalf(a, b, c, d)
}

// permuteColumn is permuteRow over words 0, 1, 16, 17, 32, 33, … of v.
func permuteColumn(v *[114]uint64) {
	a, b, c, d := firstHalf(v[0], v[32], v[64], v[96])
	v[0], v[32], v[64], v[96] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[1], v[33], v[65], v[97])
	v[1], v[33], v[65], v[97] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[16], v[48], v[80], v[112])
	v[16], v[48], v[80], v[112] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[17], v[49], v[81], v[113])
	v[17], v[49], v[81], v[113] = secondHalf(a, b, c, d)

	a, b, c, d = firstHalf(v[0], v[33], v[80], v[113])
	v[0], v[33], v[80], v[113] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[1], v[48], v[81], v[96])
	v[1], v[48], v[81], v[96] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[16], v[49], v[64], v[97])
	v[16], v[49], v[64], v[97] = secondHalf(a, b, c, d)
	a, b, c, d = firstHalf(v[17], v[32], v[65], v[112])
	v[17], v[32], v[65], v[112] = secondHalf(a, b, c, d)
}

// firstHalf and secondHalf are GB of RFC 9106 section 3.6, cut in two because
// the compiler inlines no longer function.
func firstHalf(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a += b + 2*(uint64(uint32(a))*uint64(uint32(b)))
	d = bits.RotateLeft64(d^a, -32)
	c += d + 2*(uint64(uint32(c))*uint64(uint32(d)))
	b = bits.RotateLeft64(b^c, -24)
	return a, b, c, d
}

func secondHalf(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a += b + 2*(uint64(uint32(a))*uint64(uint32(b)))
	d = bits.RotateLeft64(d^a, -16)
	c += d + 2*(uint64(uint32(c))*uint64(uint32(d)))
	b = bits.RotateLeft64(b^c, -63)
	return a, b, c, d
}
