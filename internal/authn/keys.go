package authn

import (
	"encoding/base32"
	"io"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

// handleBase32 writes 16 octets as 26 characters that survive every RADIUS
// client: no NUL, no markup, one case.
var handleBase32 = base32.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").WithPadding(base32.NoPadding)

// newHandle returns the handle of the question that answers this request. It
// is derived from the request's key where there is one: the same datagram
// gets the same State, from whichever node, and nobody else can work it out.
func (e *Engine) newHandle(f Facts) Handle {
	if f.Once == (audit.Once{}) {
		var b [16]byte
		if _, err := io.ReadFull(e.Rand, b[:]); err != nil {
			panic("authn: no randomness: " + err.Error()) // crypto/rand never fails
		}
		return Handle{secret.New(handleBase32.EncodeToString(b[:]))}
	}
	sum := e.Keys.MAC("handle", []byte(f.Door), []byte(f.Client.Name), f.Once[:])
	return Handle{secret.New(handleBase32.EncodeToString(sum[:16]))}
}

// HashHandle returns what is stored of a handle.
func HashHandle(keys *keyring.Ring, h Handle) challenge.Hash {
	sum := keys.MAC("challenge", []byte(h.Reveal()))
	return challenge.Hash(sum[:16])
}
