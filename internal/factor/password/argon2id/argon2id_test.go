package argon2id_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/argon2"

	"example.com/muster/internal/factor/password/argon2id"
)

// The reference implementation's test vectors (phc-winner-argon2, src/test.c),
// which are for the password "password" and the salt "somesalt".
func TestReferenceVectors(t *testing.T) {
	for _, tc := range []struct {
		p    argon2id.Params
		want string
	}{
		{argon2id.Params{MemoryKiB: 65536, Passes: 2, Lanes: 1}, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
		{argon2id.Params{MemoryKiB: 256, Passes: 2, Lanes: 1}, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		{argon2id.Params{MemoryKiB: 256, Passes: 2, Lanes: 2}, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
		{argon2id.Params{MemoryKiB: 65536, Passes: 1, Lanes: 1}, "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"},
		{argon2id.Params{MemoryKiB: 65536, Passes: 4, Lanes: 1}, "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"},
	} {
		var h argon2id.Hasher
		got := make([]byte, 32)
		h.Key(got, []byte("password"), []byte("somesalt"), tc.p)
		h.Free()
		if hex.EncodeToString(got) != tc.want {
			t.Errorf("%+v: %x, want %s", tc.p, got, tc.want)
		}
	}
}

// One hasher for all of them, so that what one hash left in memory meets the next.
func TestAgreesWithXCrypto(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h argon2id.Hasher
	defer h.Free()
	for range 300 {
		p := argon2id.Params{
			MemoryKiB: rng.Uint32N(700),
			Passes:    1 + rng.Uint32N(4),
			Lanes:     1 + rng.Uint32N(4),
		}
		password, salt := randomBytes(rng, 80), randomBytes(rng, 40)
		got := make([]byte, 4+rng.IntN(61))
		h.Key(got, password, salt, p)
		want := argon2.IDKey(password, salt, p.Passes, p.MemoryKiB, uint8(p.Lanes), uint32(len(got)))
		if !bytes.Equal(got, want) {
			t.Fatalf("%+v, password %x, salt %x: %x, want %x", p, password, salt, got, want)
		}
	}
}

func randomBytes(rng *rand.Rand, limit int) []byte {
	b := make([]byte, rng.IntN(limit))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

var serverParams = argon2id.Params{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1}

func BenchmarkKey(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		var h argon2id.Hasher
		defer h.Free()
		var out [32]byte
		for pb.Next() {
			h.Key(out[:], []byte("password"), []byte("0123456789abcdef"), serverParams)
		}
	})
}

func BenchmarkXCrypto(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			argon2.IDKey([]byte("password"), []byte("0123456789abcdef"), serverParams.Passes, serverParams.MemoryKiB, 1, 32)
		}
	})
}
