package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Revision names the settings as they are: two administrators who change them
// at the same time are told apart by it. It tells nothing about the password,
// which is in it sealed. What is learned is no setting.
func (s *Source) Revision() string {
	settings := *s
	settings.Learned = nil
	return revisionOf(settings)
}

// Revision names the settings of an item as they are; see Source.Revision.
func (i *Item) Revision() string { return revisionOf(*i) }

func revisionOf(settings any) string {
	const octets = 12 // nobody gains from two settings with the same name
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", settings))
	return hex.EncodeToString(sum[:octets])
}
