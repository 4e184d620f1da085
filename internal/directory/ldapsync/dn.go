package ldapsync

import (
	"hash/fnv"
	"strings"
)

// foldDN makes two spellings of a distinguished name alike as far as case and
// blanks around separators go, which is how one server spells them. It is for
// comparing what the same server has said, not for authorisation.
func foldDN(dn string) string {
	folded := strings.ToLower(dn)
	if !strings.Contains(folded, ", ") && !strings.Contains(folded, " ,") &&
		!strings.Contains(folded, " =") && !strings.Contains(folded, "= ") {
		return folded
	}
	parts := strings.Split(folded, ",")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if ok {
			parts[i] = strings.TrimSpace(name) + "=" + strings.TrimSpace(value)
		}
	}
	return strings.Join(parts, ",")
}

// within tells whether the entry is the base or below it.
func within(dn, base string) bool {
	dn, base = foldDN(dn), foldDN(base)
	return dn == base || base == "" || strings.HasSuffix(dn, ","+base)
}

func hash(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64()
}
