package password

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the import format {SSHA} is built on it
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// Bounds of imported hashes: whoever writes the import file must not make each
// sign-in cost a second or all memory.
const (
	maxMemoryKiB  = 64 * 1024
	maxPasses     = 10
	maxLanes      = 4
	maxBcryptCost = 14
)

const (
	saltSize = 16 // octets, of our own hashes
	tagSize  = 32 // octets, of our own hashes
)

// price is what one argon2id computation takes (RFC 9106 section 3.1).
type price struct {
	memoryKiB uint32
	passes    uint32
	lanes     uint8
}

// ownPrice is the second choice of the OWASP password storage guide: 19 MiB,
// two passes, one lane; about 25 ms of one core.
var ownPrice = price{memoryKiB: 19 * 1024, passes: 2, lanes: 1}

// verifier is a stored hash, read.
type verifier interface {
	// matches does all the work of one comparison.
	matches(password []byte) bool
	// kind says how much work that is; empty: as much as our own.
	kind() kind
}

// argon2idHash is a PHC string "$argon2id$v=19$m=…,t=…,p=…$salt$tag".
type argon2idHash struct {
	price
	salt, tag []byte
}

// bcryptHash is a string "$2b$…", also with 2a and 2y, which differ from it in
// nothing that matters here.
type bcryptHash string

// sshaHash is RFC 2307's "{SSHA}" with base64 of SHA-1(password, salt), salt.
type sshaHash struct {
	digest [sha1.Size]byte
	salt   []byte
}

// Check reports whether a hash from elsewhere can be stored and verified:
// argon2id up to 64 MiB, 10 passes and 4 lanes, bcrypt ($2a$, $2b$, $2y$) up
// to cost 14, or {SSHA}. The error is a [problem.Invalid] that shows nothing
// of the hash.
func Check(stored secret.Text) error {
	_, err := parse(stored.Reveal())
	return err
}

func parse(stored string) (verifier, error) {
	switch {
	case strings.HasPrefix(stored, "$argon2id$"):
		return parseArgon2id(stored)
	case strings.HasPrefix(stored, "$2a$"), strings.HasPrefix(stored, "$2b$"), strings.HasPrefix(stored, "$2y$"):
		return parseBcrypt(stored)
	case len(stored) >= 6 && strings.EqualFold(stored[:6], "{SSHA}"):
		return parseSSHA(stored[6:])
	}
	return nil, problem.New(problem.Invalid, "the password hash is of no known kind").
		WithHint("known are $argon2id$, $2a$, $2b$, $2y$ and {SSHA}")
}

var argon2idShape = regexp.MustCompile(
	`^\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`)

func parseArgon2id(stored string) (verifier, error) {
	m := argon2idShape.FindStringSubmatch(stored)
	if m == nil {
		return nil, problem.New(problem.Invalid, "the argon2id hash is not well formed").
			WithHint("it looks like $argon2id$v=19$m=…,t=…,p=…$salt$hash")
	}
	memory, err1 := strconv.ParseUint(m[1], 10, 32)
	passes, err2 := strconv.ParseUint(m[2], 10, 32)
	lanes, err3 := strconv.ParseUint(m[3], 10, 32)
	if err1 != nil || err2 != nil || err3 != nil || memory > maxMemoryKiB || passes > maxPasses || lanes > maxLanes || memory < 8*lanes {
		return nil, problem.New(problem.Invalid, "the argon2id hash has parameters out of bounds").
			WithHint("allowed are m=%d, t=%d, p=%d at most", maxMemoryKiB, maxPasses, maxLanes)
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(m[4])
	tag, err2 := base64.RawStdEncoding.Strict().DecodeString(m[5])
	if err1 != nil || err2 != nil {
		return nil, problem.New(problem.Invalid, "the argon2id hash has parts that are no base64")
	}
	return argon2idHash{
		price: price{memoryKiB: uint32(memory), passes: uint32(passes), lanes: uint8(lanes)},
		salt:  salt, tag: tag,
	}, nil
}

var bcryptShape = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

func parseBcrypt(stored string) (verifier, error) {
	m := bcryptShape.FindStringSubmatch(stored)
	if m == nil {
		return nil, problem.New(problem.Invalid, "the bcrypt hash is not well formed")
	}
	cost, err := strconv.Atoi(m[1])
	if err != nil || cost < bcrypt.MinCost || cost > maxBcryptCost {
		return nil, problem.New(problem.Invalid, "the bcrypt hash has a cost out of bounds").
			WithHint("allowed are costs %d to %d", bcrypt.MinCost, maxBcryptCost)
	}
	return bcryptHash(stored), nil
}

func parseSSHA(encoded string) (verifier, error) {
	const maxSalt = 64
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) <= sha1.Size || len(raw) > sha1.Size+maxSalt {
		return nil, problem.New(problem.Invalid, "the {SSHA} hash is not well formed")
	}
	return sshaHash{digest: [sha1.Size]byte(raw), salt: raw[sha1.Size:]}, nil
}

func (h argon2idHash) matches(password []byte) bool {
	tag := argon2.IDKey(password, h.salt, h.passes, h.memoryKiB, h.lanes, uint32(len(h.tag)))
	return constantTimeEqual(tag, h.tag)
}

func (h bcryptHash) matches(password []byte) bool {
	return bcrypt.CompareHashAndPassword([]byte(h), password) == nil
}

func (h sshaHash) matches(password []byte) bool {
	sum := sha1.Sum(bytes.Join([][]byte{password, h.salt}, nil)) //nolint:gosec // see the import
	return constantTimeEqual(sum[:], h.digest[:])
}

// String writes the hash as it is stored.
func (h argon2idHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.memoryKiB, h.passes, h.lanes, b64.EncodeToString(h.salt), b64.EncodeToString(h.tag))
}
