package password

import (
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// job is one piece of work. Its fields are exported for encoding/gob, which
// carries it to the worker process.
type job struct {
	Number   uint64
	Password []byte
	Stored   string // empty: nobody's
	Kinds    []kind // whose work is to be done, whatever Stored is
	Make     bool   // hash the password; do not compare
}

// verdict is the answer to the job of the same number.
type verdict struct {
	Number     uint64
	OK         bool
	Fresh      string // a new hash at our own price: if made, or if OK and Stored was another kind
	Unreadable bool   // Stored is no hash that Check lets pass
	Hashes     uint64 // argon2id computations at our own price that were done
	Imported   uint64 // comparisons at the price of imported hashes that were done
}

// judge does the work. Whatever is stored, a comparison computes argon2id at
// our own price exactly once and does the work of each kind once, unless what
// is stored cannot be read.
func judge(j job) verdict {
	v := verdict{Number: j.Number, Hashes: 1}
	if j.Make {
		v.OK, v.Fresh = true, makeHash(j.Password)
		return v
	}
	var stored verifier = argon2idHash{price: ownPrice, salt: make([]byte, saltSize), tag: make([]byte, tagSize)} // nobody's
	if j.Stored != "" {
		var err error
		if stored, err = parse(j.Stored); err != nil {
			return verdict{Number: j.Number, Unreadable: true}
		}
	}
	matched := stored.matches(j.Password) && j.Stored != ""
	for _, other := range j.Kinds {
		if other == stored.kind() {
			v.Imported++
		} else if sample, err := parse(other); err == nil {
			sample.matches(j.Password)
			v.Imported++
		}
	}
	v.OK = matched
	if stored.kind() == "" {
		return v
	}
	// Imported: the replacement is computed whether or not it will be used,
	// so that a wrong password takes as long as a right one.
	if fresh := makeHash(j.Password); v.OK {
		v.Fresh = fresh
	}
	return v
}

// makeHash returns a new hash at our own price, with a random salt.
func makeHash(password []byte) string {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return argon2idHash{
		price: ownPrice,
		salt:  salt,
		tag:   argon2.IDKey(password, salt, ownPrice.passes, ownPrice.memoryKiB, ownPrice.lanes, tagSize),
	}.String()
}

func constantTimeEqual(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
