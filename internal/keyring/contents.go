package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"example.com/muster/internal/problem"
)

// formatName is the first thing in a keys file. Another layout gets another
// number.
const formatName = "muster keys 1"

// maxKeys bounds what is read: a key a month for eighty years.
const maxKeys = 1000

// contents is a keys file. It is a value: whoever changes Keys clones it.
type contents struct {
	Format string      `json:"format"`
	Root   keyMaterial `json:"root"`   // for derived values; outlives every rotation
	Active uint32      `json:"active"` // id of the key that seals
	Keys   []key       `json:"keys"`   // oldest first
}

// key is one sealing key.
type key struct {
	ID      uint32      `json:"id"`
	Created time.Time   `json:"created"`
	Key     keyMaterial `json:"key"`
}

// keyMaterial is written as base64 and only by [contents.encode]: it prints as
// nothing else.
type keyMaterial [KeySize]byte

// Format implements [fmt.Formatter]: no verb or flag shows a key.
func (keyMaterial) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[secret]")) }

// MarshalText implements [encoding.TextMarshaler].
func (k keyMaterial) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, k[:]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. The error does not
// quote the text.
func (k *keyMaterial) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil || len(raw) != KeySize {
		return problem.New(problem.Invalid, "a key is not %d octets of base64", KeySize)
	}
	*k = keyMaterial(raw)
	return nil
}

// add appends a fresh key, makes it the active one and returns its id.
func (c *contents) add(now time.Time) uint32 {
	id := uint32(1)
	for _, k := range c.Keys {
		id = max(id, k.ID+1)
	}
	c.Keys = append(c.Keys, key{ID: id, Created: now.UTC().Truncate(time.Second), Key: newKeyMaterial()})
	c.Active = id
	return id
}

// remove drops the key with this id.
func (c *contents) remove(id uint32) error {
	if id == c.Active {
		return problem.New(problem.Conflict, "key %d is the one that seals", id).WithHint("rotate first")
	}
	if _, ok := c.find(id); !ok {
		return problem.New(problem.NotFound, "there is no key %d", id)
	}
	c.Keys = slices.DeleteFunc(c.Keys, func(k key) bool { return k.ID == id })
	return nil
}

func (c *contents) find(id uint32) (key, bool) {
	for _, k := range c.Keys {
		if k.ID == id {
			return k, true
		}
	}
	return key{}, false
}

// encode returns the text of the keys file.
func (c *contents) encode() ([]byte, error) {
	named := *c
	named.Format = formatName
	text, err := json.MarshalIndent(named, "", "  ")
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "writing down the keys")
	}
	return append(text, '\n'), nil
}

// decode reads the text of a keys file. Everything must be there and nothing
// else. Errors never quote the text.
func decode(text []byte) (contents, error) {
	var c contents
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return contents{}, invalidKeys("it is no JSON of the right shape")
	}
	if _, err := d.Token(); err != io.EOF {
		return contents{}, invalidKeys("something follows the keys")
	}
	return c, c.check()
}

func (c *contents) check() error {
	switch {
	case c.Format != formatName:
		return invalidKeys("its format is not \"" + formatName + "\"")
	case c.Root == keyMaterial{}:
		return invalidKeys("it has no root key")
	case len(c.Keys) > maxKeys:
		return invalidKeys("it has too many keys")
	}
	seen := map[uint32]bool{}
	for _, k := range c.Keys {
		if k.ID == 0 || k.ID == ^uint32(0) || seen[k.ID] || k.Key == (keyMaterial{}) {
			return invalidKeys("a key has no id, one of another, or no content")
		}
		seen[k.ID] = true
	}
	if !seen[c.Active] {
		return invalidKeys("its active key is missing")
	}
	return nil
}

func invalidKeys(why string) *problem.Error {
	return problem.New(problem.Invalid, "the keys cannot be read: %s", why).
		WithHint("restore the keys file from its backup; a new one opens nothing that is stored")
}
