package storetest

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// testPasswords: every stored hash comes once, in order, in pages; people
// without one do not.
func testPasswords(t *testing.T, d Database) {
	s := d.Open(t)
	var want []directory.SealedPassword
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		p := Somebody(name)
		if p.Password = nil; name != "bob" {
			p.Password = []byte("hash of " + name)
			want = append(want, directory.SealedPassword{Person: p.Person.ID, Sealed: p.Password})
		}
		Add(t, s, p)
	}
	var got []directory.SealedPassword
	for last := id.ID(0); ; {
		page, err := s.PasswordsAfter(t.Context(), last, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		got, last = append(got, page...), page[len(page)-1].Person
	}
	same(t, "hashes", want, got)
}
