package ldapsync

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// cursor is where a reading ended. One of another scope, server or kind means
// nothing here, and everything is read.
type cursor struct {
	Scope  string `json:"scope"`
	Kind   kind   `json:"kind"`
	Server string `json:"server,omitempty"` // which copy of the directory counts so
	USN    int64  `json:"usn,omitempty"`    // the next one to ask for
	Cookie []byte `json:"cookie,omitempty"`
	Time   string `json:"time,omitempty"`   // generalized time of the last change seen
	Groups string `json:"groups,omitempty"` // state of all groups
}

// kind is how changes are told.
type kind string

const (
	byUSN     kind = "usn"     // Active Directory: uSNChanged
	byDirSync kind = "dirsync" // Active Directory: DirSync
	bySync    kind = "sync"    // RFC 4533
	byTime    kind = "time"    // modifyTimestamp
)

// parseCursor returns the zero cursor for what is none of this scope.
func parseCursor(encoded []byte, scope string) cursor {
	var c cursor
	if json.Unmarshal(encoded, &c) != nil || c.Scope != scope {
		return cursor{}
	}
	return c
}

func (c cursor) encode() []byte {
	encoded, err := json.Marshal(c)
	if err != nil { // strings and numbers always have a form in JSON
		return nil
	}
	return encoded
}

// fingerprint tells lists of texts apart.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
