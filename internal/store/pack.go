package store

import (
	"encoding/binary"
	"errors"
	"time"
)

// packer writes values one after the other, small numbers in few octets.
type packer struct{ octets []byte }

func (p *packer) number(v int64) { p.octets = binary.AppendVarint(p.octets, v) }

func (p *packer) text(s string) {
	p.number(int64(len(s)))
	p.octets = append(p.octets, s...)
}

func (p *packer) blob(b []byte) {
	p.number(int64(len(b)))
	p.octets = append(p.octets, b...)
}

func (p *packer) instant(t time.Time) { p.number(micros(t)) }

func (p *packer) truth(b bool) {
	if b {
		p.octets = append(p.octets, 1)
	} else {
		p.octets = append(p.octets, 0)
	}
}

var errPacked = errors.New("store: packed value is damaged")

// unpacker reads what a packer wrote, in the same order. After the first
// error it reads zero values.
type unpacker struct {
	rest string
	err  error
}

func (u *unpacker) number() int64 {
	// binary.Varint wants a slice; this is the same over a string.
	var v uint64
	for i := 0; i < len(u.rest) && i < binary.MaxVarintLen64; i++ {
		c := u.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			u.rest = u.rest[i+1:]
			return int64(v>>1) ^ -int64(v&1) // zigzag, as encoding/binary has it
		}
	}
	u.fail()
	return 0
}

// text shares the memory it reads from.
func (u *unpacker) text() string {
	n := u.number()
	if n < 0 || n > int64(len(u.rest)) {
		u.fail()
		return ""
	}
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

// blob returns nil for an empty value.
func (u *unpacker) blob() []byte {
	s := u.text()
	if s == "" {
		return nil
	}
	return []byte(s)
}

func (u *unpacker) instant() time.Time { return instant(u.number()) }

func (u *unpacker) truth() bool {
	if u.rest == "" {
		u.fail()
		return false
	}
	c := u.rest[0]
	u.rest = u.rest[1:]
	return c != 0
}

// fill reads as many octets as b has room for.
func (u *unpacker) fill(b []byte) {
	if len(u.rest) < len(b) {
		u.fail()
		return
	}
	u.rest = u.rest[copy(b, u.rest):]
}

// count returns how many of something follow, each of at least one octet.
func (u *unpacker) count() int {
	n := u.number()
	if n < 0 || n > int64(len(u.rest)) {
		u.fail()
		return 0
	}
	return int(n)
}

func (u *unpacker) fail() {
	if u.err == nil {
		u.err = errPacked
	}
	u.rest = ""
}
