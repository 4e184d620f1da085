package storetest

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// Forest is a directory that people come from; its password is not one.
func Forest() directory.Source {
	return directory.Source{
		ID: NextID(), Name: "forest", Preset: directory.ActiveDirectory,
		Servers: []string{"ldaps://dc1.example.com", "ldaps://dc2.example.com"}, CA: "PEM", Base: "dc=example,dc=com",
		BindDN: "cn=reader,dc=example,dc=com", Password: []byte("sealed"), Domains: []string{"example.com", "corp"},
		Attributes: directory.ActiveDirectory.Attributes(), Region: "DE", CreatedAt: Start,
	}
}

// testOrigin: where somebody comes from is read back as it was written, from
// the database and from memory, and goes with the person.
func testOrigin(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	alice := Somebody("alice")
	alice.Person.Origin = directory.Origin{
		Directory: forest.ID, Object: "0b0d5e7c-1f9a-4a53-9f0e-2d6a8e1c7b55", DN: "cn=Alice,ou=People,dc=example,dc=com",
		Barred: directory.BarredDisabled, ExpiresAt: Start.Add(time.Hour), GoneAt: Start, SeenAt: Start, KeepPhone: true,
		Principal: "mary.smith@example.com",
	}
	r := Add(t, s, alice)
	same(t, "as read", &alice.Person, r.Person)
	sizes, err := s.DirectorySizes(t.Context())
	must(t, err)
	same(t, "people of directories", map[id.ID]int{forest.ID: 1}, sizes)
	for range 2 {
		again, _, err := s.Person(t.Context(), "alice", false)
		must(t, err)
		same(t, "as remembered", &alice.Person, again.Person)
	}
	local := Add(t, s, Somebody("bob"))
	if !local.Person.Origin.Local() {
		t.Errorf("a local user comes from %+v", local.Person.Origin)
	}

	details := operator.Details{Phone: "+491715550123"}
	change := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Details: &details, Log: Entry("user.edit", "alice")}
	must(t, s.Amend(t.Context(), change))
	if !Find(t, s, "alice").Person.Origin.KeepPhone {
		t.Error("a number that was typed may be replaced")
	}
	details.Phone, change.Version, change.Log = "", change.Version+1, Entry("user.edit", "alice")
	must(t, s.Amend(t.Context(), change))
	if Find(t, s, "alice").Person.Origin.KeepPhone {
		t.Error("a number that was taken away is kept")
	}
}
