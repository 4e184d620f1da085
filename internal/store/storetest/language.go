package storetest

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
)

// testLanguages: whoever picks a language has it, and the log says so once; what
// their directory tells is not theirs to pick.
func testLanguages(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	everybody := item(forest, "everybody")
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	told, silent := put(forest, 1, "told"), put(forest, 2, "silent")
	told.Person.Language, told.Shown = "de", roster.Shown{Language: "de"}
	silent.Person.Language = ""
	take(t, s, forest, everybody.ID, told, silent)
	Add(t, s, Somebody("local"))

	for name, want := range map[string]string{"told": "de", "silent": "en", "local": "en"} {
		r := Find(t, s, name)
		logged := 0
		for range 2 {
			must(t, s.ChooseLanguage(t.Context(), r.Person.ID, "en", Entry("user.language", name)))
		}
		after := Find(t, s, name)
		if after.Person.Language != want {
			t.Errorf("%s: mails speak %q, want %q", name, after.Person.Language, want)
		}
		changes, err := s.FindChanges(t.Context(), operator.ChangeQuery{Subject: name, Limit: 10})
		must(t, err)
		for _, c := range changes {
			if c.Action == "user.language" {
				logged++
			}
		}
		if changed := want == "en"; changed != (logged == 1) || changed != (after.Standing.Version > r.Standing.Version) {
			t.Errorf("%s: %d entries, version %d after %d", name, logged, after.Standing.Version, r.Standing.Version)
		}
	}
	must(t, s.ChooseLanguage(t.Context(), NextID(), "en", audit.Change{ID: NextID(), Action: "user.language"})) // who is gone
}
