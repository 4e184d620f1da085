package keyring

import (
	"crypto/rand"
	"encoding/binary"

	"golang.org/x/crypto/argon2"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// The layout of keys under a passphrase, in octets: magic 8, argon2id memory
// in KiB 4, passes 4, lanes 1 (all big endian), salt 16, nonce 12,
// ciphertext, tag 16. All before the nonce is authenticated.
const (
	passphraseMagic  = "MUSTERK1"
	passphraseHeader = len(passphraseMagic) + 4 + 4 + 1 + passphraseSalt
	passphraseSalt   = 16

	minPassphrase = 12 // octets
)

// stretching is the price of one guess of a passphrase.
type stretching struct {
	memoryKiB, passes uint32
	lanes             uint8
}

// About 0.15 s and 64 MiB (RFC 9106 section 4, second recommended option,
// with one lane instead of four).
var ownStretching = stretching{memoryKiB: 64 * 1024, passes: 3, lanes: 1}

// bounded reports whether the price may be paid: whoever writes the file must
// not make us use all memory or an hour.
func (s stretching) bounded() bool {
	return s.memoryKiB >= 8*1024 && s.memoryKiB <= 256*1024 &&
		s.passes >= 1 && s.passes <= 16 && s.lanes >= 1 && s.lanes <= 4
}

// SealWithPassphrase returns all keys, sealed under a passphrase of at least
// 12 octets, for a backup. It uses 64 MiB of memory for a moment.
func (r *Ring) SealWithPassphrase(passphrase secret.Text) ([]byte, error) {
	if len(passphrase.Reveal()) < minPassphrase {
		return nil, problem.New(problem.Invalid, "the passphrase is too short").
			WithHint("use at least %d characters", minPassphrase)
	}
	plaintext, err := r.current.Load().keys.encode()
	if err != nil {
		return nil, err
	}
	p := ownStretching
	header := []byte(passphraseMagic)
	header = binary.BigEndian.AppendUint32(header, p.memoryKiB)
	header = binary.BigEndian.AppendUint32(header, p.passes)
	header = append(header, p.lanes)
	var salt [passphraseSalt]byte
	rand.Read(salt[:])
	header = append(header, salt[:]...)
	aead := newCipher(stretch(passphrase, salt[:], p))
	// No nonce: this cipher makes a random one itself.
	return aead.Seal(header, nil, plaintext, header), nil //nolint:gosec // as said above
}

// OpenWithPassphrase returns the ring that [Ring.SealWithPassphrase] sealed,
// in memory only until [Ring.Save] or [Ring.Replace]. A wrong passphrase and
// a damaged file are the same [problem.Invalid].
func OpenWithPassphrase(sealed []byte, passphrase secret.Text) (*Ring, error) {
	if len(sealed) < passphraseHeader || string(sealed[:len(passphraseMagic)]) != passphraseMagic {
		return nil, problem.New(problem.Invalid, "these are no keys under a passphrase")
	}
	header, rest := sealed[:passphraseHeader:passphraseHeader], sealed[passphraseHeader:]
	fields := header[len(passphraseMagic):]
	p := stretching{
		memoryKiB: binary.BigEndian.Uint32(fields),
		passes:    binary.BigEndian.Uint32(fields[4:]),
		lanes:     fields[8],
	}
	if !p.bounded() {
		return nil, problem.New(problem.Invalid, "the keys ask for more work than a passphrase is worth")
	}
	aead := newCipher(stretch(passphrase, fields[9:], p))
	plaintext, err := aead.Open(nil, nil, rest, header)
	if err != nil {
		return nil, problem.New(problem.Invalid, "the passphrase is wrong, or the keys are damaged")
	}
	c, err := decode(plaintext)
	if err != nil {
		return nil, err
	}
	r := &Ring{}
	r.publish(c)
	return r, nil
}

func stretch(passphrase secret.Text, salt []byte, p stretching) keyMaterial {
	return keyMaterial(argon2.IDKey([]byte(passphrase.Reveal()), salt, p.passes, p.memoryKiB, p.lanes, KeySize))
}
