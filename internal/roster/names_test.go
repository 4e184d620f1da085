package roster_test

import (
	"fmt"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
)

// called gives entries of the directory other names.
func (o *office) called(names map[int]string) {
	for i, name := range names {
		o.paper.entries[i].Username = name
	}
}

// expectNamed checks who of the entries has which name here.
func (o *office) expectNamed(ids map[int]id.ID, names map[int]string) {
	o.t.Helper()
	for i, name := range names {
		if p := o.person(name); p.ID != ids[i] || p.Username != name {
			o.t.Errorf("%s is %v, %q; is to be entry %d, %v", name, p.ID, p.Username, i, ids[i])
		}
	}
}

// TestNamesAreSwapped: people may have each other's names after one run, in
// whatever order they are read and written.
func TestNamesAreSwapped(t *testing.T) {
	const many = 320 // three transactions
	for what, names := range map[string]map[int]string{
		"two of one transaction":   {1: "user2", 2: "user1"},
		"two of different ones":    {1: "user300", 300: "user1"},
		"a cycle of three":         {10: "user170", 170: "user310", 310: "user10"},
		"a chain":                  {5: "user6", 6: "user200", 200: "user319", 319: "fresh"},
		"a chain the other way":    {319: "user200", 200: "user6", 6: "user5", 5: "fresh"},
		"a name left to a new one": {7: "other", many: "user7"},
	} {
		t.Run(what, func(t *testing.T) {
			o := open(t, many)
			o.run(roster.Counts{Added: many}, roster.Done)
			ids := map[int]id.ID{}
			for i := range many {
				ids[i] = o.entry(i).Person.ID
			}
			want := roster.Counts{Changed: len(names), Unchanged: many - len(names)}
			if names[many] != "" {
				o.paper.entries = append([]directory.Entry{someone(many)}, o.paper.entries...) // read before the other gives it up
				o.paper.entries[0].Username = names[many]
				o.paper.entries[8].Username = names[7]
				want = roster.Counts{Added: 1, Changed: 1, Unchanged: many - 1}
				o.run(want, roster.Done, whole)
				ids[many] = o.entry(many).Person.ID
			} else {
				o.called(names)
				o.run(want, roster.Done, whole)
			}
			o.expectNamed(ids, names)
			for i := range many {
				if _, other := names[i]; !other {
					o.expectNamed(ids, map[int]string{i: fmt.Sprintf("user%d", i)})
				}
			}
		})
	}
}

// TestHalfASwapIsFinished: only one of two who swap names has been read by a
// run that looks at changes; the next run finds both.
func TestHalfASwapIsFinished(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	ids := map[int]id.ID{1: o.entry(1).Person.ID, 2: o.entry(2).Person.ID}
	o.called(map[int]string{1: "user2"})
	o.paper.changes = []directory.EntryChange{{Entry: o.paper.entries[1]}}
	o.run(roster.Counts{Refused: 1}, roster.Done)
	o.nobody("user1")
	o.expectNamed(ids, map[int]string{2: "user2"})
	o.called(map[int]string{2: "user1"})
	o.run(roster.Counts{Changed: 2, Unchanged: 2}, roster.Done)
	o.expectNamed(ids, map[int]string{1: "user2", 2: "user1"})
}

// TestSomebodyGoneHasNoName: neither they nor their directory stand in the way
// of somebody of the same name; who is back has it again.
func TestSomebodyGoneHasNoName(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	first := o.person("user1").ID
	o.paper.changes = []directory.EntryChange{}
	o.must(o.roster.PollOnce(t.Context(), o.source, o.item))
	o.paper.changes = []directory.EntryChange{{Entry: someone(1), Gone: true}}
	o.must(o.roster.PollOnce(t.Context(), o.source, o.item))
	o.nobody("user1")
	if p := o.entry(1).Person; p.ID != first || p.Origin.GoneAt.IsZero() || p.Username != "user1" {
		t.Errorf("gone: %+v", p)
	}
	o.run(roster.Counts{Back: 1, Unchanged: 3}, roster.Done, whole)
	if p := o.person("user1"); p.ID != first || p.Excluded(o.now) {
		t.Errorf("back: %+v", p)
	}
}
